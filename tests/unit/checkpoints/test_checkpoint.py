"""Checkpoints are signed, follow one another, and name the heads of every chain."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.checkpoint import (
    AuditHead,
    Checkpoint,
    Head,
    checkpoint_line,
    newest_audit,
    newest_heads,
    read_checkpoints,
)
from app.core.errors import LedgerUnavailable
from app.core.model.signing import PublicKey
from app.core.receipt_canonical import canonical_bytes
from app.services.checkpoints import Checkpoints, LineMaker
from tests.desks import run, until
from tests.fakes import HandClock
from tests.proofs import SIGNER

AT = datetime(2026, 11, 24, tzinfo=UTC)
KEYS = (SIGNER.public_key,)
ACME, ZENITH = Head("acme", "main", 3, 7, "a" * 64), Head("zenith", "main", 1, 8, "b" * 64)


def three() -> list[bytes]:
    lines: list[bytes] = []
    for number in (1, 2, 3):
        heads = [ZENITH, replace(ACME, number=number)]
        lines.append(checkpoint_line(heads, lines[-1] if lines else None, AT, SIGNER))
    return lines


def test_checkpoints_are_read_back_in_order() -> None:
    found, problem = read_checkpoints(three(), KEYS)
    assert problem is None
    assert [each.number for each in found] == [1, 2, 3]
    assert found[0].heads == (replace(ACME, number=1), ZENITH)
    assert found[0].at == "2026-11-24T00:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (three()[1:], "checkpoint 1 does not follow the one before"),
        ([three()[0], three()[2]], "checkpoint 2 does not follow the one before"),
        ([*three()[:2], three()[2][:-9]], "checkpoint 3 is no checkpoint"),
        ([b"{}"], "checkpoint 1 is no checkpoint"),
        ([three()[0] + b" "], "checkpoint 1 is no checkpoint"),
    ],
)
def test_what_was_taken_out_or_cut_is_named(lines: list[bytes], problem: str) -> None:
    assert read_checkpoints(lines, KEYS)[1] == problem


def test_a_changed_head_is_found_and_so_is_another_key() -> None:
    found = json.loads(three()[0])
    found["checkpoint"]["heads"][0][2] = 2
    forged = canonical_bytes(found)
    told = read_checkpoints([forged], KEYS)[1]
    assert told == "checkpoint 1 has a signature that is not its own"
    told = read_checkpoints(three(), [PublicKey(bytes(32))])[1]
    assert told == "checkpoint 1 is signed by a key that is not known"


def test_the_newest_head_of_each_chain_counts() -> None:
    newest = newest_heads(
        [
            Checkpoint(1, "one", (ACME, ZENITH)),
            Checkpoint(2, "two", (replace(ACME, number=2), ZENITH)),
            Checkpoint(3, "three", (replace(ACME, number=9),)),
        ]
    )
    assert newest["acme", "main"] == (replace(ACME, number=9), "three")
    assert newest["zenith", "main"] == (ZENITH, "one")


class HandLedger:
    """Heads put there by hand."""

    def __init__(self) -> None:
        self.last = 0
        self.fails = False

    def last_seq(self) -> int:
        if self.fails:
            raise LedgerUnavailable("gone")
        return self.last

    def heads(self, after_seq: int) -> list[Head]:
        return [replace(ACME, number=self.last, seq=self.last)] if self.last > after_seq else []


class ListShelf:
    """Lines in a list."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.fails = False

    def append(self, make: LineMaker) -> None:
        if self.fails:
            raise OSError("no space")
        self.lines.append(make(self.lines[-1] if self.lines else None))


def made() -> tuple[HandLedger, ListShelf, Checkpoints]:
    ledger, shelf = HandLedger(), ListShelf()
    return ledger, shelf, Checkpoints(ledger, shelf, SIGNER, HandClock())


def test_a_checkpoint_is_made_only_where_rows_came() -> None:
    ledger, shelf, checkpoints = made()
    assert not checkpoints.look()
    ledger.last = 5
    assert not checkpoints.look(rows=1000)
    assert checkpoints.look()
    assert not checkpoints.look()
    ledger.last = 1005
    assert checkpoints.look(rows=1000)
    found, problem = read_checkpoints(shelf.lines, KEYS)
    assert problem is None
    assert [each.heads[0].number for each in found] == [5, 1005]


class HandAudit:
    """An audit whose newest event is put there by hand."""

    def __init__(self) -> None:
        self.newest: AuditHead | None = None

    def head(self) -> AuditHead | None:
        return self.newest


def test_the_newest_event_of_the_audit_is_signed_by_time_alone() -> None:
    ledger, shelf, _ = made()
    audit = HandAudit()
    checkpoints = Checkpoints(ledger, shelf, SIGNER, HandClock(), audit)
    assert not checkpoints.look()
    audit.newest = AuditHead(3, "c" * 64)
    assert not checkpoints.look(rows=1000)
    assert checkpoints.look()
    assert not checkpoints.look()
    ledger.last = 5
    assert checkpoints.look()
    found, problem = read_checkpoints(shelf.lines, KEYS)
    assert problem is None
    assert [(each.audit, len(each.heads)) for each in found] == [(audit.newest, n) for n in (0, 1)]
    assert newest_audit(found) == (audit.newest, found[0].at)


def test_an_audit_that_was_cut_does_not_make_the_cut_the_newest() -> None:
    longer, shorter = AuditHead(9, "a" * 64), AuditHead(2, "b" * 64)
    points = [Checkpoint(1, "one", (), longer), Checkpoint(2, "two", (), shorter)]
    assert newest_audit(points) == (longer, "one")
    assert newest_audit([Checkpoint(1, "one", ())]) is None


def test_what_fails_is_tried_again() -> None:
    ledger, shelf, checkpoints = made()
    ledger.last, shelf.fails = 5, True
    assert not checkpoints.look()
    shelf.fails, ledger.fails = False, True
    assert not checkpoints.look()
    ledger.fails = False
    assert checkpoints.look()


def test_checkpoints_are_made_by_time_and_by_rows() -> None:
    async def work() -> None:
        ledger, shelf, checkpoints = made()
        ledger.last = 5
        watching = asyncio.create_task(checkpoints.watch(every_s=0.05, poll_s=0.01))
        await until(lambda: len(shelf.lines) == 1)
        watching.cancel()
        watching = asyncio.create_task(checkpoints.watch(every_s=999, poll_s=0.01))
        ledger.last = 2000
        await until(lambda: len(shelf.lines) == 2)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    run(work())
