"""One at a time for each key: who files the same entry twice at once waits for the first."""

import asyncio
from collections.abc import AsyncIterator, Hashable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted_by: int = 0


class Turns:
    """Locks by key that exist only while someone wants them."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._turns: dict[Hashable, _Turn] = {}

    def __len__(self) -> int:
        """Return the number of keys held or wanted."""
        return len(self._turns)

    def is_taken(self, key: Hashable) -> bool:
        """Say whether someone holds or waits for `key`."""
        return key in self._turns

    @asynccontextmanager
    async def take(self, keys: Iterable[Hashable]) -> AsyncIterator[None]:
        """Hold all of `keys`, taken in one fixed order, so that two never block each other."""
        ordered = sorted(set(keys), key=repr)
        turns = [self._turns.setdefault(key, _Turn()) for key in ordered]
        for turn in turns:
            turn.wanted_by += 1
        held: list[_Turn] = []
        try:
            for turn in turns:
                await turn.lock.acquire()
                held.append(turn)
            yield
        finally:
            for turn in held:
                turn.lock.release()
            for key, turn in zip(ordered, turns, strict=True):
                turn.wanted_by -= 1
                if not turn.wanted_by:
                    del self._turns[key]
