"""Appends waiting for the writer: bounded, and refused when the writer cannot write."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from app.adapters.ledger_rows import payload_bytes
from app.core.errors import LedgerUnavailable, Overloaded
from app.core.records import Appended, IdempotencyClaim, LedgerRecord


@dataclass(eq=False, slots=True)
class Append:
    """One caller's append and the future it awaits on its event loop."""

    tenant: str
    records: tuple[LedgerRecord, ...]
    claim: IdempotencyClaim | None
    claimed_response: bytes
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Appended]
    size: int = field(init=False)

    def __post_init__(self) -> None:
        """Count the bytes it holds in memory while it waits."""
        self.size = sum(map(payload_bytes, self.records)) + len(self.claimed_response)


Outcome = Appended | Exception


class AppendQueue:
    """Appends in order of arrival; `put` from any thread, `take` from the writer's."""

    def __init__(self, *, max_appends: int, max_bytes: int) -> None:
        self._max_appends = max_appends
        self._max_bytes = max_bytes
        self._waiting: deque[Append] = deque()
        self._bytes = 0
        self._accepts = False
        self._closed = False
        self._changed = threading.Condition()

    @property
    def accepts(self) -> bool:
        """Whether an append would be taken now, room allowing."""
        return self._accepts

    @property
    def closed(self) -> bool:
        """Whether nothing will be taken again."""
        return self._closed

    def put(self, append: Append) -> None:
        """Queue `append`; LedgerUnavailable if nothing is taken, Overloaded if it is full."""
        with self._changed:
            if not self._accepts:
                raise LedgerUnavailable("the ledger is not writable; nothing was decided")
            full = len(self._waiting) >= self._max_appends
            if full or (self._waiting and self._bytes + append.size > self._max_bytes):
                raise Overloaded("too many decisions wait for the disk; nothing was decided")
            self._waiting.append(append)
            self._bytes += append.size
            self._changed.notify()

    def take(self, max_records: int) -> list[Append]:
        """Wait for appends and return what is queued, at most `max_records`; [] once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            group: list[Append] = []
            records = 0
            while self._waiting and (not group or records < max_records):
                append = self._waiting.popleft()
                self._bytes -= append.size
                records += max(1, len(append.records))
                group.append(append)
            return group

    def start(self) -> None:
        """Take appends from now on, unless closed."""
        with self._changed:
            self._accepts = not self._closed

    def stop(self) -> list[Append]:
        """Take no more appends and return those that wait."""
        with self._changed:
            self._accepts = False
            left = list(self._waiting)
            self._waiting.clear()
            self._bytes = 0
            return left

    def close(self) -> None:
        """Take no more appends, ever; those that wait are still to be written."""
        with self._changed:
            self._accepts = False
            self._closed = True
            self._changed.notify_all()

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait until closed or `timeout_s` is over; say whether closed."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, timeout_s)


def settle(outcomes: Iterable[tuple[Append, Outcome]]) -> None:
    """Hand each append its outcome on its own event loop, one wake-up a loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Append, Outcome]]] = {}
    for append, outcome in outcomes:
        by_loop.setdefault(append.loop, []).append((append, outcome))
    for loop, settled in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: no one is left to tell
            loop.call_soon_threadsafe(_deliver, settled)


def _deliver(settled: list[tuple[Append, Outcome]]) -> None:
    for append, outcome in settled:
        if append.future.done():
            continue
        if isinstance(outcome, Appended):
            append.future.set_result(outcome)
        else:
            append.future.set_exception(outcome)
            append.future.exception()  # its caller may be gone: that is no unretrieved error
