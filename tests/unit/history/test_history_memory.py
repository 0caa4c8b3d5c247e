"""The memory of all parties: as-of reading, outcomes, forks and snapshots."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import (
    CountryCode,
    Entry,
    EntryLine,
    HtsCode,
    LegRole,
    Party,
    RouteLeg,
    ScheduleK,
    Unlocode,
)
from app.core.errors import DataRefused
from app.core.history import (
    UNREAD,
    History,
    LineHistory,
    PartyState,
    bit_of,
    line_history_from_json,
    line_history_to_json,
    route_signature,
)
from app.core.outcomes import OutcomeKind

DAY = date(2026, 3, 2)


def _line(number: int = 1, supplier: str | None = "Maker", hts: str = "620140") -> EntryLine:
    return EntryLine(
        line_number=number,
        hts=HtsCode(hts),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(100),
        manufacturer=None if supplier is None else Party(name=supplier),
    )


def _entry(
    *lines: EntryLine, importer: str | None = "77", route: tuple[RouteLeg, ...] = ()
) -> Entry:
    return Entry(
        lines=lines or (_line(),),
        importer=None if importer is None else Party(number=importer),
        filer_code="B76",
        export_country=CountryCode("CN"),
        route=route,
    )


def _supplier(history: History, at: date, entry: Entry | None = None) -> PartyState | None:
    return history.read(entry or _entry(), at)[0].supplier


def test_a_party_never_seen_is_none_and_tells_undeclared_from_unseen() -> None:
    unseen, undeclared = History().read(_entry(_line(1), _line(2, None), importer=None), DAY)
    assert (unseen.supplier, unseen.importer, unseen.filer) == (None, None, None)
    assert (unseen.has_supplier, undeclared.has_supplier) == (True, False)
    assert (unseen.has_importer, unseen.has_filer) == (False, True)


def test_reading_changes_nothing() -> None:
    history = History()
    history.observe(_entry(), DAY)
    before = history.snapshot()
    history.read(_entry(_line(1, "Another")), DAY + timedelta(days=9))
    assert history.snapshot() == before


def test_entries_observed_earlier_the_same_day_are_seen() -> None:
    history = History()
    history.observe(_entry(), DAY)
    state = _supplier(history, DAY)
    assert state is not None
    assert (state.lines, state.entries, state.value_decayed) == (1, 1, 100.0)


def test_lines_of_one_entry_count_once_as_an_entry_of_each_party() -> None:
    history = History()
    history.observe(_entry(_line(1, "A"), _line(2, "A"), _line(3, "B")), DAY)
    of_a, _, of_b = history.read(_entry(_line(1, "A"), _line(2, "A"), _line(3, "B")), DAY)
    assert of_a.supplier is not None
    assert of_b.supplier is not None
    assert of_a.importer is not None
    assert (of_a.supplier.lines, of_a.supplier.entries) == (2, 1)
    assert (of_b.supplier.lines, of_a.importer.lines, of_a.importer.entries) == (1, 3, 1)


def test_goods_and_partners_of_a_party_are_remembered() -> None:
    history = History()
    history.observe(_entry(_line(1, "A", "854143"), _line(2, "B", "620140")), DAY)
    read = history.read(_entry(_line(1, "A")), DAY)[0]
    assert read.supplier is not None
    assert read.importer is not None
    assert read.keys.importer is not None
    assert read.keys.supplier is not None
    assert read.supplier.goods == bit_of("8541")
    assert read.importer.goods == bit_of("8541") | bit_of("6201")
    assert read.supplier.partners == bit_of(read.keys.importer)
    assert read.importer.partners & bit_of(read.keys.supplier)


def test_an_outcome_is_seen_from_the_day_after_it_became_known() -> None:
    history = History()
    history.observe(_entry(), DAY)
    known = DAY + timedelta(days=30)
    history.settle(_entry(), None, OutcomeKind.DENIED, 1.0, known)
    for at, denied in ((DAY, 0.0), (known, 0.0), (known + timedelta(days=1), 1.0)):
        state = _supplier(history, at)
        assert state is not None
        assert state.denied == denied


def test_an_outcome_folded_by_an_observed_entry_is_the_one_that_was_read() -> None:
    history = History()
    history.observe(_entry(), DAY)
    history.settle(_entry(), None, OutcomeKind.DENIED, 1.0, DAY + timedelta(days=30))
    history.settle(_entry(), None, OutcomeKind.CLEARED, 0.5, DAY + timedelta(days=30))
    history.settle(_entry(), None, OutcomeKind.CLEARED, 1.0, DAY + timedelta(days=90))
    history.settle(_entry(), None, OutcomeKind.CLEARED, 1.0, DAY + timedelta(days=10))
    at = DAY + timedelta(days=40)
    read = _supplier(history, at)
    history.observe(_entry(importer=None), at)
    after = _supplier(history, at)
    assert read is not None
    assert after is not None
    assert read.denied_on(at.toordinal()) == after.denied > 0
    assert read.cleared_on(at.toordinal()) == after.cleared
    late = _supplier(history, DAY + timedelta(days=91))
    assert late is not None
    assert late.cleared > after.cleared


def test_a_label_of_the_entry_never_blames_one_of_several_suppliers() -> None:
    history = History()
    entry = _entry(_line(1, "A"), _line(2, "B"))
    history.settle(entry, None, OutcomeKind.DENIED, 1.0, DAY)
    read = history.read(entry, DAY + timedelta(days=1))[0]
    assert read.supplier is None
    assert read.importer is not None
    assert read.importer.denied == 1.0


def test_a_label_of_the_entry_counts_once_where_all_lines_have_one_supplier() -> None:
    history = History()
    entry = _entry(_line(1, "A"), _line(2, "A"))
    history.settle(entry, None, OutcomeKind.DENIED, 1.0, DAY)
    state = _supplier(history, DAY + timedelta(days=1), entry)
    assert state is not None
    assert state.denied == 1.0


def test_a_label_of_lines_counts_for_each_line_named_and_passes_over_others() -> None:
    history = History()
    entry = _entry(_line(1, "A"), _line(2, "B"), importer=None)
    history.settle(entry, (2, 9), OutcomeKind.CLEARED, 0.5, DAY)
    of_a, of_b = history.read(entry, DAY + timedelta(days=1))
    assert of_a.supplier is None
    assert of_b.supplier is not None
    assert of_b.supplier.cleared == 0.5
    assert not of_b.supplier.is_seen
    assert of_b.filer is not None


def test_a_parties_own_state_is_read_by_its_key() -> None:
    history = History()
    history.observe(_entry(), DAY)
    key = history.keys(_entry(), _line()).importer
    assert key is not None
    state = history.party(key, DAY)
    assert state is not None
    assert state.entries == 1
    assert history.party("importer:unknown", DAY) is None
    assert len(history) == 6  # supplier, importer, filer, goods, lane and route


def test_a_fork_reads_through_and_writes_stay_apart() -> None:
    seed = History()
    seed.observe(_entry(), DAY)
    child = seed.fork("acme")
    child.observe(_entry(), DAY)
    seed.observe(_entry(importer="99"), DAY)
    of_child, of_seed = _supplier(child, DAY), _supplier(seed, DAY)
    assert of_child is not None
    assert of_seed is not None
    assert (of_child.entries, of_seed.entries) == (2, 2)
    assert child.read(_entry(importer="99"), DAY)[0].importer is None
    assert len(seed) == 7
    assert len(child) == 6


def test_a_tenants_fork_counts_its_own_ledger_and_a_plain_fork_goes_on() -> None:
    seed = History()
    seed.observe(_entry(), DAY, seq=41)
    assert (seed.fork("acme").seq, seed.fork("acme").tenant) == (0, "acme")
    assert (seed.fork().seq, seed.fork().tenant) == (41, None)
    tenant = seed.fork("acme")
    tenant.observe(_entry(), DAY, seq=7)
    assert (tenant.fork("acme").seq, tenant.fork().tenant) == (7, "acme")


def test_seq_is_the_ledgers_number_or_one_more_and_as_of_the_latest_day() -> None:
    history = History()
    assert History.restore(history.snapshot()).as_of is None
    history.observe(_entry(), DAY)
    history.settle(_entry(), None, OutcomeKind.DENIED, 1.0, DAY - timedelta(days=3))
    assert (history.seq, history.as_of) == (2, DAY)
    history.settle(_entry(), None, OutcomeKind.DENIED, 1.0, DAY + timedelta(days=3), seq=90)
    assert (history.seq, history.as_of) == (90, DAY + timedelta(days=3))


steps = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", None]),
        st.sampled_from(["77", "88", None]),
        st.integers(0, 400),
        st.booleans(),
    ),
    max_size=12,
)


@given(steps)
def test_a_snapshot_restores_to_the_same_bytes_and_reads_the_same(
    taken: list[tuple[str | None, str | None, int, bool]],
) -> None:
    history = History("acme")
    for supplier, importer, day, settled in taken:
        entry = _entry(_line(1, supplier), importer=importer)
        at = DAY + timedelta(days=day)
        if settled:
            history.settle(entry, None, list(OutcomeKind)[day % 5], 0.5, at)
        else:
            history.observe(entry, at)
    again = History.restore(history.snapshot())
    assert again.snapshot() == history.snapshot()
    assert (again.seq, again.as_of, again.tenant) == (history.seq, history.as_of, "acme")
    reading = _entry(_line(1, "A"), _line(2, "B"))
    for at in (DAY, DAY + timedelta(days=500)):
        assert again.read(reading, at) == history.read(reading, at)


def test_a_snapshot_of_a_fork_holds_both_layers() -> None:
    seed = History()
    seed.observe(_entry(), DAY)
    child = seed.fork()
    child.observe(_entry(_line(1, "B")), DAY)
    assert len(History.restore(child.snapshot())) == len(child) == 7


def _tampered(**changes: object) -> bytes:
    history = History()
    history.observe(_entry(), DAY)
    return json.dumps(json.loads(history.snapshot()) | changes).encode()


@pytest.mark.parametrize(
    "snapshot",
    [
        b"not json",
        b"[]",
        b"{}",
        _tampered(format=1),
        _tampered(half_lives={"activity": 1}),
        _tampered(as_of="yesterday"),
        _tampered(records={"a": "AA=="}),
        _tampered(records={"a": "?"}),
        _tampered(records={"a": 3}),
        _tampered(records=[]),
    ],
)
def test_a_malformed_snapshot_is_refused(snapshot: bytes) -> None:
    with pytest.raises(DataRefused, match="history"):
        History.restore(snapshot)


def test_a_line_history_survives_json() -> None:
    history = History()
    history.observe(_entry(), DAY)
    read = history.read(_entry(importer=None), DAY)[0]
    document = json.loads(json.dumps(line_history_to_json(read)))
    assert line_history_from_json(document) == read
    assert line_history_from_json(line_history_to_json(UNREAD)) == UNREAD


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"format": 1, "keys": {}, "states": {}},
        line_history_to_json(UNREAD) | {"keys": {"vessel": None}},
        line_history_to_json(UNREAD) | {"states": {"filer": 7}},
        line_history_to_json(UNREAD) | {"states": None},
    ],
)
def test_a_malformed_line_history_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(DataRefused, match="history"):
        line_history_from_json(document)


def test_a_route_signature_is_the_countries_in_order_once_each() -> None:
    line = _line()
    legs = (
        RouteLeg(role=LegRole.STUFFING, country=CountryCode("CN")),
        RouteLeg(role=LegRole.LADING, unlocode=Unlocode("KRPUS")),
        RouteLeg(role=LegRole.TRANSSHIPMENT, schedule_k=ScheduleK("46238")),
        RouteLeg(role=LegRole.UNLADING, unlocode=Unlocode("XZ222")),
    )
    assert route_signature(_entry(route=legs), line) == "CN>KR>46238>XZ"
    assert route_signature(_entry(), line) == "CN"
    assert route_signature(Entry(lines=(line,)), line) is None


def test_an_entry_without_route_leaves_no_route_behind() -> None:
    history = History()
    history.observe(Entry(lines=(_line(),)), DAY)
    state = _supplier(history, DAY)
    assert state is not None
    assert state.routes == 0
    assert isinstance(history.read(_entry(), DAY)[0], LineHistory)


def test_the_outcomes_of_everyone_are_known_beside_each_party() -> None:
    history = History()
    history.settle(_entry(_line(1, "A"), importer="1"), None, OutcomeKind.DENIED, 1.0, DAY)
    history.settle(_entry(_line(1, "B"), importer="2"), None, OutcomeKind.CLEARED, 0.5, DAY)
    assert history.read(_entry(), DAY)[0].everyone is None
    later = DAY + timedelta(days=1)
    everyone = history.read(_entry(), later)[0].everyone
    assert everyone is not None
    assert (everyone.denied, everyone.cleared) == (1.0, 0.5)
    history.observe(_entry(), later)
    assert history.read(_entry(), later)[0].everyone == everyone
