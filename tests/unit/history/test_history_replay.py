"""Replay of the past: nothing later than its day is read, nothing later than the cut is kept."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Party
from app.core.errors import DataRefused
from app.core.history import History, KnownOutcome, LineHistory, PastEntry, replay

DAY = date(2026, 3, 2)


def _past(
    day: int, supplier: str = "Maker", known: int | None = None, positive: bool = True
) -> PastEntry:
    line = EntryLine(
        line_number=1,
        hts=HtsCode("620140"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(100),
        manufacturer=Party(name=supplier),
    )
    outcomes = () if known is None else (KnownOutcome(positive, DAY + timedelta(days=known)),)
    return PastEntry(Entry(lines=(line,)), DAY + timedelta(days=day), outcomes)


pasts = st.lists(
    st.builds(
        _past,
        day=st.integers(0, 60),
        supplier=st.sampled_from(["A", "B"]),
        known=st.none() | st.integers(0, 90),
        positive=st.booleans(),
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
    assert (second.entries, second.positives) == (1, 0.0)
    assert third.entries == 2
    assert third.positives > 0


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


@given(pasts, st.integers(0, 60))
def test_what_happens_later_changes_no_earlier_reading(past: list[PastEntry], day: int) -> None:
    moment = DAY + timedelta(days=day)
    until = [each for each in past if each.at <= moment]
    before = [
        PastEntry(
            each.entry, each.at, tuple(seen for seen in each.outcomes if seen.known_at < moment)
        )
        for each in until
    ]
    assert _run(past)[0][: len(until)] == _run(before)[0]


@given(pasts, st.integers(0, 60))
def test_the_memory_at_the_cut_knows_nothing_later(past: list[PastEntry], day: int) -> None:
    cut = DAY + timedelta(days=day)
    known = [
        PastEntry(each.entry, each.at, tuple(s for s in each.outcomes if s.known_at < cut))
        for each in past
        if each.at < cut
    ]
    assert _run(past, cut)[1].snapshot() == _run(known)[1].snapshot()


@given(pasts)
def test_a_service_that_learns_of_outcomes_in_time_reads_the_same(past: list[PastEntry]) -> None:
    events: list[tuple[date, int, PastEntry, KnownOutcome | None]] = []
    for each in past:
        events.append((each.at, 0, each, None))
        events += [(max(seen.known_at, each.at), 1, each, seen) for seen in each.outcomes]
    history = History()
    read = []
    for _, _, each, seen in sorted(events, key=lambda event: event[:2]):
        if seen is None:
            read.append(history.read(each.entry, each.at)[0])
            history.observe(each.entry, each.at)
        else:
            known_at = max(seen.known_at, each.at)
            history.settle(each.entry, seen.line_numbers, seen.positive, seen.weight, known_at)
    assert read == _run(past)[0]
