"""The audit over HTTP: the tenant's own events, in order, a page at a time."""

from typing import Any

from app.core.access import Scope
from app.core.audit import Action, Deed
from tests.apps import ALL, READS, Spoken, spoken
from tests.desks import TENANT, keys_of, run
from tests.json_schema import DOCUMENT, faults

AUDITS = "key-that-audits"
PAGE = DOCUMENT["paths"]["/v1/audit"]["get"]["responses"]["200"]["content"]["application/json"]


def told(api: Spoken, tenant: str, *subjects: str, action: Action = Action.KEY_REVOKED) -> None:
    """Keep a deed for each subject."""
    for subject in subjects:
        deed = Deed(
            tenant=tenant, actor="command-line:dana", action=action, subject=subject, details={}
        )
        run(api.client.app_state["audit"].record(deed))


def auditor(api: Spoken) -> None:
    api.keys.create(TENANT, "audits", keys_of(Scope.AUDIT_READ), secret=AUDITS)


def page(api: Spoken, query: str = "") -> Any:
    return api.get(f"/v1/audit{query}", AUDITS)


def test_events_are_read_in_order_a_page_at_a_time_and_never_anothers() -> None:
    with spoken() as api:
        auditor(api)
        told(api, TENANT, "K1", "K2")
        told(api, "other", "K7")
        told(api, TENANT, "K3")
        first = page(api, "?limit=2").json()
        assert faults(first, PAGE["schema"]) == []
        assert [each["subject"] for each in first["events"]] == ["K1", "K2"]
        second = page(api, f"?limit=2&next={first['next']}").json()
        assert [each["subject"] for each in second["events"]] == ["K3"]
        assert second["next"] is None
        assert page(api).headers["cache-control"] == "no-store"


def test_events_of_one_action_are_found() -> None:
    with spoken() as api:
        auditor(api)
        told(api, TENANT, "K1")
        told(api, TENANT, "L1", action=Action.LIST_ACTIVATED)
        found = page(api, "?action=list.activated").json()["events"]
        assert [each["subject"] for each in found] == ["L1"]
        for query in ("?action=anything", "?next=x", "?limit=0", "?limit=201"):
            assert page(api, query).status_code == 422
        assert page(api, "?more=1").status_code == 400


def test_the_audit_needs_its_own_scope() -> None:
    with spoken() as api:
        assert api.get("/v1/audit", READS).status_code == 403
        assert api.get("/v1/audit", ALL).status_code == 403
        assert api.get("/v1/audit", None).status_code == 401
