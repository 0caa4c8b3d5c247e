"""Webhooks over HTTP: made with a secret shown once, told of jobs, and never another tenant's."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.services.webhooks import MAX_WEBHOOKS
from tests.apps import ALL, READS, STRANGER, WRITES, Spoken, spoken
from tests.json_schema import DOCUMENT, faults

PATHS = DOCUMENT["paths"]
URL = {"url": "http://127.0.0.1:9/hooks"}
ONE = "/v1/webhooks/{webhook_id}"
AGAIN = f"{ONE}/deliveries/{{delivery_id}}/redeliver"


@pytest.fixture(scope="module")
def api() -> Iterator[Spoken]:
    with spoken() as made:
        yield made


@pytest.fixture(autouse=True)
def _empty(api: Spoken) -> None:
    api.jobs.kept.empty()


def schema_of(path: str, method: str, status: str) -> Any:
    content = PATHS[path][method]["responses"][status]["content"]
    return content["application/json"]["schema"]


def add(api: Spoken, document: Any = None, key: str = ALL) -> Any:
    return api.post("/v1/webhooks", URL if document is None else document, key)


def remove(api: Spoken, webhook_id: str, key: str = ALL) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    return api.client.delete(f"/v1/webhooks/{webhook_id}", headers=headers)


def test_an_endpoint_is_made_with_a_secret_that_is_shown_once(api: Spoken) -> None:
    answer = add(api)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/webhooks/{made['webhook_id']}"
    assert made["secret"].startswith("whsec_")
    assert faults(made, schema_of("/v1/webhooks", "post", "201")) == []
    listed = api.get("/v1/webhooks").json()
    assert faults(listed, schema_of("/v1/webhooks", "get", "200")) == []
    assert made["secret"] not in str(listed)
    rotated = api.post(f"/v1/webhooks/{made['webhook_id']}/secret").json()
    assert faults(rotated, schema_of(f"{ONE}/secret", "post", "200")) == []
    assert rotated["secret"] != made["secret"]
    assert remove(api, made["webhook_id"]).status_code == 204
    assert api.get("/v1/webhooks").json() == {"webhooks": []}


def test_every_change_of_an_endpoint_is_in_the_audit_with_its_host_alone(api: Spoken) -> None:
    before = len(api.audit.events)
    made = add(api, {"url": "http://127.0.0.1:9/hooks/token?key=secret"}).json()
    webhook_id = made["webhook_id"]
    for _ in range(2):
        assert api.post(f"/v1/webhooks/{webhook_id}/secret").status_code == 200
    assert remove(api, webhook_id, STRANGER).status_code == 404
    assert remove(api, webhook_id).status_code == 204
    deeds = [each.deed for each in api.audit.events[before:]]
    assert [(str(each.action), each.subject) for each in deeds] == [
        ("webhook.added", webhook_id),
        ("webhook.secret-changed", webhook_id),
        ("webhook.secret-changed", webhook_id),
        ("webhook.removed", webhook_id),
    ]
    assert [dict(each.details) for each in deeds] == [{"host": "127.0.0.1"}, {}, {}, {}]
    assert all(each.actor.startswith("key:") for each in deeds)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"url": "http://10.0.0.1/"}, "address_not_allowed"),
        ({"url": "https://169.254.169.254/latest"}, "address_not_allowed"),
        ({"url": "https://localhost.invalid/"}, "address_not_allowed"),
        ({"url": "file:///etc/passwd"}, "invalid_url"),
        ({"url": URL["url"], "secret": "mine"}, "unknown_field"),
        ([], "wrong_type"),
    ],
)
def test_what_may_not_be_called_is_refused(api: Spoken, document: Any, code: str) -> None:
    answer = add(api, document)
    assert (answer.status_code, answer.json()["type"]) == (422, "/errors/invalid-webhook")
    assert answer.json()["errors"][0]["code"] == code


def test_a_tenant_has_so_many(api: Spoken) -> None:
    assert [add(api).status_code for _ in range(MAX_WEBHOOKS)] == [201] * MAX_WEBHOOKS
    assert add(api).status_code == 429
    assert add(api, key=STRANGER).status_code == 201


def test_deliveries_are_shown_and_sent_again(api: Spoken) -> None:
    webhook_id = add(api).json()["webhook_id"]
    api.jobs.kept.finish("J1")
    path = f"/v1/webhooks/{webhook_id}/deliveries"
    page = api.get(f"{path}?state=pending&limit=5").json()
    assert faults(page, schema_of(f"{ONE}/deliveries", "get", "200")) == []
    (delivery,) = page["deliveries"]
    assert (delivery["event"], page["next"]) == ("job.succeeded", None)
    assert api.get(f"{path}?state=dead").json()["deliveries"] == []
    again = api.post(f"{path}/{delivery['delivery_id']}/redeliver")
    assert again.status_code == 202
    assert faults(again.json(), schema_of(AGAIN, "post", "202")) == []
    assert api.post(f"{path}/msg_0/redeliver").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [("state=lost", 422), ("next=x", 422), ("limit=201", 422), ("colour=red", 400)],
)
def test_a_query_that_is_not_clear_is_refused(api: Spoken, query: str, status: int) -> None:
    webhook_id = add(api).json()["webhook_id"]
    assert api.get(f"/v1/webhooks/{webhook_id}/deliveries?{query}").status_code == status


def test_another_tenant_neither_sees_nor_changes(api: Spoken) -> None:
    webhook_id = add(api).json()["webhook_id"]
    api.jobs.kept.finish("J1")
    (delivery,) = api.get(f"/v1/webhooks/{webhook_id}/deliveries").json()["deliveries"]
    path = f"/v1/webhooks/{webhook_id}/deliveries"
    assert api.get("/v1/webhooks", STRANGER).json() == {"webhooks": []}
    assert api.get(path, STRANGER).status_code == 404
    again = f"{path}/{delivery['delivery_id']}/redeliver"
    for each in (f"/v1/webhooks/{webhook_id}/secret", again):
        assert api.post(each, key=STRANGER).status_code == 404
    assert remove(api, webhook_id, STRANGER).status_code == 404


def test_each_route_needs_its_scope(api: Spoken) -> None:
    assert add(api, key=READS).status_code == 403
    webhook_id = add(api, key=WRITES).json()["webhook_id"]
    assert api.get("/v1/webhooks", WRITES).status_code == 403
    assert api.get(f"/v1/webhooks/{webhook_id}/deliveries", WRITES).status_code == 403
    assert api.post(f"/v1/webhooks/{webhook_id}/secret", key=READS).status_code == 403
    assert remove(api, webhook_id, READS).status_code == 403


def test_examples_are_as_published() -> None:
    checked = 0
    for path, methods in PATHS.items():
        for operation in methods.values() if path.startswith("/v1/webhooks") else ():
            for answer in operation["responses"].values():
                for media in answer.get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        assert faults(example["value"], media["schema"]) == []
                        checked += 1
    assert checked >= 5
