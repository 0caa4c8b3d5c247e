"""Reading policies, changes and activations back, within a connection of the caller's."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from app.adapters.policies_schema import (
    activations,
    approvals,
    evaluations,
    events,
    policies,
    standing,
)
from app.core.errors import NotFound
from app.core.governance import Direction, State, read_evaluation, read_policy
from app.core.governance.records import (
    Activation,
    Approval,
    Base,
    Change,
    Kind,
    Plan,
    PolicyVersion,
    StoredEvaluation,
)
from app.core.json_text import parse_json

Row = Mapping[Any, Any]


def policy_of(row: Row) -> PolicyVersion:
    """Return a version as it was written."""
    return PolicyVersion(
        tenant=row["tenant"],
        version=row["version"],
        document=read_policy(parse_json(row["document"].encode())),
        author=row["author"],
        created_at=row["created_at"],
    )


def evaluation_of(row: Row) -> StoredEvaluation:
    """Return an evaluation as it was written."""
    return StoredEvaluation(
        evaluation_id=row["evaluation_id"],
        tenant=row["tenant"],
        version=row["version"],
        document=read_evaluation(json.loads(row["document"])),
        made_by=row["made_by"],
        made_at=row["made_at"],
    )


def activation_of(row: Row) -> Activation:
    """Return an activation as it was written."""
    names = set(Activation.__dataclass_fields__) - {"kind", "canary_share"}
    return Activation(
        kind=Kind(row["kind"]),
        canary_share=row["canary_share"] or 0,
        **{name: row[name] for name in names},
    )


def find_policy(connection: Connection, tenant: str, version: int) -> PolicyVersion:
    """Return a tenant's version; NotFound."""
    wanted = select(policies).where(policies.c.tenant == tenant, policies.c.version == version)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no policy of that version.")
    return policy_of(row)


def find_evaluation(connection: Connection, tenant: str, evaluation_id: str) -> StoredEvaluation:
    """Return a tenant's evaluation; NotFound."""
    same = evaluations.c.evaluation_id == evaluation_id
    wanted = select(evaluations).where(evaluations.c.tenant == tenant, same)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no evaluation of that id.")
    return evaluation_of(row)


def find_change(connection: Connection, tenant: str, change_id: str) -> Change:
    """Return a tenant's change as it stands; NotFound."""
    same = standing.c.change_id == change_id
    row = connection.execute(select(standing).where(standing.c.tenant == tenant, same))
    found = row.mappings().one_or_none()
    if found is None:
        raise NotFound("There is no change request of that id.")
    return change_of(connection, found)


def change_of(connection: Connection, row: Row) -> Change:
    """Return a change of the view with its approvals and plan."""
    change_id = row["change_id"]
    count = select(func.count()).select_from(events).where(events.c.change_id == change_id)
    given = select(approvals).where(approvals.c.change_id == change_id)
    words = connection.execute(given.order_by(approvals.c.approved_at, approvals.c.approver))
    planned = select(events.c.details).where(
        events.c.change_id == change_id, events.c.to_state == str(State.SCHEDULED)
    )
    names = (
        "change_id", "tenant", "version", "policy_digest", "evaluation_id", "evaluation_digest",
        "policy_author", "submitted_by", "reason", "submitted_at",
    )  # fmt: skip
    base = Base(
        version=row["base_version"], document=read_policy(parse_json(row["base_document"].encode()))
    )
    fields = tuple(Approval.__dataclass_fields__)
    return Change(
        **{name: row[name] for name in names},
        base=base,
        direction=Direction(row["direction"]),
        is_emergency=bool(row["is_emergency"]),
        state=State(row["state"]),
        events=connection.execute(count).scalar_one(),
        approvals=tuple(Approval(*(each[name] for name in fields)) for each in words.mappings()),
        is_carried=bool(row["is_carried"]),
        scheduled=_plan(connection.execute(planned).scalar()),
    )


def plan_text(plan: Plan) -> str:
    """Return a plan as an event keeps it."""
    return json.dumps(
        {
            "at": plan.at.isoformat(),
            "share": plan.share,
            "port": plan.port,
            "hours": plan.hours,
        }
    )


def _plan(text: str | None) -> Plan | None:
    found = json.loads(text or "{}")
    if "at" not in found:
        return None
    at = datetime.fromisoformat(found["at"])
    return Plan(at, found["share"], found["port"], found["hours"])


def live_of(connection: Connection, tenant: str) -> Activation | None:
    """Return what is live; None: the bundle's baseline, from the start."""
    newest = select(activations).where(activations.c.tenant == tenant)
    row = connection.execute(newest.order_by(activations.c.number.desc()).limit(1))
    found = row.mappings().one_or_none()
    return None if found is None else activation_of(found)


def numbered(connection: Connection, tenant: str, number: int) -> Activation | None:
    """Return an activation by its number; None for 0, which is the baseline."""
    same = activations.c.number == number
    row = connection.execute(select(activations).where(activations.c.tenant == tenant, same))
    found = row.mappings().one_or_none()
    return None if found is None else activation_of(found)
