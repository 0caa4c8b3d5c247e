"""The audit is a chain: what is changed, removed or moved in it is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.audit import (
    GENESIS,
    Action,
    AuditEvent,
    Deed,
    audit_time,
    event_hash,
    first_break,
)

MOMENT = datetime(2026, 11, 24, 2, 31, 7, 412345, tzinfo=UTC)


def deed(subject: str, actor: str = "command-line:dana") -> Deed:
    return Deed(
        tenant="acme",
        actor=actor,
        action=Action.KEY_REVOKED,
        subject=subject,
        details={"name": "old system"},
    )


def chain(length: int = 4) -> list[AuditEvent]:
    made: list[AuditEvent] = []
    for seq in range(1, length + 1):
        before = made[-1].hash if made else GENESIS
        event_id, done = f"E{seq}", deed(f"K{seq}")
        made.append(
            AuditEvent(
                seq=seq,
                event_id=event_id,
                at=MOMENT,
                deed=done,
                prev_hash=before,
                hash=event_hash(seq, event_id, audit_time(MOMENT), done, before),
            )
        )
    return made


def test_a_chain_as_it_was_written_is_whole() -> None:
    assert first_break(chain()) is None
    assert first_break([]) is None


def test_a_moment_is_written_in_utc_to_the_microsecond() -> None:
    assert audit_time(MOMENT) == "2026-11-24T02:31:07.412345Z"


@pytest.mark.parametrize(
    ("change", "found_at"),
    [
        (lambda links: links[1:], 1),
        (lambda links: [links[0], *links[2:]], 2),
        (lambda links: [links[1], links[0], *links[2:]], 1),
        (lambda links: [*links[:2], replace(links[2], deed=deed("K9")), links[3]], 3),
        (lambda links: [*links[:2], replace(links[2], deed=deed("K3", "x")), links[3]], 3),
        (lambda links: [replace(links[0], at=MOMENT.replace(year=2025)), *links[1:]], 1),
        (lambda links: [*links[:3], replace(links[3], hash="0" * 64)], 4),
    ],
)
def test_what_was_altered_is_found_at_its_place(
    change: Callable[[list[AuditEvent]], list[AuditEvent]], found_at: int
) -> None:
    assert first_break(change(chain())) == found_at
