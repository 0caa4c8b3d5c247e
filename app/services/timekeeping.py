"""The clock of one process: wall time, what is wrong with it, and time that a jump cannot move.

A wall clock can be set while the service runs; the time since the machine started cannot. Where
the two part by more than `LIMIT_S`, the wall clock jumped: what is recorded then is flagged, and
what expires goes by the time since the start instead, for as long as the process lives.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from app.core.errors import LedgerUnavailable
from app.services.ports import Clock

LIMIT_S = 1.0  # docs/reliability.md: what two clocks may differ by, and an expiry be wrong by
LOOK_EVERY_S = 5.0  # how often the newest record of other processes is read

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """What was wrong with the wall clock when a record was made, seconds to the millisecond.

    `jumped_s` is how far it was set since the process started, forward positive; `behind_s` how
    far it is behind the newest record, at least 0. One of them exceeds `LIMIT_S`, else there is
    no skew; what does not is 0.
    """

    jumped_s: float
    behind_s: float


class NewestRecord(Protocol):
    """The ledger, as far as it tells when its newest decision says that it was made."""

    async def newest_moment(self) -> datetime | None:
        """Return the moment of the newest decision of all tenants; None: there is none."""
        ...


class Timekeeper:
    """Wall time checked against elapsed time; may be asked from any thread."""

    def __init__(self, wall: Clock, elapsed: Callable[[], float]) -> None:
        """Believe `wall` now; `elapsed` gives seconds that no setting of a clock moves."""
        self._wall = wall
        self._elapsed = elapsed
        self._limit = timedelta(seconds=LIMIT_S)
        self._believed = (wall.now(), elapsed())
        self._newest: datetime | None = None
        self._told = False

    def now(self) -> datetime:
        """Return the wall clock's moment in UTC: what a record says of its time."""
        return self._wall.now()

    def steady(self) -> datetime:
        """Return the moment in UTC that expiries go by: a jump of the wall clock leaves it alone.

        A wall clock that is set by less than the limit is followed.
        """
        return self._look()[1]

    def stamp(self) -> tuple[datetime, ClockSkew | None]:
        """Return the wall clock's moment for a record, and what is wrong with it, if anything."""
        moment, steady = self._look()
        newest = self._newest
        behind = timedelta() if newest is None else newest - moment
        self.saw(moment)
        jumped = moment - steady
        if not jumped and behind <= self._limit:
            return moment, None
        late = round(behind.total_seconds(), 3) if behind > self._limit else 0.0
        return moment, ClockSkew(round(jumped.total_seconds(), 3), late)

    def jumped_s(self) -> float:
        """Return how far the wall clock was set since the start, seconds; 0.0 within the limit."""
        moment, steady = self._look()
        return (moment - steady).total_seconds()

    def saw(self, moment: datetime | None) -> None:
        """Take in that a record says it was made at `moment`; None: there is no record."""
        if moment is not None and (self._newest is None or moment > self._newest):
            self._newest = moment

    def _look(self) -> tuple[datetime, datetime]:
        """Return the wall clock's moment and the steady one, the same where they agree."""
        before = self._elapsed()
        moment = self._wall.now()
        after = self._elapsed()
        believed, at = self._believed
        steady = believed + timedelta(seconds=before - at)
        # A thread that was held up between the two clocks is no jump.
        if abs(moment - steady) <= self._limit + timedelta(seconds=after - before):
            self._believed = (moment, after)
            return moment, moment
        return moment, steady

    async def look_back(self, ledger: NewestRecord) -> None:
        """Take in the newest record of the ledger, where it can be read, and log a jump once."""
        with suppress(LedgerUnavailable):  # what this process itself recorded is known
            self.saw(await ledger.newest_moment())
        jumped_s = self.jumped_s()
        if bool(jumped_s) is not self._told:
            self._told = bool(jumped_s)
            log.warning("clock_jumped" if self._told else "clock_agrees", seconds=jumped_s)

    async def watch(self, ledger: NewestRecord, every_s: float = LOOK_EVERY_S) -> None:
        """For ever take in what other processes recorded."""
        while True:
            await self.look_back(ledger)
            await asyncio.sleep(every_s)


@dataclass(frozen=True, slots=True)
class SteadyClock:
    """The clock of what expires: keys, sessions, answers kept for idempotency keys."""

    time: Timekeeper

    def now(self) -> datetime:
        """Return the moment in UTC that a jump of the wall clock leaves alone."""
        return self.time.steady()
