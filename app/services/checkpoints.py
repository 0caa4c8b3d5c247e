"""Checkpoints while the service runs: every so often, and after so many rows."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

import structlog

from app.core.checkpoint import AuditHead, Head, checkpoint_line
from app.core.errors import EntryRiskError
from app.core.model.signing import Signer
from app.services.ports import Clock

EVERY_S = 60.0
EVERY_ROWS = 1000
POLL_S = 1.0
OVERLAP = 10_000  # rows looked at again: on PostgreSQL an earlier number may be seen later
log = structlog.get_logger(__name__)


class Heads(Protocol):
    """Where the newest links are read; both methods block and raise LedgerUnavailable."""

    def last_seq(self) -> int:
        """Return the highest number in the ledger; 0: none."""
        ...

    def heads(self, after_seq: int) -> list[Head]:
        """Return the newest link of each chain that has one after `after_seq`."""
        ...


class Audited(Protocol):
    """Where the newest event of the audit is read; blocks and raises LedgerUnavailable."""

    def head(self) -> AuditHead | None:
        """Return the newest event; None: there is none."""
        ...


class Shelf(Protocol):
    """A second place that only grows; raises OSError (blocking)."""

    def append(self, make: "LineMaker") -> None:
        """Write what `make` returns of the last line there (None: no line) after it, on disk."""
        ...


class LineMaker(Protocol):
    """What makes a line after the line before."""

    def __call__(self, before: bytes | None, /) -> bytes:
        """Return the line."""
        ...


class Checkpoints:
    """Signs the heads of all chains, and that of the audit, and hands them to a second place."""

    def __init__(
        self,
        heads: Heads,
        shelf: Shelf,
        signer: Signer,
        clock: Clock,
        audited: Audited | None = None,
    ) -> None:
        """Nothing is read or written before the first look."""
        self._audited = audited
        self._audit: AuditHead | None = None
        self._heads = heads
        self._shelf = shelf
        self._signer = signer
        self._clock = clock
        self._known: dict[tuple[str, str], Head] = {}
        self._signed_seq = 0

    async def watch(
        self, every_s: float = EVERY_S, every_rows: int = EVERY_ROWS, poll_s: float = POLL_S
    ) -> None:
        """For ever make a checkpoint every `every_s` and after `every_rows`, where rows came."""
        loop = asyncio.get_running_loop()
        made_at = loop.time()
        while True:
            await asyncio.sleep(min(poll_s, every_s))
            is_time = loop.time() - made_at >= every_s
            if await asyncio.to_thread(self.look, 1 if is_time else every_rows) or is_time:
                made_at = loop.time()

    def look(self, rows: int = 1) -> bool:
        """Make a checkpoint where `rows` came since the last; say whether one was made (blocking).

        Where the ledger cannot be read or the second place refuses, that is logged and tried again.
        """
        try:
            last = self._heads.last_seq()
            audit = self._audited.head() if self._audited else None
            is_told = rows > 1 or audit == self._audit  # of the audit it is told by time alone
            if last - self._signed_seq < rows and is_told:
                return False
            self._take(self._heads.heads(max(0, self._signed_seq - OVERLAP)))
            self._shelf.append(lambda before: self._line(before, audit))
        except (EntryRiskError, OSError) as error:
            log.error("checkpoint_failed", error=type(error).__name__)  # noqa: TRY400 - no trace: the second place may be gone for hours
            return False
        self._signed_seq, self._audit = last, audit
        return True

    def _take(self, heads: Iterable[Head]) -> None:
        self._known.update(((each.tenant, each.stream), each) for each in heads)

    def _line(self, before: bytes | None, audit: AuditHead | None) -> bytes:
        now = self._clock.now()
        return checkpoint_line(self._known.values(), before, now, self._signer, audit)
