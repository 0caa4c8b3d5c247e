"""Steps of a change and of what is live, as rows within the caller's transaction."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select

from app.adapters.policies_reading import (
    find_change,
    find_policy,
    live_of,
    numbered,
)
from app.adapters.policies_schema import activations, events, standing
from app.core.errors import Conflict
from app.core.governance import State
from app.core.governance.records import EMERGENCY_LASTS, Activation, Change, Kind, Plan

BASELINE = (0, "")


def move(  # noqa: PLR0913, PLR0917 - the row's columns
    connection: Connection,
    change: Change,
    to: State,
    actor: str,
    reason: str,
    at: datetime,
    details: str = "{}",
) -> None:
    """Write that a change, as it was read, is in another state from now on."""
    row = {
        "change_id": change.change_id,
        "number": change.events + 1,
        "from_state": str(change.state),
        "to_state": str(to),
        "actor": actor,
        "reason": reason,
        "details": details,
        "at": at,
    }
    connection.execute(insert(events), row)


def go_live(
    connection: Connection, change: Change, actor: str, reason: str, at: datetime
) -> Activation:
    """Write that a change is live as a whole, and what was live no more."""
    move(connection, change, State.ACTIVE, actor, reason, at)
    _end_active(connection, change.tenant, State.SUPERSEDED, actor, at, kept=change.change_id)
    return _activate(connection, change, Kind.ACTIVATE, actor, reason, at)


def go_live_at_once(
    connection: Connection, change: Change, actor: str, reason: str, at: datetime
) -> Activation:
    """Write that an emergency tightening is live, until a day from now."""
    move(connection, change, State.ACTIVE, actor, reason, at)
    return _activate(
        connection, change, Kind.EMERGENCY, actor, reason, at, ends_at=at + EMERGENCY_LASTS
    )


def confirm(
    connection: Connection, change: Change, actor: str, reason: str, at: datetime
) -> Activation:
    """Write that an emergency tightening stays, as it was approved while it was live."""
    _end_active(connection, change.tenant, State.SUPERSEDED, actor, at, kept=change.change_id)
    return _activate(connection, change, Kind.ACTIVATE, actor, reason, at)


def begin_canary(  # noqa: PLR0913, PLR0917 - a step's parts
    connection: Connection, change: Change, plan: Plan, actor: str, reason: str, at: datetime
) -> Activation:
    """Write that a change is live on a part of the entries, beside what is live."""
    move(connection, change, State.CANARY, actor, reason, at)
    live = live_of(connection, change.tenant)
    version, digest = BASELINE if live is None else (live.version, live.policy_digest)
    return _write(
        connection,
        Activation(
            tenant=change.tenant,
            number=1 if live is None else live.number + 1,
            kind=Kind.CANARY,
            version=version,
            policy_digest=digest,
            change_id=change.change_id,
            canary_version=change.version,
            canary_share=plan.share,
            canary_port=plan.port,
            ends_at=at + timedelta(hours=plan.hours),
            falls_back_to=0 if live is None else live.falls_back_to,
            actor=actor,
            reason=reason,
            at=at,
        ),
        change.policy_digest,
    )


def end_canary(
    connection: Connection, live: Activation, actor: str, reason: str, at: datetime
) -> Activation:
    """Write that a canary is over: what was live beside it goes on alone."""
    change = find_change(connection, live.tenant, str(live.change_id))
    move(connection, change, State.REVERTED, actor, reason, at)
    made = _successor(live, Kind.END_CANARY, actor, reason, at)
    return _write(connection, made)


def go_back(  # noqa: PLR0913, PLR0917 - a step's parts
    connection: Connection, live: Activation, kind: Kind, actor: str, reason: str, at: datetime
) -> Activation:
    """Write that what was live before is live again; Conflict where the baseline is live."""
    if live.version == 0:
        raise Conflict("The bundle's baseline is live: there is no way back.")
    before = numbered(connection, live.tenant, live.falls_back_to)
    end = State.EXPIRED if kind is Kind.LAPSE else State.REVERTED
    _end_active(connection, live.tenant, end, actor, at, version=live.version)
    version, digest = BASELINE if before is None else (before.version, before.policy_digest)
    made = Activation(
        tenant=live.tenant,
        number=live.number + 1,
        kind=kind,
        version=version,
        policy_digest=digest,
        change_id=None,
        canary_version=None,
        canary_share=0,
        canary_port=None,
        ends_at=None,
        falls_back_to=0 if before is None else before.falls_back_to,
        actor=actor,
        reason=reason,
        at=at,
    )
    return _write(connection, made)


def _activate(  # noqa: PLR0913, PLR0917 - a step's parts
    connection: Connection,
    change: Change,
    kind: Kind,
    actor: str,
    reason: str,
    at: datetime,
    *,
    ends_at: datetime | None = None,
) -> Activation:
    live = live_of(connection, change.tenant)
    falls_back_to = 0 if live is None else live.number
    if live is not None and live.kind is Kind.EMERGENCY:
        falls_back_to = live.falls_back_to  # never back to what only one person wanted
    policy = find_policy(connection, change.tenant, change.version)
    made = Activation(
        tenant=change.tenant,
        number=1 if live is None else live.number + 1,
        kind=kind,
        version=change.version,
        policy_digest=policy.digest,
        change_id=change.change_id,
        canary_version=None,
        canary_share=0,
        canary_port=None,
        ends_at=ends_at,
        falls_back_to=falls_back_to,
        actor=actor,
        reason=reason,
        at=at,
    )
    return _write(connection, made)


def _successor(live: Activation, kind: Kind, actor: str, reason: str, at: datetime) -> Activation:
    return Activation(
        tenant=live.tenant,
        number=live.number + 1,
        kind=kind,
        version=live.version,
        policy_digest=live.policy_digest,
        change_id=live.change_id,
        canary_version=None,
        canary_share=0,
        canary_port=None,
        ends_at=None,
        falls_back_to=live.falls_back_to,
        actor=actor,
        reason=reason,
        at=at,
    )


def _end_active(  # noqa: PLR0913 - a step's parts
    connection: Connection,
    tenant: str,
    end: State,
    actor: str,
    at: datetime,
    *,
    kept: str = "",
    version: int | None = None,
) -> None:
    """Write that changes which are live are so no more: all but `kept`, or those of a version."""
    query = select(standing.c.change_id).where(
        standing.c.tenant == tenant,
        standing.c.state == str(State.ACTIVE),
        standing.c.change_id != kept,
    )
    if version is not None:
        query = query.where(standing.c.version == version)
    for change_id in connection.execute(query).scalars().all():
        other = find_change(connection, tenant, change_id)
        move(connection, other, end, actor, "another policy is live", at)


def _write(
    connection: Connection, made: Activation, canary_digest: str | None = None
) -> Activation:
    row = {name: getattr(made, name) for name in Activation.__dataclass_fields__}
    row |= {
        "kind": str(made.kind),
        "canary_share": made.canary_share or None,
        "canary_digest": canary_digest,
    }
    connection.execute(insert(activations), row)
    return made
