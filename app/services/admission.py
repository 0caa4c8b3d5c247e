"""How many may come in: bounded running, bounded waiting, and an early no for the rest."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.errors import Overloaded
from app.core.refusals import DeadlineExceeded


class Pool(StrEnum):
    """Whose requests share their places; none takes a place of another's."""

    SCORE = "score"
    BATCH = "batch"
    CONSOLE = "console"
    LISTS = "lists"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Places of a pool: `running` at a time, `waiting` for at most `patience_s`, `open` in all.

    Open ones are those running, waiting, and those whose body is still arriving.
    """

    running: int
    waiting: int
    patience_s: float
    open: int


class Gate:
    """The places of one pool, given out first come, first served. One event loop's."""

    def __init__(self, room: Room, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Start empty; `monotonic` gives seconds, of which deadlines are too."""
        self.room = room
        self.running = 0
        self.open = 0
        self._monotonic = monotonic
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    def arrive(self) -> None:
        """Count one that came; raises Overloaded where it would find no place: do not read it."""
        if self.open >= self.room.open or self._is_full:
            raise self._full()
        self.open += 1

    def depart(self) -> None:
        """Count one that went; it has left its place before."""
        self.open -= 1

    async def enter(self, deadline: float | None = None) -> None:
        """Take a place, waiting for one if need be; `leave` gives it back.

        Raises Overloaded where too many wait, or the wait is longer than the pool's patience, and
        DeadlineExceeded where it is longer than the caller's.
        """
        now = self._monotonic()
        if deadline is not None and deadline <= now:
            raise DeadlineExceeded
        if self.running < self.room.running and not self._waiting:
            self.running += 1
            return
        if self._is_full:
            raise self._full()
        await self._wait(now, deadline)

    def leave(self) -> None:
        """Give the place to whoever waits longest."""
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self.running -= 1

    async def _wait(self, now: float, deadline: float | None) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        left = None if deadline is None else deadline - now
        is_callers = left is not None and left < self.room.patience_s
        try:
            await asyncio.wait((place,), timeout=left if is_callers else self.room.patience_s)
        except asyncio.CancelledError:
            self._give_up(place)
            raise
        if not place.done():
            self._give_up(place)
            raise DeadlineExceeded if is_callers else self._full()

    def _give_up(self, place: asyncio.Future[None]) -> None:
        if place.done():
            self.leave()  # it was given in the same moment
        else:
            self._waiting.remove(place)

    @property
    def _is_full(self) -> bool:
        return self.running >= self.room.running and len(self._waiting) >= self.room.waiting

    def _full(self) -> Overloaded:
        return Overloaded(
            f"{self.room.running} requests are running and {self.room.waiting} may wait; "
            "none was started."
        )


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment until which a caller waits, in seconds of `monotonic`."""

    at: float
    monotonic: Callable[[], float] = field(repr=False)

    def check(self) -> None:
        """Raise DeadlineExceeded where it has passed: what nobody waits for is not begun."""
        if self.monotonic() >= self.at:
            raise DeadlineExceeded


class Admission:
    """The gates of one process, and whether it still wants to be sent anything."""

    def __init__(
        self, rooms: Mapping[Pool, Room], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Make a gate for each pool, open."""
        self.gates = {pool: Gate(room, monotonic) for pool, room in rooms.items()}
        self.monotonic = monotonic
        self.is_draining = False

    def drain(self) -> None:
        """Say from now on that traffic should go elsewhere; what comes is answered all the same."""
        self.is_draining = True


def rooms(
    *,
    running: int = 16,
    batches: int = 4,
    waiting: int = 64,
    patience_s: float = 0.15,
    open_: int = 1000,
) -> dict[Pool, Room]:
    """Return the rooms of all pools: single entries as given, the others in proportion."""
    single = Room(running=running, waiting=waiting, patience_s=patience_s, open=open_)
    return {
        Pool.SCORE: single,
        Pool.BATCH: Room(running=batches, waiting=4 * batches, patience_s=1.0, open=open_),
        Pool.CONSOLE: Room(running=4, waiting=16, patience_s=1.0, open=open_),
        Pool.LISTS: Room(running=1, waiting=0, patience_s=0.0, open=2),
        Pool.OTHER: Room(running=running, waiting=waiting, patience_s=1.0, open=open_),
    }
