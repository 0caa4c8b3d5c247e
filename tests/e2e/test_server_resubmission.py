"""A served entry that comes back with another maker keeps its band until a person explains."""

from pathlib import Path
from typing import Any

import httpx

from app.core.access import Scope
from app.wiring import open_key_store
from tests.desks import LISTED
from tests.service_process import ServiceProcess

REASON = {"kind": "corrected_error", "reason": "The first invoice was of another order."}


def shipped(maker: str) -> dict[str, Any]:
    """Return a draft of hair goods by that maker, on one bill."""
    line = {
        "hts": "6703000000",
        "origin_country": "CN",
        "entered_value_usd": "18250.00",
        "manufacturer": {"name": maker, "city": "Qingdao", "country": "CN"},
    }
    return {"bills_of_lading": ["OOLU2634418870"], "lines": [line]}


def analyst(service: ServiceProcess) -> httpx.Client:
    """Return a client whose key may explain; close it."""
    with open_key_store(service.settings) as keys:
        scopes = frozenset({Scope.CASE_EXPLAIN.value})
        secret = keys.create("acme", "analyst", scopes)[1]
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.Client(base_url=service.url, headers=headers, timeout=60)


def test_a_listed_maker_that_is_replaced_leaves_its_hold(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path)
    service.set_live(service.put_bundle())
    with service, service.client() as broker, analyst(service) as person:
        held = broker.post("/v1/score", json=shipped(LISTED)).json()
        assert (held["band"], held["resubmission"]) == ("hold", None)
        again = broker.post("/v1/score", json=shipped("Harbor Lashes Factory")).json()
        assert again["resubmission"] == {
            "of": held["decision_id"],
            "changed": ["manufacturer"],
            "band": "hold",
        }
        assert (again["band"], again["lines"][0]["floors"]) == ("hold", ["resubmission"])
        path = f"/v1/decisions/{again['decision_id']}/explanations"
        assert broker.post(path, json=REASON).status_code == 403
        assert person.post(path, json=REASON).status_code == 201
        lifted = broker.post("/v1/score", json=shipped("Harbor Lashes Factory")).json()
        assert lifted["resubmission"] is None
        further = broker.post("/v1/score", json=shipped("Quay Lashes Workshop")).json()
        assert further["resubmission"]["of"] == held["decision_id"]
        assert REASON["reason"] not in service.log_path.read_text()
        found = broker.get("/v1/suppliers", params={"name": LISTED}).json()["suppliers"]
        shown = broker.get(f"/v1/suppliers/{found[0]['key']}").json()
        assert (shown["drafts"], shown["history"]) == (1, None)
