"""The published document says what is served: routes, examples and answers agree with it."""

from typing import Any

import pytest

from app.api import examples
from app.api.routes import API_ROUTES
from app.core.document import read_submission
from tests.apps import spoken
from tests.desks import HOLDING, LISTED, entry, filed, line, with_policy
from tests.json_schema import DOCUMENT, faults


def operation(path: str, method: str = "post") -> Any:
    return DOCUMENT["paths"][path][method]


def answer_schema(path: str, method: str = "post") -> Any:
    content = operation(path, method)["responses"]["200"]["content"]
    return content["application/json"]["schema"]


def test_the_document_has_every_route_and_no_other() -> None:
    served = {(each.path, each.method.lower()) for each in API_ROUTES}
    published = {(path, method) for path, found in DOCUMENT["paths"].items() for method in found}
    assert published == served


def test_it_is_served_as_published() -> None:
    with spoken() as api:
        served = api.get("/openapi.json", key=None).json()
        assert served == DOCUMENT
        assert served["openapi"].startswith("3.1")


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score/batch"])
def test_each_scoring_operation_has_three_examples_that_hold(path: str) -> None:
    body = operation(path)["requestBody"]["content"]["application/json"]
    answer = operation(path)["responses"]["200"]["content"]["application/json"]
    assert list(body["examples"]) == list(answer["examples"]) == list(examples.NAMES)
    for name in examples.NAMES:
        assert faults(body["examples"][name]["value"], body["schema"]) == []
        assert faults(answer["examples"][name]["value"], answer["schema"]) == []


def test_example_decisions_hold() -> None:
    given = answer_schema("/v1/decisions/{decision_id}", "get")
    for example in examples.decisions().values():
        assert faults(example, given) == []


@pytest.mark.parametrize("name", examples.NAMES)
def test_example_entries_are_read(name: str) -> None:
    read_submission(examples.requests()[name])


@pytest.mark.parametrize("explain", ["none", "codes", "full"])
def test_what_is_answered_is_as_published(explain: str) -> None:
    hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
    with spoken(with_policy(HOLDING)) as api:
        for document in (entry(), filed(), entry(line(hts="990101"), hair)):
            answer = api.score(document, params={"explain": explain})
            assert faults(answer.json(), answer_schema("/v1/score")) == []
            shown = api.get(f"/v1/decisions/{answer.json()['decision_id']}").json()
            assert faults(shown, answer_schema("/v1/decisions/{decision_id}", "get")) == []
        batch = api.post("/v1/score/batch", {"entries": [entry(), 7]})
        assert faults(batch.json(), answer_schema("/v1/score/batch")) == []


def test_problems_are_as_published() -> None:
    given = DOCUMENT["components"]["schemas"]["Problem"]
    with spoken() as api:
        for answer in (api.score({"lines": []}), api.get("/nowhere"), api.score(entry(), key="x")):
            assert faults(answer.json(), given) == []


def test_the_checker_of_this_file_finds_faults() -> None:
    given = DOCUMENT["components"]["schemas"]["Entry"]
    bad = entry(line(hts="x", entered_value_usd=3), foo=1, revision=0)
    places = {each.split(":")[0] for each in faults(bad, given)}
    assert places == {"", "/revision", "/lines/0/hts", "/lines/0/entered_value_usd"}
