"""Evidence from a server in a process of its own, over a ledger on disk, also after a restart."""

from typing import Any

import httpx
import pytest

from app.api.evidence_schema import evidence_schema
from app.api.examples import held_entry
from tests.json_schema import faults
from tests.service_process import ServiceProcess


def ask(client: httpx.Client, decision_id: str, **query: str) -> httpx.Response:
    return client.get(f"/v1/decisions/{decision_id}/evidence", params=query)


def test_the_entry_of_the_contract_gets_its_evidence_and_a_page(client: httpx.Client) -> None:
    document = held_entry() | {"entry_number": "B76-0000451-5"}
    answer = client.post("/v1/score?explain=full", json=document).json()
    evidence = ask(client, answer["decision_id"])
    assert evidence.status_code == 200, evidence.text
    told = evidence.json()
    assert faults(told, evidence_schema()) == []
    assert told["band"] == answer["band"]
    clocks = {each["code"]: each for each in told["clocks"]}
    assert clocks["RELEASE_OR_DETAIN"]["due_on"] == "2026-11-23"
    assert clocks["NOTICE_OF_DETENTION"]["due_on"] == "2026-12-01"  # over Thanksgiving
    page = ask(client, answer["decision_id"], format="html")
    assert page.headers["content-type"].startswith("text/html")
    assert answer["decision_id"] in page.text


@pytest.mark.nightly
def test_evidence_is_that_of_the_stored_decision_after_a_restart(
    own_service: ServiceProcess,
) -> None:
    holding = own_service.put_bundle(baseline_policy={"review_at": 0, "hold_at": 0}, sequence=2)
    own_service.set_live(holding)
    with own_service:
        with own_service.client() as client:
            document: dict[str, Any] = held_entry() | {"export_date": None}
            answer = client.post("/v1/score", json=document).json()
            before = ask(client, answer["decision_id"]).json()
        assert before["demands"]
        assert before["index"]
        helped = before["what_would_help"]["proposals"]
        (export_date,) = (each for each in helped if each["code"] == "EXPORT_DATE")
        assert export_date["effects"]
        own_service.stop()
        own_service.start()
        with own_service.client() as client:
            assert ask(client, answer["decision_id"]).json() == before
            path = f"/v1/decisions/{answer['decision_id']}/evidence/check"
            missing = client.post(path, json={"filled": []}).json()["missing"]
            assert [each["row"] for each in missing] == [each["row"] for each in before["index"]]
