"""POST /v1/score and /v1/score/batch as a brokerage system meets them."""

from typing import Any

import orjson
import pytest

from app.api.examples import held_entry
from tests.apps import ALL, READS, STRANGER, WRITES, spoken
from tests.desks import HOLDING, RELEASING, entry, filed, line, with_policy

PROBLEM = "application/problem+json"


def test_an_entry_is_answered_with_its_score_and_where_the_time_went() -> None:
    with spoken() as api:
        answer = api.score(held_entry())
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        timing = answer.headers["server-timing"]
        assert [each.split(";")[0] for each in timing.split(", ")] == [
            "features",
            "history",
            "model",
            "ledger",
        ]
        assert answer.content == api.at.ledger.records[0].response


@pytest.mark.parametrize(("explain", "has_reasons"), [("none", False), ("codes", True)])
def test_explain_says_how_much_of_the_why_is_wanted(explain: str, has_reasons: bool) -> None:
    with spoken(with_policy(HOLDING)) as api:
        answer = api.score(entry(), params={"explain": explain}).json()
        assert ("reasons" in answer["lines"][0]) is has_reasons
        full = api.score(entry(), params={"explain": "full"}).json()
        assert "raw_score" in full["lines"][0]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("explain=all", 422, "unknown_value"), ("verbose=1", 400, "unknown_parameter")],
)
def test_a_query_that_is_not_understood_is_refused(query: str, status: int, code: str) -> None:
    with spoken() as api:
        answer = api.post(f"/v1/score?{query}", entry())
        assert answer.status_code == status
        (found,) = answer.json()["errors"]
        assert (found["pointer"], found["code"]) == (
            f"/query/{query.split('=', maxsplit=1)[0]}",
            code,
        )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer nobody"}, 401),
        ({"Authorization": "Bearer " + "x" * 600}, 401),
        ({"Authorization": f"Bearer {READS}"}, 403),
        ({"Authorization": f"bearer {WRITES}"}, 200),
        ({"Authorization": f"Bearer {ALL}"}, 200),
    ],
)
def test_scoring_needs_a_live_key_with_its_scope(headers: dict[str, str], status: int) -> None:
    with spoken() as api:
        answer = api.client.post("/v1/score", json=entry(), headers=headers)
        assert answer.status_code == status
        assert ("www-authenticate" in answer.headers) is (status == 401)


def test_the_same_key_and_body_replays_the_answer_and_another_body_is_refused() -> None:
    with spoken() as api:
        key = {"Idempotency-Key": "a-1"}
        first = api.score(entry(), headers=key)
        again = api.score(entry(), headers=key)
        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        other = api.score(entry(line(hts="030617")), headers=key)
        assert (other.status_code, other.json()["type"]) == (422, "/errors/idempotency-mismatch")
        fuller = api.score(entry(), headers=key, params={"explain": "full"})
        assert fuller.status_code == 422
        stranger = api.score(entry(), headers=key, key=STRANGER)
        assert stranger.json()["decision_id"] != first.json()["decision_id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9", "a\tb"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with spoken() as api:
        answer = api.score(entry(), headers={"Idempotency-Key": key.encode("latin-1")})
        assert answer.status_code == 400


def test_a_filing_with_another_body_is_a_conflict() -> None:
    with spoken() as api:
        assert api.score(filed()).status_code == 200
        answer = api.score(filed(export_country="VN"))
        assert (answer.status_code, answer.json()["type"]) == (409, "/errors/conflict")


def test_a_batch_answers_each_entry_or_its_problem_in_its_place() -> None:
    with spoken() as api:
        bad = entry(line(hts="x"))
        answer = api.post("/v1/score/batch", {"entries": [entry(), bad, entry()]})
        assert answer.status_code == 200
        first, second, third = answer.json()["results"]
        assert first["decision_id"] != third["decision_id"]
        assert second["status"] == 422
        assert second["errors"][0]["pointer"] == "/entries/1/lines/0/hts"


def test_a_body_over_64_kib_is_read_as_any_other() -> None:
    with spoken(with_policy(RELEASING)) as api:
        many = entry(*[line(description="x" * 400) for _ in range(200)])
        assert len(orjson.dumps(many)) > 64 * 1024
        answer = api.score(many)
        assert len(answer.json()["lines"]) == 200
        broken = api.score(content=orjson.dumps(many) + b"]")
        assert broken.status_code == 400


BAD_BODIES: list[tuple[str, bytes, int, str | None]] = [
    ("no JSON", b"{", 400, None),
    ("nothing", b"", 400, None),
    ("an array", b"[]", 422, ""),
    ("depth 100", b"[" * 100 + b"]" * 100, 400, ""),
    ("a repeated key", b'{"lines":[{"hts":"030617","hts":"030617"}]}', 422, "/lines/0/hts"),
    ("NaN", b'{"lines":[{"gross_weight_kg":NaN}]}', 422, "/lines/0/gross_weight_kg"),
    ("Infinity", b'{"revision":Infinity}', 422, "/revision"),
]


@pytest.mark.parametrize(("what", "body", "status", "pointer"), BAD_BODIES)
def test_a_body_that_is_no_json_of_ours_is_refused(
    what: str, body: bytes, status: int, pointer: str | None
) -> None:
    with spoken() as api:
        answer = api.score(content=body)
        assert answer.status_code == status, what
        assert answer.headers["content-type"] == PROBLEM
        problem = answer.json()
        assert problem["instance"] == answer.headers["x-request-id"]
        if pointer is not None:
            assert problem["errors"][0]["pointer"] == pointer
        assert api.at.ledger.records == []


def test_a_refusal_names_at_most_twenty_fields_in_four_kibibytes_and_repeats_no_name() -> None:
    secret = "Secret Garments of Nowhere"
    lines = [line(hts="x" * 30, foo=1, manufacturer={"name": f"{secret}\n"}) for _ in range(900)]
    with spoken() as api:
        answer = api.score(entry(*lines))
        assert answer.status_code == 422
        assert len(answer.json()["errors"]) == 20
        assert len(answer.content) <= 4096
        assert secret not in answer.text


def test_without_a_model_scoring_is_unavailable_and_says_when_to_come_back() -> None:
    with spoken(is_loaded=False) as api:
        answer = api.score(entry())
        assert (answer.status_code, answer.json()["type"]) == (503, "/errors/model-unavailable")
        assert answer.headers["retry-after"] == "1"
        assert api.get("/livez").status_code == 200
        assert api.get("/readyz").status_code == 503


def test_without_a_ledger_there_is_no_decision() -> None:
    with spoken() as api:
        api.at.ledger.fails = True
        answer = api.score(entry())
        assert (answer.status_code, answer.json()["type"]) == (503, "/errors/ledger-unavailable")


def test_a_decision_is_shown_as_it_was_given_to_its_tenant_alone() -> None:
    with spoken() as api:
        given = api.score(filed())
        path = f"/v1/decisions/{given.json()['decision_id']}"
        shown = api.get(path)
        record = api.at.ledger.records[0]
        assert given.content in shown.content
        assert record.request in shown.content
        document: dict[str, Any] = shown.json()
        assert document["response"] == given.json()
        assert document["intent"] == "filed"
        assert api.get(path, key=STRANGER).status_code == 404
        assert api.get(path, key=WRITES).status_code == 403
        assert api.get("/v1/decisions/none").status_code == 404
