"""What a change of lists touches: open entries whose hits differ, as of their own day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import read_submission, submission_bytes
from app.core.history import supplier_key
from app.core.outcomes import OutcomeCode
from app.core.records import Filing, OutcomeRecord
from app.core.reference.importers.staging import Cells
from app.core.rehearsal import (
    WINDOW_DAYS,
    Change,
    HitChange,
    Rehearsal,
    cut_at,
    hit_changes,
    notice_text,
    open_entries,
    rehearse,
)
from app.core.screening import Hit, HitStrength, Screener
from tests.desks import entry, filed, line
from tests.reference_packs import row, small_pack

NOW = datetime(2026, 11, 24, 2, 31, tzinfo=UTC)
MADE_UP = {"manufacturer": {"name": "Made Up Cotton Co., Ltd.", "country": "CN"}}
HIT = Hit(
    line_number=1,
    role="manufacturer",
    list="UFLPA",
    entity="Made Up Cotton Co., Ltd.",
    entity_id="uflpa-made-up-cotton",
    regime="UFLPA",
    match=1.0,
    effective_from=date(2026, 3, 1),
    why="The manufacturer has the name of an entry of the list UFLPA.",
)
PAST = replace(HIT, strength=HitStrength.PAST, effective_to=date(2026, 6, 1))


def filing(document: Any, decision_id: str = "D1") -> Filing:
    return Filing(1, "acme", decision_id, submission_bytes(read_submission(document)), NOW)


def outcome(**changes: Any) -> OutcomeRecord:
    plain: dict[str, Any] = {
        "outcome_id": "O1",
        "tenant": "acme",
        "decision_id": "D1",
        "entry_number": "B7603245278",
        "line_numbers": None,
        "code": OutcomeCode.SEIZED,
        "source": OutcomeCode.SEIZED.source,
        "regime": None,
        "event_at": NOW.date(),
        "known_at": NOW.date(),
        "recorded_at": NOW,
        "recorded_by": "K1",
        "corrects": None,
        "held_by_us": False,
    }
    return OutcomeRecord(**plain | changes)


def screener(*entities: Cells) -> Screener:
    return Screener(small_pack(entities=[row("entities", name="Nobody At All Ltd"), *entities]))


def listed(**cells: str) -> Cells:
    made = {"entity_id": "uflpa-cotton", "list": "UFLPA", "name": "Made Up Cotton Co., Ltd."}
    return row("entities", **{**made, "effective_from": "2026-03-01", **cells})


def touched(before: Screener, after: Screener, *documents: Any) -> Rehearsal:
    filings = [filing(each, f"D{at}") for at, each in enumerate(documents, start=1)]
    return rehearse(open_entries(filings, []), before, after)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ([], [], []),
        ([HIT], [HIT], []),
        ([], [HIT], [Change.GAINED]),
        ([HIT], [], [Change.LOST]),
        ([HIT], [replace(HIT, match=0.95)], [Change.CHANGED]),
        ([HIT], [PAST], [Change.LOST]),
        ([PAST], [HIT], [Change.GAINED]),
        ([], [PAST], [Change.CHANGED]),
        ([PAST], [], [Change.CHANGED]),
        ([], [HIT, replace(HIT, line_number=None, role="importer")], [Change.GAINED] * 2),
        ([HIT, PAST], [PAST, HIT], []),
    ],
)
def test_a_hit_is_gained_lost_or_changed_by_whether_it_stands(
    before: list[Hit], after: list[Hit], changes: list[Change]
) -> None:
    assert [each.change for each in hit_changes(before, after)] == changes


def test_what_is_lost_is_shown_as_it_was_and_all_else_as_it_would_be() -> None:
    other = replace(HIT, match=0.95)
    assert hit_changes([HIT], []) == (HitChange(Change.LOST, HIT),)
    assert hit_changes([HIT], [other]) == (HitChange(Change.CHANGED, other),)
    assert hit_changes([PAST], []) == (HitChange(Change.CHANGED, PAST),)


@pytest.mark.parametrize(
    ("arrival", "found"), [("2026-02-28", []), ("2026-03-01", ["D1"]), ("2026-03-02", ["D1"])]
)
def test_an_entry_dated_before_an_order_is_not_touched_by_it(
    arrival: str, found: list[str]
) -> None:
    document = made_by(arrival_date=arrival)
    what = touched(screener(), screener(listed()), document)
    assert [each.decision_id for each in what.entries] == found
    assert what.screened == 1


def made_by(*lines: Any, **changes: Any) -> Any:
    return filed("B76-0324527-8", *(lines or (line(**MADE_UP),)), **changes)


@given(st.dates(date(2026, 2, 1), date(2026, 4, 1)), st.dates(date(2026, 2, 1), date(2026, 4, 1)))
def test_no_entry_is_ever_met_by_an_order_that_began_after_it(arrival: date, start: date) -> None:
    document = made_by(arrival_date=arrival.isoformat())
    after = screener(listed(effective_from=start.isoformat()))
    gained = [
        change
        for each in touched(screener(), after, document).entries
        for change in each.changes
        if change.change is Change.GAINED
    ]
    assert bool(gained) is (start <= arrival)


def test_the_suppliers_of_touched_lines_are_named_by_their_opaque_keys() -> None:
    other = {"manufacturer": {"name": "Somebody Else", "country": "CN"}}
    document = made_by(line(**other), line(**MADE_UP))
    what = touched(screener(), screener(listed()), document, document)
    read = read_submission(document).entry
    key = supplier_key(read, read.lines[1])
    assert what.suppliers == {key: ("D1", "D2")}
    assert [each.suppliers for each in what.entries] == [(key,), (key,)]
    assert "Cotton" not in str(what.suppliers)


def test_an_importer_that_is_met_touches_no_supplier() -> None:
    importer = {"name": "Made Up Cotton", "country": "CN"}
    what = touched(screener(), screener(listed()), entry(line(**MADE_UP | {"manufacturer": None})))
    assert what.entries == ()
    document = {**entry(line()), "importer": importer, "intent": "filed"}
    (met,) = touched(screener(), screener(listed()), document).entries
    assert (met.entry_number, met.suppliers, met.changes[0].hit.line_number) == (None, (), None)


def test_an_entry_without_a_date_is_read_as_of_the_day_it_was_decided() -> None:
    (each,) = open_entries([filing(made_by())], [])
    assert each.on == NOW.date()
    (dated,) = open_entries([filing(made_by(arrival_date="2026-01-05"))], [])
    assert dated.on == date(2026, 1, 5)


TWO = made_by(line(), line())


@pytest.mark.parametrize(
    ("outcomes", "is_open"),
    [
        ([], True),
        ([outcome()], False),
        ([outcome(entry_number="X", decision_id="D9")], True),
        ([outcome(code=OutcomeCode.DETAINED_PENDING)], True),
        ([outcome(code=OutcomeCode.NOT_EXAMINED)], True),
        ([outcome(code=OutcomeCode.DOCUMENT_CHECK_CLEAR)], True),
        ([outcome(line_numbers=(1,))], True),
        ([outcome(line_numbers=(1,)), outcome(line_numbers=(2,))], False),
        ([outcome(line_numbers=(1,)), outcome()], False),
        ([outcome(), outcome(line_numbers=(1,))], False),
    ],
)
def test_an_entry_is_open_until_every_line_of_it_has_a_final_outcome(
    outcomes: list[OutcomeRecord], is_open: bool
) -> None:
    assert bool(list(open_entries([filing(TWO)], outcomes))) is is_open


def test_an_entry_without_a_number_is_settled_by_its_decision() -> None:
    document = {**entry(line()), "intent": "filed"}
    settled = outcome(entry_number=None)
    assert list(open_entries([filing(document)], [settled])) == []
    assert len(list(open_entries([filing(document, "D2")], [settled]))) == 1


def test_the_same_set_has_the_same_digest_and_another_one_another() -> None:
    one = touched(screener(), screener(listed()), made_by())
    assert one.digest == touched(screener(), screener(listed()), made_by()).digest
    assert one.digest != touched(screener(), screener(listed()), made_by(), made_by()).digest
    assert one.digest != touched(screener(), screener(listed(effective_from="")), made_by()).digest
    assert Rehearsal(5, ()).digest == Rehearsal(7, ()).digest


def test_a_notice_has_both_dates_and_no_name() -> None:
    on, known = date(2026, 11, 16), datetime(2026, 11, 24, tzinfo=UTC)
    gained = notice_text(HitChange(Change.GAINED, HIT), on, known)
    assert gained == (
        "The manufacturer of line 1 and the list UFLPA: a match would be found today for entries"
        " dated on or after 2026-03-01. The entry is dated 2026-11-16. In law from 2026-03-01,"
        " known here since 2026-11-24."
    )
    lost = notice_text(HitChange(Change.LOST, PAST), on, None)
    assert "would no longer be found today" in lost
    assert "and before 2026-06-01" in lost
    assert "not yet in force here" in lost
    importer = replace(HIT, line_number=None, role="importer", effective_from=None)
    changed = notice_text(HitChange(Change.CHANGED, importer), on, known)
    assert "The importer of the entry" in changed
    assert "for entries of any date" in changed
    assert "In law from an unknown day" in changed
    weak = notice_text(HitChange(Change.GAINED, replace(HIT, strength=HitStrength.WEAK)), on, known)
    assert "a weak match would be found today" in weak
    assert "a match of an order that ended would" in lost
    for text in (gained, lost, changed, weak):
        assert "Cotton" not in text


def test_the_cut_of_an_activation_takes_in_what_was_decided_late_by_other_lists() -> None:
    staged, activated = cut_at(NOW), cut_at(NOW, "sha256:aa")
    assert (staged.until, staged.late) == (NOW, None)
    assert NOW - staged.since == timedelta(days=WINDOW_DAYS)
    assert activated.late is not None
    assert activated.late.until > NOW
