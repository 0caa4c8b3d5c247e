"""Replay of the past: nothing later than its day is read, nothing later than the cut is kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Party
from app.core.errors import DataRefused
from app.core.history import History, KnownOutcome, LineHistory, PastEntry, replay
from app.core.outcomes import OutcomeKind

DAY = date(2026, 3, 2)


def _past(
    day: int,
    supplier: str = "Maker",
    known: int | None = None,
    kind: OutcomeKind = OutcomeKind.DENIED,
    corrected: int | None = None,
) -> PastEntry:
    line = EntryLine(
        line_number=1,
        hts=HtsCode("620140"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(100),
        manufacturer=Party(name=supplier),
    )
    at = None if corrected is None else DAY + timedelta(days=corrected)
    outcomes = (
        () if known is None else (KnownOutcome(kind, DAY + timedelta(days=known), corrected_at=at),)
    )
    return PastEntry(Entry(lines=(line,)), DAY + timedelta(days=day), outcomes)


pasts = st.lists(
    st.builds(
        _past,
        day=st.integers(0, 60),
        supplier=st.sampled_from(["A", "B"]),
        known=st.none() | st.integers(0, 90),
        kind=st.sampled_from(OutcomeKind),
        corrected=st.none() | st.integers(0, 90),
    ),
    min_size=1,
    max_size=12,
).map(lambda found: sorted(found, key=lambda each: each.at))


def _run(past: Sequence[PastEntry], cut: date | None = None) -> tuple[list[LineHistory], History]:
    history = History()
    return [lines[0] for lines in replay(past, history, cut)], history


def test_each_entry_reads_what_was_known_before_it() -> None:
    read, _ = _run([_past(0, known=5), _past(5), _past(6)])
    first, second, third = (each.supplier for each in read)
    assert first is None
    assert second is not None
    assert third is not None
    assert (second.entries, second.denied) == (1, 0.0)
    assert third.entries == 2
    assert third.denied > 0


def test_entries_out_of_order_are_refused() -> None:
    with pytest.raises(DataRefused, match="replay"):
        _run([_past(3), _past(2)])


def test_the_ledger_number_does_not_move() -> None:
    _, history = _run([_past(0, known=1)])
    assert history.seq == 0


def test_entries_from_the_cut_on_are_read_but_not_remembered() -> None:
    read, history = _run([_past(0), _past(10), _past(11)], cut=DAY + timedelta(days=10))
    last = read[-1].supplier
    assert last is not None
    assert last.entries == 1
    assert history.as_of == DAY


def _as_known(outcomes: Sequence[KnownOutcome], before: date) -> tuple[KnownOutcome, ...]:
    """Return the outcomes as they stood on the morning of a day: later corrections unknown."""
    return tuple(
        replace(each, corrected_at=None)
        if each.corrected_at is not None and each.corrected_at >= before
        else each
        for each in outcomes
        if each.known_at < before
    )


@given(pasts, st.integers(0, 60))
def test_what_happens_later_changes_no_earlier_reading(past: list[PastEntry], day: int) -> None:
    moment = DAY + timedelta(days=day)
    until = [each for each in past if each.at <= moment]
    before = [replace(each, outcomes=_as_known(each.outcomes, moment)) for each in until]
    assert _run(past)[0][: len(until)] == _run(before)[0]


@given(pasts, st.integers(0, 60))
def test_the_memory_at_the_cut_knows_nothing_later(past: list[PastEntry], day: int) -> None:
    cut = DAY + timedelta(days=day)
    known = [
        replace(each, outcomes=_as_known(each.outcomes, cut)) for each in past if each.at < cut
    ]
    assert _run(past, cut)[1].snapshot() == _run(known, cut)[1].snapshot()


@given(pasts)
def test_a_service_that_learns_of_outcomes_in_time_reads_the_same(past: list[PastEntry]) -> None:
    events: list[tuple[date, int, PastEntry, KnownOutcome | None]] = []
    for each in past:
        events.append((each.at, 0, each, None))
        for seen in each.outcomes:
            known_at = max(seen.known_at, each.at)
            events.append((known_at, 1, each, seen))
            if seen.corrected_at is not None:
                events.append((max(seen.corrected_at, known_at), 2, each, seen))
    history = History()
    read: list[LineHistory] = []
    for _, order, each, outcome in sorted(events, key=lambda event: event[:2]):
        if outcome is None:
            read.append(history.read(each.entry, each.at)[0])
            history.observe(each.entry, each.at)
        else:
            known_at = max(outcome.known_at, each.at)
            move_on = history.settle if order == 1 else history.take_back
            move_on(each.entry, outcome.line_numbers, outcome.kind, outcome.weight, known_at)
    assert _figures(read) == pytest.approx(_figures(_run(past)[0]), abs=1e-12)


def _figures(read: list[LineHistory]) -> list[float]:
    """Return the decayed sums of all suppliers read; the order of float sums may differ."""
    suppliers = (each.supplier for each in read)
    return [number for each in suppliers for number in ((-1.0,) if each is None else each[:10])]
