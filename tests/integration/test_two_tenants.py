"""One tenant cannot see, infer or influence another's: every readable route with every id."""

import json
import re
import statistics
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.desks import NUMBERS
from tests.offices import MAKER, Answer, Office, entry_of, open_office

OPEN_TO_ALL = ("/static/", "/livez", "/readyz", "/metrics", "/v1/meta", "/v1/features", "/errors")
FOUND = (200, 201)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


def readable(office: Office) -> list[str]:
    """Return the templates of all routes that show what a tenant has."""
    gets = [path for method, path in office.routes() if method == "GET"]
    return [path for path in gets if path.startswith("/v1/") and not path.startswith(OPEN_TO_ALL)]


def addresses(office: Office, template: str) -> Iterator[str]:
    """Yield a path for every id of the first tenant in every place of the template."""
    if "{" not in template:
        yield template
        for name in ("decision_id", "entry_number", "next", "name"):
            for value in (*office.ids.values(), NUMBERS[0], MAKER, "0", "1"):
                yield f"{template}?{name}={quote(value)}"
        return
    for value in office.ids.values():
        yield re.sub(r"{\w+}", quote(value), template)


def tells(office: Office, answer: Answer) -> list[str]:
    """Return what of the first tenant's an answer tells; what was asked for is no telling."""
    known = [*office.ids.values(), NUMBERS[0], MAKER]
    asked = str(answer.request.url)
    everything = answer.text + json.dumps(dict(answer.headers))
    return [each for each in known if each in everything and quote(each) not in asked]


def test_the_crawl_finds_what_is_the_tenants_own(office: Office) -> None:
    opened = [
        template
        for template in readable(office)
        for path in addresses(office, template)
        if (answer := office.ask("GET", path, "all")).status_code in FOUND and tells(office, answer)
    ]
    assert {"/v1/decisions/{decision_id}", "/v1/outcomes", "/v1/suppliers"} <= set(opened)


def test_no_route_tells_another_tenant_anything(office: Office) -> None:
    asked = 0
    for template in readable(office):
        for path in addresses(office, template):
            answer = office.ask("GET", path, "other")
            assert answer.status_code < 500, path
            assert tells(office, answer) == [], path
            if "{" in template:
                assert answer.status_code == 404, path
            asked += 1
    assert asked > 50


def test_what_is_anothers_and_what_is_not_there_are_answered_alike(office: Office) -> None:
    def refused(path: str) -> tuple[int, dict[str, object]]:
        answer = office.ask("GET", path, "other")
        document = answer.json()
        return answer.status_code, {name: document[name] for name in document.keys() - {"instance"}}

    nobody = "01K0000000000000000000000Z"
    for path in ("/v1/decisions/{}", "/v1/decisions/{}/evidence", "/v1/decisions/{}/explanations"):
        assert refused(path.format(office.ids["decision_id"])) == refused(path.format(nobody))
    unknown = "supplier:" + "0" * 32
    assert refused(f"/v1/suppliers/{office.ids['key']}") == refused(f"/v1/suppliers/{unknown}")


def test_the_time_of_an_answer_does_not_tell_what_another_has(office: Office) -> None:
    own, foreign = "01K0000000000000000000000Z", office.ids["decision_id"]
    times: dict[str, list[float]] = {own: [], foreign: []}
    for _ in range(60):  # in turn, so that a busy machine slows both alike
        for each, found in times.items():
            began = time.perf_counter()
            assert office.ask("GET", f"/v1/decisions/{each}", "other").status_code == 404
            found.append(time.perf_counter() - began)
    ratio = statistics.median(times[foreign]) / statistics.median(times[own])
    assert 0.8 < ratio < 1.25  # specs: within 20 percent; the reciprocal above


def test_what_one_tenant_filed_does_not_move_anothers_score(office: Office) -> None:
    for number in NUMBERS[1:]:
        assert office.ask("POST", "/v1/score", "all", entry_of(number)).status_code == 200
    own = office.ask("POST", "/v1/score", "all", entry_of(NUMBERS[2])).json()
    stranger = office.ask("POST", "/v1/score", "third", entry_of(NUMBERS[2])).json()
    assert stranger["supersedes"] is None
    assert own["history_seq"] > 0
    unknown = {"all": own["unknowns"], "third": stranger["unknowns"]}
    assert any("first" in each for each in unknown["third"])
    assert not any("first" in each for each in unknown["all"])


def test_an_entry_number_and_an_idempotency_key_are_each_tenants_own(office: Office) -> None:
    document = entry_of(NUMBERS[1])
    made = office.ask("POST", "/v1/score", "all", document, idempotency_key="one").json()
    answer = office.ask("POST", "/v1/score", "busy", document, idempotency_key="one")
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers
    assert answer.json()["decision_id"] != made["decision_id"]
    assert answer.json()["supersedes"] is None
    assert office.ask("POST", "/v1/score", "all", entry_of(NUMBERS[2])).status_code == 200
    other = dict(entry_of(NUMBERS[2]), bills_of_lading=["OOLU2634418870"])
    assert office.ask("POST", "/v1/score", "busy", other).status_code == 200
    assert office.ask("POST", "/v1/score", "all", other).status_code == 409


def test_an_outcome_cannot_be_told_of_anothers_entry(office: Office) -> None:
    told = {
        "decision_id": office.ids["decision_id"],
        "line_numbers": None,
        "code": "released_no_exam",
        "source": "government",
        "event_at": "2026-11-20",
        "known_at": "2026-11-20",
    }
    own = office.ask("POST", "/v1/outcomes", "all", told)
    foreign = office.ask("POST", "/v1/outcomes", "other", told)
    assert foreign.status_code in (404, 422)
    assert own.status_code != foreign.status_code or own.text != foreign.text


def test_a_tenant_cannot_be_named_by_the_caller(office: Office) -> None:
    """Mass assignment: fields and headers that would name a tenant or a state are refused."""
    for planted in ({"tenant": "acme"}, {"key_id": "K1"}, {"band": "release"}, {"score": 0}):
        answer = office.ask("POST", "/v1/score", "other", {**entry_of(NUMBERS[2]), **planted})
        assert answer.status_code == 422, planted
    path = f"/v1/decisions/{office.ids['decision_id']}"
    assert office.ask("GET", path, "other", x_tenant="acme").status_code == 404
    assert office.ask("GET", f"{path}?tenant=acme", "other").status_code == 404
