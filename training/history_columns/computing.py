"""History features of chunk after chunk: read ahead, walked by two threads, figures made."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from training.history_columns.chunks import Chunk, Reading
from training.history_columns.events import NO_EVENTS, Events, OutcomeFile
from training.history_columns.figures import figures, parents, partner_counts, places
from training.history_columns.keys import Identified, Identities
from training.history_columns.layout import (
    ALL_KINDS,
    CITY,
    EVERYONE,
    FEATURE_NAMES,
    FILER,
    GOODS,
    IMPORTER,
    LANE,
    MID,
    READING,
    ROUTE,
    SKETCHES,
    STATE,
    SUPPLIER,
    WITH_SKETCHES,
)
from training.history_columns.walking import Floats, Words, decay_table, walk

T = TypeVar("T")
THREADS: Final = 2  # the kinds of key fall into two halves that never wait for each other
_HALVES: Final = ((SUPPLIER, MID, CITY, GOODS, EVERYONE), (IMPORTER, FILER, LANE, ROUTE))


class Computed(NamedTuple):
    """The features (FEATURE_NAMES, n) of the lines of a chunk, in its order."""

    chunk: Chunk
    features: Floats


class _Table:
    """The states of all keys of one kind, and room for more."""

    def __init__(self, has_sketches: bool) -> None:
        self.has_sketches = has_sketches
        self.state: Floats = np.zeros((1, STATE))
        self.sketches: Words = np.zeros((1, SKETCHES), np.uint64)

    def make_room(self, keys: int) -> None:
        if keys > len(self.state):
            room = max(keys, len(self.state) * 3 // 2)
            self.state = np.concatenate((self.state, np.zeros((room - len(self.state), STATE))))
            if self.has_sketches:
                more = np.zeros((room - len(self.sketches), SKETCHES), np.uint64)
                self.sketches = np.concatenate((self.sketches, more))


class HistoryColumns:
    """Computes history features; what it keeps is the state of the keys met, and their texts."""

    def __init__(self, outcomes: OutcomeFile | None = None) -> None:
        """Start with nothing known; `outcomes` None means that none ever became known."""
        self._reading = Reading()
        self._identities = Identities(self._reading.texts)
        self._outcomes = outcomes
        self._pending = NO_EVENTS
        self._tables = [_Table(kind in WITH_SKETCHES) for kind in range(len(ALL_KINDS))]
        self._decays, self._counts = decay_table(), partner_counts()
        self._places, self._parents = places(), parents()
        self._readings: Floats = np.zeros((len(ALL_KINDS), 0, READING))

    @property
    def keys(self) -> int:
        """How many keys were met."""
        return sum(len(each) for each in self._identities.of_kind)

    @property
    def state_bytes(self) -> int:
        """Bytes that the states of all keys take, room for more included."""
        return sum(each.state.nbytes + each.sketches.nbytes for each in self._tables)

    def features(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Computed]:
        """Yield chunks with their features.

        Raises DataRefused for lines out of order, a text that is no code, a number that is none.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            for chunk, found in ahead(self._identified(batches)):
                yield Computed(chunk, self._take(chunk, found, pool))

    def _identified(self, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Chunk, Identified]]:
        for chunk in self._reading.chunks(batches):
            yield chunk, self._identities.identify(chunk)

    def _take(self, chunk: Chunk, found: Identified, pool: ThreadPoolExecutor) -> Floats:
        if self._outcomes is not None:
            self._pending = self._pending.with_more(self._outcomes.events(chunk, found.keys))
        ready, self._pending = self._pending.split(int(chunk.days[-1]))
        if self._readings.shape[1] < len(chunk):
            self._readings = np.zeros((len(ALL_KINDS), len(chunk), READING))
        halves = [pool.submit(self._move, kinds, chunk, found, ready) for kinds in _HALVES]
        for half in halves:
            half.result()
        return self._figures(chunk, pool)

    def _move(self, kinds: tuple[int, ...], chunk: Chunk, found: Identified, ready: Events) -> None:
        everyones = np.zeros(len(chunk), np.int32)
        for kind in kinds:
            keys = everyones if kind == EVERYONE else found.keys[kind]
            table = self._tables[kind]
            table.make_room(int(keys.max()) + 1)
            walk(
                keys, chunk.starts, chunk.days, chunk.values, chunk.kilos,
                found.bought if kind == SUPPLIER else found.marks,
                ready.when, ready.weights, ready.keys[kind], table.state, table.sketches,
                self._decays, table.has_sketches, kind != EVERYONE, self._readings[kind],
            )  # fmt: skip

    def _figures(self, chunk: Chunk, pool: ThreadPoolExecutor) -> Floats:
        out = np.empty((len(FEATURE_NAMES), len(chunk)))
        is_named = chunk.is_named

        def fill(part: int) -> None:
            first, last = (len(chunk) * each // THREADS for each in (part, part + 1))
            figures(
                self._readings, chunk.values, chunk.kilos, is_named, self._places, self._parents,
                self._counts, first, last, out,
            )  # fmt: skip

        list(pool.map(fill, range(THREADS)))
        return out


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield `items`, the next one being made in another thread while this one is used."""
    iterator = iter(items)
    end = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, iterator, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, iterator, end)
            yield item  # type: ignore[misc]  # not the end
