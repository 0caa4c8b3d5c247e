"""The transition: which keys a fact touches, and that a correction leaves no trace."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Mid, Party
from app.core.history import (
    EVERYONE,
    NOTHING,
    History,
    Record,
    after_filing,
    after_outcome,
    bit_of,
    keys_of_entry,
    keys_of_outcome,
    read_lines,
    without_outcome,
)
from app.core.outcomes import OutcomeKind

DAY = date(2026, 3, 2)
KINDS = ("supplier", "importer", "filer", "mid", "city", "goods", "lane", "route")


def _line(number: int = 1, supplier: str = "Maker", hts: str = "620140") -> EntryLine:
    return EntryLine(
        line_number=number,
        hts=HtsCode(hts),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(100),
        gross_weight_kg=Decimal(20),
        manufacturer=Party(
            name=supplier, mid=Mid("CNMAK12DAN"), city="Dandong", country=CountryCode("CN")
        ),
    )


def _entry(*lines: EntryLine) -> Entry:
    return Entry(
        lines=lines or (_line(),),
        importer=Party(number="77"),
        filer_code="B76",
        export_country=CountryCode("KR"),
    )


def test_an_entry_reads_its_keys_once_each_and_everyones_first() -> None:
    keys = keys_of_entry(_entry(_line(1, "A"), _line(2, "B"), _line(3, "A")))
    assert keys[0] == EVERYONE
    assert [key.partition(":")[0] for key in keys[1:]] == [*KINDS, "supplier"]
    assert len(set(keys)) == len(keys)


def test_a_line_without_parties_and_way_is_known_by_its_goods_alone() -> None:
    line = EntryLine(
        line_number=1,
        hts=HtsCode("620140"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1),
    )
    assert [key.partition(":")[0] for key in keys_of_entry(Entry(lines=(line,)))] == [
        EVERYONE,
        "goods",
    ]


def test_a_filing_moves_every_key_but_everyones() -> None:
    entry = _entry()
    moved = after_filing(entry, DAY, {})
    assert {EVERYONE, *moved} == set(keys_of_entry(entry))
    keys = {key.partition(":")[0]: record.state for key, record in moved.items()}
    supplier, importer = keys["supplier"], keys["importer"]
    assert supplier is not None
    assert importer is not None
    assert (supplier.kg_decayed, supplier.value_recent, supplier.entries) == (20.0, 100.0, 1)
    names = {key.partition(":")[0]: key for key in moved}
    assert supplier.partners == bit_of(names["importer"])
    for kind in ("importer", "mid", "city", "goods", "lane", "route"):
        state = keys[kind]
        assert state is not None
        assert state.partners == bit_of(names["supplier"])


def test_an_outcome_of_lines_counts_under_each_of_their_keys() -> None:
    entry = _entry(_line(1, "A"), _line(2, "B", "640419"), _line(3, "B", "640419"))
    moved = after_outcome(entry, (2, 3, 9), OutcomeKind.DETAINED, 0.5, DAY, {})
    assert tuple(moved) == keys_of_outcome(entry, (2, 3, 9))
    assert all(record.due[0].detained == 1.0 for record in moved.values())
    assert keys_of_outcome(entry, ()) == ()


def test_a_label_of_the_entry_counts_only_under_keys_that_all_its_lines_share() -> None:
    entry = _entry(_line(1, "A"), _line(2, "B", "640419"))
    kinds = [key.partition(":")[0] for key in keys_of_outcome(entry, None)]
    assert kinds == [EVERYONE, "importer", "filer", "mid", "city", "route"]


def test_missing_records_are_nothing() -> None:
    read = read_lines(_entry(), DAY, {})[0]
    assert read[1:] == (None,) * 9
    assert read.seen("supplier") is None


def test_everyone_is_folded_by_a_filing_once_an_outcome_is_ready() -> None:
    entry = _entry()
    settled = after_outcome(entry, None, OutcomeKind.CLEARED, 1.0, DAY, {})
    assert EVERYONE not in after_filing(entry, DAY, settled)
    later = after_filing(entry, DAY + timedelta(days=1), settled)[EVERYONE]
    assert later.due == ()
    assert later.state is not None
    assert (later.state.cleared, later.state.is_seen) == (1.0, False)


Fact = tuple[str, int, str, OutcomeKind, float]  # what, day, supplier, kind, weight
facts = st.tuples(
    st.sampled_from(["file", "settle"]),
    st.integers(0, 500),
    st.sampled_from(["A", "B"]),
    st.sampled_from(OutcomeKind),
    st.floats(0.25, 2.0),
)


def _apply(records: dict[str, Record], fact: Fact) -> dict[str, Record]:
    what, day, supplier, kind, weight = fact
    entry, at = _entry(_line(1, supplier)), DAY + timedelta(days=day)
    if what == "file":
        return records | after_filing(entry, at, records)
    return records | after_outcome(entry, (1,), kind, weight, at, records)


@given(
    st.lists(facts, max_size=8),
    st.lists(facts, max_size=8),
    st.integers(0, 500),
    st.sampled_from(OutcomeKind),
    st.floats(0.25, 2.0),
)
def test_a_correction_leaves_all_as_if_the_outcome_had_never_been(
    before: list[Fact],
    after: list[Fact],
    known: int,
    kind: OutcomeKind,
    weight: float,
) -> None:
    entry, at = _entry(_line(1, "A")), DAY + timedelta(days=known)
    wanted: dict[str, Record] = {}
    for fact in before:
        wanted = _apply(wanted, fact)
    found = wanted | after_outcome(entry, (1,), kind, weight, at, wanted)
    for fact in after:
        wanted, found = _apply(wanted, fact), _apply(found, fact)
    found |= without_outcome(entry, (1,), kind, weight, at, found)
    for key in {*wanted, *found}:
        for day in (501, 900):
            _same(wanted.get(key, NOTHING), found.get(key, NOTHING), DAY + timedelta(days=day))


def _same(wanted: Record, found: Record, at: date) -> None:
    """Hold that both read the same from the day after all is known; an empty state is none."""
    day = at.toordinal()
    one, other = wanted.folded(day).state, found.folded(day).state
    if one is None or other is None:
        left = one or other
        assert left is None or (not left.is_seen and max(left[:10]) < 1e-9)
        return
    # what is left after a subtraction of floats, as the acceptance allows
    assert other.on(day)[:10] == pytest.approx(one.on(day)[:10], abs=1e-9, rel=1e-9)
    assert other[11:] == one[11:]


def test_a_history_takes_an_outcome_back() -> None:
    history = History()
    history.observe(_entry(), DAY)
    before = dict(history.records)
    history.settle(_entry(), None, OutcomeKind.DENIED, 1.0, DAY)
    history.take_back(_entry(), None, OutcomeKind.DENIED, 1.0, DAY, seq=9)
    assert {key: value for key, value in history.records.items() if value != NOTHING} == before
    assert history.seq == 9


def test_records_make_the_same_history_again() -> None:
    history = History("acme")
    history.observe(_entry(), DAY, seq=4)
    again = History.of_records(history.records.items(), seq=4, as_of=DAY, tenant="acme")
    assert again.snapshot() == history.snapshot()
    key = keys_of_entry(_entry())[1]
    assert again.record(key) == history.records[key]
    assert again.record("supplier:unknown") == NOTHING
