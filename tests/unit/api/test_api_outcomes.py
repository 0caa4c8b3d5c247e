"""Outcomes over HTTP: told once, corrected, shown in pages, and never another tenant's."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from app.api.outcome_schema import claim_examples, page_example, recorded_examples
from app.core.outcome_claim import read_claims
from tests.apps import ALL, READS, STRANGER, TELLS, WRITES, Spoken, spoken
from tests.desks import HOLDING, NUMBERS, entry, filed, line, with_policy
from tests.fakes import NOW
from tests.json_schema import DOCUMENT, faults

POST = DOCUMENT["paths"]["/v1/outcomes"]["post"]
GET = DOCUMENT["paths"]["/v1/outcomes"]["get"]


def told(**changes: Any) -> dict[str, Any]:
    """An outcome of the first entry."""
    return {
        "entry_number": NUMBERS[0],
        "line_numbers": None,
        "code": "detained_pending",
        "source": "government",
        "event_at": "2026-11-20",
        "known_at": "2026-11-23",
    } | changes


def tell(api: Spoken, document: Any = None, key: str = ALL, **how: Any) -> Any:
    if "content" in how:
        return api.post("/v1/outcomes", key=key, **how)
    return api.post("/v1/outcomes", document or told(), key, **how)


@pytest.fixture(scope="module")
def office() -> Iterator[Spoken]:
    """An application with one filed entry and one outcome of it, that no test adds to."""
    with spoken() as api:
        api.score(filed())
        assert tell(api).status_code == 201
        yield api


def schema_of(operation: Any, status: str) -> Any:
    return operation["responses"][status]["content"]["application/json"]["schema"]


def test_an_outcome_is_recorded_and_found_as_published() -> None:
    with spoken(with_policy(HOLDING)) as api:
        decision = api.score(filed()).json()
        answer = tell(api)
        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        shown = answer.json()
        assert faults(shown, schema_of(POST, "201")) == []
        assert (shown["decision_id"], shown["held_by_us"]) == (decision["decision_id"], True)
        page = api.get("/v1/outcomes").json()
        assert faults(page, schema_of(GET, "200")) == []
        assert page["outcomes"] == [{**shown, "seq": 2, "corrected_by": None}]


def test_several_are_answered_in_their_order() -> None:
    with spoken() as api:
        api.score(filed(NUMBERS[0], line(), line()))
        both = {"outcomes": [told(line_numbers=[2]), told(line_numbers=[1])]}
        shown = tell(api, both).json()
        assert [each["line_numbers"] for each in shown["outcomes"]] == [[2], [1]]
        assert faults(shown, schema_of(POST, "201")) == []


def test_examples_are_as_published_and_are_read() -> None:
    body = POST["requestBody"]["content"]["application/json"]
    for example in claim_examples().values():
        assert faults(example, body["schema"]) == []
        assert read_claims(example, NOW.date())
    assert len(body["examples"]) == 3
    for example in recorded_examples().values():
        assert faults(example, schema_of(POST, "201")) == []
    assert faults(page_example(), schema_of(GET, "200")) == []


def test_a_correction_is_added_and_named_by_what_it_corrects() -> None:
    with spoken() as api:
        api.score(filed())
        wrong = tell(api, told(code="seized")).json()
        right = tell(api, told(code="examined_clear", corrects=wrong["outcome_id"])).json()
        first, second = api.get("/v1/outcomes").json()["outcomes"]
        assert (first["corrected_by"], second["corrects"]) == (
            right["outcome_id"],
            wrong["outcome_id"],
        )
        again = tell(api, told(corrects=wrong["outcome_id"]))
        assert again.status_code == 409
        assert again.json()["errors"][0]["code"] == "corrected_before"


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        (told(colour="red"), 422, "unknown_field"),
        (told(source="review"), 422, "wrong_source"),
        (told(known_at="2026-11-25"), 422, "in_the_future"),
        (told(line_numbers=[2]), 422, "unknown_line"),
        (told(entry_number=NUMBERS[1]), 404, "not_filed"),
        ([], 422, "wrong_type"),
    ],
)
def test_refusals_name_the_field(office: Spoken, document: Any, status: int, code: str) -> None:
    answer = tell(office, content=orjson.dumps(document))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["code"] == code
    assert len(office.get("/v1/outcomes").json()["outcomes"]) == 1


def test_a_draft_has_no_outcome() -> None:
    with spoken() as api:
        draft = api.score(entry()).json()
        answer = tell(api, {**told(), "entry_number": None, "decision_id": draft["decision_id"]})
        assert (answer.status_code, answer.json()["type"]) == (422, "/errors/invalid-outcome")


def test_each_route_needs_its_scope() -> None:
    with spoken() as api:
        api.score(filed())
        assert tell(api, key=TELLS).status_code == 201
        assert [tell(api, key=key).status_code for key in (READS, WRITES)] == [403, 403]
        assert tell(api, key="unknown").status_code == 401
        assert api.get("/v1/outcomes", READS).status_code == 200
        assert [api.get("/v1/outcomes", key).status_code for key in (TELLS, WRITES)] == [403, 403]
        assert api.get("/v1/outcomes", None).status_code == 401


def test_another_tenant_neither_tells_nor_sees() -> None:
    with spoken() as api:
        decision = api.score(filed()).json()["decision_id"]
        wrong = tell(api).json()["outcome_id"]
        by_id = {**told(), "entry_number": None, "decision_id": decision}
        assert tell(api, by_id, STRANGER).status_code == 404
        assert tell(api, key=STRANGER).status_code == 404
        api.score(filed(), key=STRANGER)
        assert tell(api, told(corrects=wrong), STRANGER).status_code == 409
        assert api.get("/v1/outcomes", STRANGER).json()["outcomes"] == []
        assert api.get(f"/v1/outcomes?decision_id={decision}", STRANGER).json()["outcomes"] == []


def test_the_same_key_records_once() -> None:
    with spoken() as api:
        api.score(filed())
        headers = {"Idempotency-Key": "key-1"}
        first, again = tell(api, headers=headers), tell(api, headers=headers)
        assert first.content == again.content
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        other = tell(api, told(code="seized"), headers=headers)
        assert other.json()["type"] == "/errors/idempotency-mismatch"
        assert len(api.get("/v1/outcomes").json()["outcomes"]) == 1
        assert api.score(entry(), headers=headers).status_code == 200  # keys are of one route


def test_pages_are_walked_by_next() -> None:
    with spoken() as api:
        api.score(filed())
        made = [tell(api).json()["outcome_id"] for _ in range(5)]
        found, path = [], "/v1/outcomes?limit=2"
        while path:
            page = api.get(path).json()
            found += [each["outcome_id"] for each in page["outcomes"]]
            path = page["next"] and f"/v1/outcomes?limit=2&next={page['next']}"
        assert found == made


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        (f"entry_number={NUMBERS[0]}", 1),
        (f"entry_number={NUMBERS[0].replace('-', '')}", 1),
        (f"entry_number={NUMBERS[1]}", 0),
        ("decision_id=D1", 1),
        ("decision_id=D9", 0),
        ("since=2026-11-24", 1),
        ("since=2026-11-24T02:31:07.412Z", 1),
        ("since=2026-11-23T21:31:08-05:00", 0),
        ("since=2026-11-25", 0),
    ],
)
def test_a_page_can_be_narrowed(office: Spoken, query: str, count: int) -> None:
    assert len(office.get(f"/v1/outcomes?{query}").json()["outcomes"]) == count


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=1&limit=2",
        "next=-1",
        "next=abc",
        "since=soon",
        "since=2026-13-01",
        "since=2026-11-24T25:00:00Z",
        "since=0001-01-01T00:00:00%2B14:00",
        "decision_id=",
        "decision_id=x",
        "decision_id=%ff",
        "entry_number=" + "9" * 41,
    ],
)
def test_a_query_that_is_not_clear_is_refused(office: Spoken, query: str) -> None:
    answer = office.get(f"/v1/outcomes?{query}")
    of_names = {"colour=red", "limit=1&limit=2"}
    assert answer.status_code == (400 if query in of_names else 422)
    pointer = f"/query/{query.split('=', maxsplit=1)[0]}"
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert faults(answer.json(), DOCUMENT["components"]["schemas"]["Problem"]) == []


def test_recording_takes_no_query(office: Spoken) -> None:
    assert office.post("/v1/outcomes?explain=full", told()).status_code == 400


def test_a_ledger_that_is_down_is_said_and_nothing_is_recorded() -> None:
    with spoken() as api:
        api.score(filed())
        api.at.ledger.fails = True
        answer = tell(api)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert api.get("/v1/outcomes").status_code == 503


def test_what_is_recorded_is_counted_and_no_number_is_a_label() -> None:
    with spoken() as api:
        api.score(filed())
        tell(api, {"outcomes": [told(), told()]})
        metrics = api.get("/metrics", None).text
        assert "entry_risk_outcomes_total 2.0" in metrics
        assert NUMBERS[0] not in metrics
