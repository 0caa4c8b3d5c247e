"""A client worker that retries with idempotency keys; it says what it was answered.

    python -m tests.reliability.racer PORT KEY OTHER_KEY BEGIN KEYS PER_S TRIES

Every worker asks for key 0, 1, ... at the same moments, TRIES times at once each, so that all race.
After an answer every tenth key is asked with another body, and by another tenant.
Prints JSON: `answers` (digests by key), `others` (those of the other tenant), `statuses`, `let_in`
(another body that was answered 200) and `given_up`.
"""

import asyncio
import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.load.documents import document_of
from tests.load.wire import LOST, Heard, Wire

PATIENCE_S = 240.0
EVERY = 10
AT_ONCE = 8  # keys under way in a worker: more would be a storm of retries while it is down


@dataclass
class Told:
    """What a worker was answered."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    let_in: int = 0
    given_up: int = 0


class Racer:
    """Asks, and asks again after whatever is no answer."""

    def __init__(self, port: int, key: str, other_key: str) -> None:
        self.told = Told()
        self._port, self._key, self._other_key = port, key, other_key
        self._idle: dict[str, list[Wire]] = {key: [], other_key: []}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._chance = random.Random()  # noqa: S311  # jitter, no secret

    async def race(self, number: int, tries: int) -> None:
        """Ask for one key that many times at once, then as those who must not get its answer."""
        name, document = f"retry-{number}", document_of(1000 + number)
        async with self._room:
            found = await asyncio.gather(
                *(self._insist(self._key, name, document) for _ in range(tries))
            )
            self.told.answers[name] = sorted({digest for digest in found if digest})
            if number % EVERY == 0:
                other = await self._insist(self._other_key, name, document)
                self.told.others[name] = [other] if other else []
                await self._mismatch(name)

    async def _mismatch(self, name: str) -> None:
        heard = await self._until(
            lambda wire: wire.score(document_of(7), Idempotency_Key=name),
            self._key,
            (200, 422),
        )
        self.told.let_in += heard is not None and heard.status == 200

    async def _insist(self, key: str, name: str, document: object) -> str:
        """Return the digest of the answer, or '' where there was none in time."""
        ask = lambda wire: wire.score(document, Idempotency_Key=name)  # noqa: E731
        heard = await self._until(ask, key, (200,))
        return hashlib.sha256(heard.body).hexdigest() if heard else ""

    async def _until(
        self, ask: Callable[[Wire], Awaitable[Heard]], key: str, wanted: tuple[int, ...]
    ) -> Heard | None:
        deadline, pause = time.monotonic() + PATIENCE_S, 0.1
        while time.monotonic() < deadline:
            wire = self._idle[key].pop() if self._idle[key] else Wire(self._port, key)
            try:
                heard = await ask(wire)
            except LOST:
                self.told.statuses["lost"] += 1
            else:
                self._idle[key].append(wire)
                self.told.statuses[str(heard.status)] += 1
                if heard.status in wanted:
                    return heard
            await asyncio.sleep(self._chance.uniform(0.5, 1.0) * pause)
            pause = min(2 * pause, 1.6)
        self.told.given_up += 1
        return None


async def main() -> None:
    """Race as the command line says."""
    port, key, other_key, begin, keys, per_s, tries = sys.argv[1:]
    racer = Racer(int(port), key, other_key)
    tasks = []
    for number in range(int(keys)):
        wait = float(begin) + number / float(per_s) - time.time()
        await asyncio.sleep(max(wait, 0))
        tasks.append(asyncio.create_task(racer.race(number, int(tries))))
    await asyncio.gather(*tasks)
    sys.stdout.write(json.dumps(vars(racer.told)))


if __name__ == "__main__":
    asyncio.run(main())
