"""Explanations over HTTP: who may give them, what is refused, and that nothing is overwritten."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.core.access import Scope
from tests.apps import READS, STRANGER, Spoken, spoken
from tests.desks import HOLDING, RELEASING, TENANT, entry, keys_of, line, with_policy
from tests.json_schema import DOCUMENT, faults

ANALYST = "key-of-an-analyst"
TOLD = {"kind": "corrected_error", "reason": "The first invoice named the wrong origin."}
PATH = "/v1/decisions/{decision_id}/explanations"
SHIPMENT = {"bills_of_lading": ["OOLU2634418870"]}


@contextmanager
def held() -> Iterator[tuple[Spoken, str]]:
    """Give an application and the path of a decision that an earlier one is held against."""
    with spoken(with_policy(HOLDING)) as api:
        api.keys.create(TENANT, "analyst", keys_of(Scope.CASE_EXPLAIN), secret=ANALYST)
        api.score(entry(**SHIPMENT))
        api.at.bundles.put_live(with_policy(RELEASING, "2026-04-02-bbbbbb"))
        assert api.client.portal is not None
        api.client.portal.call(api.at.models.reload)
        answer = api.score(entry(line(origin_country="VN"), **SHIPMENT)).json()
        assert answer["resubmission"]["of"] == "D1"
        assert faults(answer, DOCUMENT["components"]["schemas"]["Answer"]) == []
        yield api, f"/v1/decisions/{answer['decision_id']}/explanations"


def test_an_explanation_is_recorded_shown_and_lifts_the_floor() -> None:
    with held() as (api, path):
        given = api.post(path, TOLD, key=ANALYST)
        assert given.status_code == 201
        assert given.headers["cache-control"] == "no-store"
        assert given.json()["of"] == "D1"
        assert api.post(path, TOLD, key=ANALYST).json() == given.json()
        listed = api.get(path).json()
        assert listed == {"explanations": [given.json()]}
        schemas = DOCUMENT["components"]["schemas"]
        assert faults(given.json(), schemas["Explanation"]) == []
        assert faults(listed, schemas["Explanations"]) == []
        api.at.clock.move(hours=1)
        again = api.score(entry(line(origin_country="VN"), **SHIPMENT)).json()
        assert (again["band"], again["resubmission"]) == ("release", None)


def test_who_explained_is_kept_in_the_audit_without_the_reason() -> None:
    with held() as (api, path):
        api.post(path, TOLD, key=ANALYST)
        (event,) = api.client.app_state["audit"].events
        assert (event.deed.action, event.deed.subject) == ("case.explained", path.split("/")[3])
        assert event.deed.details == {"kind": "corrected_error"}


@pytest.mark.parametrize(
    ("document", "key", "status", "code"),
    [
        (TOLD, "nobody", 401, "unauthenticated"),
        (TOLD, READS, 403, "forbidden"),
        (TOLD, STRANGER, 403, "forbidden"),
        ({"kind": "other"}, ANALYST, 422, "invalid-explanation"),
        (["x"], ANALYST, 422, "invalid-explanation"),
    ],
)
def test_what_may_not_be_said_is_refused(document: Any, key: str, status: int, code: str) -> None:
    with held() as (api, path):
        answer = api.post(path, document, key=key)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/errors/{code}")
        assert api.get(path).json() == {"explanations": []}


def test_another_story_or_a_decision_that_holds_nothing_is_a_conflict() -> None:
    with held() as (api, path):
        api.post(path, TOLD, key=ANALYST)
        other = TOLD | {"reason": "Quite another story than before."}
        assert api.post(path, other, key=ANALYST).status_code == 409
        assert api.post("/v1/decisions/D1/explanations", TOLD, key=ANALYST).status_code == 409
        assert api.post("/v1/decisions/D9/explanations", TOLD, key=ANALYST).status_code == 404
        assert api.get(path, key=STRANGER).status_code == 404


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b" " * 17_000, {}, 413),
        (b"{}", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_a_body_is_read_within_limits(content: bytes, headers: dict[str, str], status: int) -> None:
    with held() as (api, path):
        answer = api.post(path, content=content, headers=headers, key=ANALYST)
        assert answer.status_code == status
        chunks = api.post(path, content=iter([content[:9000], content[9000:]]), key=ANALYST)
        assert chunks.status_code in {400, 413, 422}


def test_the_published_operations_have_examples_that_hold() -> None:
    found = DOCUMENT["paths"][PATH]
    body = found["post"]["requestBody"]["content"]["application/json"]
    answers = [found["post"]["responses"]["201"], found["get"]["responses"]["200"]]
    for content in [body, *(each["content"]["application/json"] for each in answers)]:
        for example in content["examples"].values():
            assert faults(example["value"], content["schema"]) == []
