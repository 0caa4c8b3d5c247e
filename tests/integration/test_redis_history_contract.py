"""One contract for both stores: a history is read whole, and written only by who saw it last."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.adapters.history_snapshots import HistorySnapshots
from app.adapters.memory_history import MemoryHistoryStore
from app.adapters.redis_history import RedisHistoryStore, history_tuning
from app.core.history import History
from app.core.history.projected import HistoryHead, HistoryScope, anchor_of, scope_of
from app.core.history.record import Record
from app.core.outcomes import OutcomeKind
from tests.history_facts import DAY, an_entry

Store = MemoryHistoryStore | RedisHistoryStore
Make = Callable[[], Store]
SCOPE, OTHER = scope_of("seed", "acme"), scope_of("seed", "zenith")
START = HistoryHead(0, 0, is_whole=False)
HEAD = HistoryHead(7, anchor_of("D7"), True, anchor_of("D1"))
PATIENT = history_tuning(5.0, 8)


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """What opens the store anew; what one kept the next one has."""
    if request.param == "memory":
        return lambda: MemoryHistoryStore(HistorySnapshots(tmp_path / "history"))
    url: str = request.getfixturevalue("redis_url")
    return lambda: RedisHistoryStore(url, tuning=PATIENT)


def run(make: Make, use: Callable[[Store], Awaitable[None]]) -> None:
    async def opened() -> None:
        store = make()
        await use(store)
        await store.close()

    asyncio.run(opened())


def records() -> dict[str, Record]:
    """Return records with states, outcomes folded in, and outcomes still due."""
    history = History()
    history.observe(an_entry(), DAY)
    history.settle(an_entry(), None, OutcomeKind.DENIED, 0.5, DAY - timedelta(days=3))
    history.observe(an_entry(), DAY)
    history.settle(an_entry(), None, OutcomeKind.CLEARED, 1.0, DAY + timedelta(days=3))
    return dict(history.records)


async def token(store: Store, scope: HistoryScope = SCOPE) -> bytes:
    found = await store.read(scope, [])
    assert found is not None
    return found.token


async def written(store: Store, head: HistoryHead = HEAD) -> dict[str, Record]:
    """Begin and write a history; return its records."""
    kept = records()
    assert await store.begin(SCOPE, b"", START) is True
    begun = await store.read(SCOPE, [])
    assert begun is not None
    assert await store.apply(SCOPE, begun.token, head, kept) is True
    return kept


def test_nothing_is_there_before_it_begins(make: Make) -> None:
    async def use(store: Store) -> None:
        found = await store.read(SCOPE, ["everyone"], is_patient=True)
        assert found is not None
        assert (found.head, found.records, found.token) == (None, {}, b"")

    run(make, use)


def test_head_and_records_come_back_bit_for_bit(make: Make) -> None:
    async def use(store: Store) -> None:
        kept = await written(store)
        found = await store.read(SCOPE, [*kept, "never:seen"])
        assert found is not None
        assert (found.head, found.records) == (HEAD, kept)
        other = await store.read(OTHER, list(kept), is_patient=True)
        assert other is not None
        assert (other.head, other.records) == (None, {})

    run(make, use)


def test_many_keys_are_read_as_of_one_moment(make: Make) -> None:
    async def use(store: Store) -> None:
        (record,) = [each for key, each in records().items() if key == "everyone"]
        many = {f"goods:{number}": record for number in range(1500)}
        await store.begin(SCOPE, b"", START)
        await store.apply(SCOPE, await token(store), HEAD, many)
        found = await store.read(SCOPE, list(many))
        assert found is not None
        assert (found.head, found.records) == (HEAD, many)

    run(make, use)


def test_who_did_not_see_the_last_write_does_not_write(make: Make) -> None:
    async def use(store: Store) -> None:
        await store.begin(SCOPE, b"", START)
        seen, kept = await token(store), records()
        assert await store.apply(SCOPE, seen, HEAD, kept) is True
        late = HEAD._replace(seq=9)
        assert await store.apply(SCOPE, seen, late, {}) is False
        assert await store.begin(SCOPE, seen, START) is False
        assert await store.begin(SCOPE, b"", START) is False
        found = await store.read(SCOPE, list(kept))
        assert found is not None
        assert (found.head, found.records) == (HEAD, kept)

    run(make, use)


def test_beginning_anew_leaves_nothing_of_before(make: Make) -> None:
    async def use(store: Store) -> None:
        kept = await written(store)
        assert await store.begin(SCOPE, await token(store), START) is True
        found = await store.read(SCOPE, list(kept))
        assert found is not None
        assert (found.head, found.records) == (START, {})

    run(make, use)


def test_a_draft_takes_the_place_of_what_is_read_in_one_step(make: Make) -> None:
    async def use(store: Store) -> None:
        kept = await written(store)
        draft = SCOPE._replace(is_draft=True)
        assert await store.adopt(draft, SCOPE) is False
        await store.begin(draft, b"", START)
        newer = {"everyone": kept["everyone"]}
        await store.apply(draft, await token(store, draft), HEAD._replace(seq=8), newer)
        assert await store.adopt(draft, SCOPE) is True
        found = await store.read(SCOPE, list(kept))
        assert found is not None
        assert found.head == HEAD._replace(seq=8)
        assert set(found.records) == {"everyone"}
        gone = await store.read(draft, [], is_patient=True)
        assert gone is not None
        assert gone.head is None

    run(make, use)


def test_what_was_kept_is_there_at_the_next_start(make: Make) -> None:
    kept: dict[str, Record] = {}

    async def first(store: Store) -> None:
        kept.update(await written(store))
        await store.keep()
        await store.release(SCOPE)

    async def second(store: Store) -> None:
        found = await store.read(SCOPE, list(kept), is_patient=True)
        assert found is not None
        assert (found.head, found.records) == (HEAD, kept)
        figures = await store.figures(SCOPE)
        assert figures is not None
        assert (figures.head, figures.keys) == (HEAD, len(kept))
        assert figures.size_bytes
        assert await store.apply(SCOPE, found.token, HEAD._replace(seq=8), {}) is True

    run(make, first)
    run(make, second)
