"""Lists over HTTP: staged with their difference, activated under the tag of what was seen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.access import Scope
from app.core.reference.versions import ImportState
from tests.apps import ALL, READS, Spoken, spoken
from tests.desks import NUMBERS, TENANT, filed, keys_of, line
from tests.json_schema import DOCUMENT, faults
from tests.reference_packs import write_pack
from tests.reference_shelf import CAMEL, COTTON, LIST, uflpa

ADMIN = "key-of-an-admin"
IMPORTS = "/v1/reference/imports"
CSV = {"Content-Type": "text/csv"}
UFLPA = {"kind": "uflpa", "as_of": "2026-11-20"}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Spoken]:
    tables = write_pack(tmp_path / "tables", entities=[CAMEL])
    with spoken(tables=tables) as found:
        scopes = keys_of(Scope.LIST_ADMIN, Scope.DECISION_READ)
        found.keys.create(TENANT, "admin", scopes, secret=ADMIN)
        found.keys.create("other", "admin", scopes, secret="their-admin")
        found.score(made_by(NUMBERS[0]))
        found.score(made_by(NUMBERS[1], "Somebody Else"))
        yield found


def made_by(number: str, name: str = COTTON) -> dict[str, Any]:
    maker = {"name": name, "country": "CN"}
    return filed(number, line(manufacturer=maker), arrival_date="2026-11-16")


def stage(api: Spoken, data: bytes = LIST, key: str = ADMIN, **params: str) -> Any:
    headers = {"Content-Type": "text/csv"}
    return api.post(IMPORTS, content=data, headers=headers, params={**UFLPA, **params}, key=key)


def act(api: Spoken, what: Any, key: str = ADMIN, tag: str | None = None) -> Any:
    headers = {"If-Match": tag or what.headers["etag"]}
    path = f"{IMPORTS}/{what.json()['import_id']}/activate"
    return api.client.post(path, headers={"Authorization": f"Bearer {key}", **headers})


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


def schema_of(path: str, method: str, status: str) -> Any:
    answered = DOCUMENT["paths"][path][method]["responses"][status]
    return answered["content"]["application/json"]["schema"]


def test_a_list_is_staged_shown_and_activated(api: Spoken) -> None:
    made = stage(api)
    document = made.json()
    assert (made.status_code, document["state"]) == (201, "staged")
    assert made.headers["location"] == f"{IMPORTS}/{document['import_id']}"
    assert document["report"]["added"] == 1
    assert [each["entity"] for each in document["entities"]] == [COTTON]
    (touched,) = document["rehearsal"]["entries"]
    assert (touched["decision_id"], touched["dated"]) == ("D1", "2026-11-16")
    assert document["rehearsal"]["screened"] == 2
    (supplier,) = document["rehearsal"]["suppliers"]
    assert supplier == {"key": touched["suppliers"][0], "decision_ids": ["D1"]}
    assert document["notices"] == []
    shown = api.get(made.headers["location"], key=ADMIN)
    assert (shown.json(), shown.headers["etag"]) == (document, made.headers["etag"])

    done = act(api, made)
    assert (done.status_code, done.json()["state"]) == (200, "activated")
    assert done.json()["rehearsal"] == document["rehearsal"]
    (notice,) = done.json()["notices"]
    assert (notice["decision_id"], notice["change"]) == ("D1", "gained")
    assert "for entries dated on or after 2026-03-01" in notice["text"]
    assert "known here since 2026-11-24" in notice["text"]
    assert COTTON not in notice["text"]
    again = act(api, made)
    assert (again.content, again.headers["etag"]) == (done.content, done.headers["etag"])
    answer = api.score(made_by(NUMBERS[2])).json()
    assert [each["list"] for each in answer["screening"]] == ["UFLPA"]


def test_who_activated_a_list_is_kept_in_the_audit_once(api: Spoken) -> None:
    made = stage(api)
    act(api, made)
    act(api, made)
    (event,) = api.client.app_state["audit"].events
    admin = next(each for each in api.keys.list() if each.name == "admin")
    assert (event.deed.tenant, event.deed.actor) == (TENANT, f"key:{admin.key_id}")
    assert (event.deed.action, event.deed.subject) == ("list.activated", made.json()["import_id"])
    assert event.deed.details["digest"] == made.json()["after"]["digest"]


def test_what_serves_and_what_waits_is_told_to_who_may_read(api: Spoken) -> None:
    stage(api)
    waiting = stage(api, uflpa(("Another Firm", "May 1, 2026"))).json()
    done = act(api, stage(api)).json()
    told_of = api.get("/v1/reference", key=READS).json()
    assert told_of["digest"] == done["after"]["digest"]
    assert told_of["age_days"] == 4
    assert [each["import_id"] for each in told_of["activations"]] == [done["import_id"]]
    assert [(each["import_id"], each["state"]) for each in told_of["imports"]] == [
        (waiting["import_id"], ImportState.STALE)
    ]
    entities = next(each for each in told_of["tables"] if each["name"] == "entities")
    assert (entities["rows"], entities["age_days"]) == (2, 4)
    assert told_of["refused"] is None


def test_each_tenant_is_shown_its_own_entries_alone(api: Spoken) -> None:
    made = stage(api)
    theirs = api.get(made.headers["location"], key="their-admin")
    assert theirs.json()["rehearsal"]["entries"] == []
    assert theirs.headers["etag"] != made.headers["etag"]
    assert "D1" not in theirs.text
    assert told(act(api, made, tag=theirs.headers["etag"])) == (412, "/errors/precondition-failed")
    assert act(api, theirs, key="their-admin").json()["notices"] == []
    assert act(api, made).json()["notices"] != []


def test_the_same_file_again_is_the_same_import_and_then_changes_nothing(api: Spoken) -> None:
    made = stage(api)
    again = stage(api)
    assert (again.status_code, again.json()) == (200, made.json())
    act(api, made)
    unchanged = stage(api)
    assert (unchanged.status_code, unchanged.json()["state"]) == (201, "unchanged")
    assert unchanged.json()["rehearsal"]["entries"] == unchanged.json()["entities"] == []


def test_a_change_is_conditional(api: Spoken) -> None:
    made = stage(api)
    path = made.headers["location"]
    bearer = {"Authorization": f"Bearer {ADMIN}"}
    for method, where in (("POST", f"{path}/activate"), ("DELETE", path)):
        bare = api.client.request(method, where, headers=bearer)
        assert told(bare) == (428, "/errors/precondition-required")
        stale = api.client.request(method, where, headers=bearer | {"If-Match": '"old"'})
        assert told(stale) == (412, "/errors/precondition-failed")
    gone = api.client.delete(path, headers=bearer | {"If-Match": made.headers["etag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert told(api.get(path, key=ADMIN)) == (404, "/errors/not-found")
    assert told(act(api, made)) == (404, "/errors/not-found")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"kind": "rumours"}, "unknown_value"),
        ({"as_of": "soon"}, "invalid_date"),
        ({"as_of": "2026-11-26"}, "invalid_date"),
        ({"from": "me"}, "unknown_parameter"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(
    api: Spoken, params: dict[str, str], code: str
) -> None:
    refused = stage(api, LIST, ADMIN, **params)
    assert refused.status_code == (400 if code == "unknown_parameter" else 422)
    assert [each["pointer"] for each in refused.json()["errors"]] == [
        f"/query/{next(iter(params))}"
    ]
    assert [each["code"] for each in refused.json()["errors"]] == [code]


def test_a_query_said_twice_is_refused_and_the_day_may_be_left_out(api: Spoken) -> None:
    headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {ADMIN}"}
    twice = api.client.post(f"{IMPORTS}?kind=uflpa&kind=uflpa", content=LIST, headers=headers)
    assert twice.status_code == 400
    plain = api.client.post(f"{IMPORTS}?kind=uflpa", content=LIST, headers=headers)
    assert (plain.status_code, plain.json()["as_of"]) == (201, "2026-11-24")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"Entity Name,Effective Date\nA Firm,midsummer\n", "first row 2"),
        (b"\xff\xfe", "not UTF-8"),
        (b"<html></html>", "no table"),
        (b"", "no rows read"),
    ],
)
def test_a_list_that_does_not_parse_is_422_with_file_and_row(
    api: Spoken, data: bytes, why: str
) -> None:
    refused = stage(api, data)
    assert told(refused) == (422, "/errors/list-refused")
    assert why in refused.json()["detail"]
    assert api.get("/v1/reference").json()["imports"] == []


def test_the_file_comes_as_it_is_published(api: Spoken) -> None:
    for media_type in ("text/html; charset=utf-8", "application/octet-stream"):
        headers = {"Content-Type": media_type}
        taken = api.post(IMPORTS, content=LIST, headers=headers, params=UFLPA, key=ADMIN)
        assert taken.status_code in {200, 201}
    refused = api.post(IMPORTS, {"list": []}, params=UFLPA, key=ADMIN)
    assert told(refused) == (415, "/errors/unsupported-media-type")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{IMPORTS}?kind=uflpa"),
        ("GET", f"{IMPORTS}/imp-0"),
        ("DELETE", f"{IMPORTS}/imp-0"),
        ("POST", f"{IMPORTS}/imp-0/activate"),
    ],
)
def test_only_a_key_for_lists_may(api: Spoken, method: str, path: str) -> None:
    headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {ALL}"}
    assert told(api.client.request(method, path, headers=headers))[0] == 403
    assert api.client.request(method, path, headers=CSV).status_code == 401
    assert api.client.get("/v1/reference").status_code == 401


def test_a_path_with_several_methods_says_all_of_them(api: Spoken) -> None:
    path = f"{IMPORTS}/imp-0"
    refused = api.client.put(path)
    assert told(refused) == (405, "/errors/method-not-allowed")
    for answer in (refused, api.client.options(path)):
        assert {each.strip() for each in answer.headers["allow"].split(",")} >= {"GET", "DELETE"}
    assert api.client.head("/v1/reference", headers=CSV).status_code == 401


def test_what_is_answered_is_as_published(api: Spoken) -> None:
    one = "/v1/reference/imports/{import_id}"
    made = stage(api)
    assert faults(made.json(), schema_of(IMPORTS, "post", "201")) == []
    assert (
        faults(api.get(made.headers["location"], key=ADMIN).json(), schema_of(one, "get", "200"))
        == []
    )
    assert faults(act(api, made).json(), schema_of(f"{one}/activate", "post", "200")) == []
    assert faults(api.get("/v1/reference").json(), schema_of("/v1/reference", "get", "200")) == []


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/v1/reference", "get", "200"),
        (IMPORTS, "post", "201"),
        (f"{IMPORTS}/{{import_id}}", "get", "200"),
        (f"{IMPORTS}/{{import_id}}/activate", "post", "200"),
    ],
)
def test_the_published_examples_hold(path: str, method: str, status: str) -> None:
    content = DOCUMENT["paths"][path][method]["responses"][status]["content"]["application/json"]
    for example in content["examples"].values():
        assert faults(example["value"], content["schema"]) == []
