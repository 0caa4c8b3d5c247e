"""Legal clocks: working days as CBP counts them, months, and what stands in for unknown days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clocks import (
    ARRIVAL,
    CLOCKS,
    Counting,
    DueDate,
    KnownDates,
    due_dates,
    federal_holidays,
    is_working_day,
    months_after,
    working_days_after,
)

REGIMES = ("TA-307", "UFLPA", "CAATSA-321", "OFAC-NK")


def day(text: str) -> date:
    return date.fromisoformat(text)


def of(code: str, known: KnownDates, regimes: tuple[str, ...] = REGIMES) -> DueDate:
    (found,) = (each for each in due_dates(known, regimes) if each.clock.code == code)
    return found


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-16", 5, "2026-11-23"),  # a Monday; over one weekend
        ("2026-11-20", 5, "2026-11-30"),  # over two weekends and Thanksgiving, Thursday the 26th
        ("2026-11-21", 1, "2026-11-23"),  # from a Saturday
        ("2025-06-18", 1, "2025-06-20"),  # Juneteenth, a Thursday
        ("2020-06-18", 1, "2020-06-19"),  # before it was a holiday
        ("2022-06-17", 1, "2022-06-21"),  # on a Sunday, observed on Monday
        ("2021-12-30", 1, "2022-01-03"),  # New Year's Day on a Saturday, observed on the 31st
        ("2026-07-02", 1, "2026-07-06"),  # Independence Day on a Saturday, observed on the 3rd
        ("2021-07-02", 1, "2021-07-06"),  # on a Sunday, observed on Monday the 5th
        ("2029-01-19", 1, "2029-01-22"),  # Inauguration Day of 2029 is a Saturday
        ("2017-01-19", 1, "2017-01-20"),  # and was a working day on Friday, 2017
        ("2025-01-17", 1, "2025-01-21"),  # Martin Luther King's Day
        ("2024-12-24", 5, "2025-01-02"),  # Christmas and New Year
        ("2026-11-16", 10, "2026-12-01"),
        ("2026-11-16", 0, "2026-11-16"),
    ],
)
def test_working_days_leave_out_weekends_and_federal_holidays(
    start: str, days: int, due: str
) -> None:
    assert working_days_after(day(start), days) == day(due)


def test_the_calendar_of_a_year_has_eleven_federal_holidays() -> None:
    assert len(federal_holidays(2025)) == 11
    assert len({each for each in federal_holidays(2020) if is_working_day(each)}) == 0
    assert federal_holidays(2101) == frozenset()


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2026-11-16", 3, "2027-02-16"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-12-31", 3, "2027-03-31"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-09-15", 3, "2026-12-15"),
    ],
)
def test_months_end_on_the_same_day_or_the_last(start: str, months: int, due: str) -> None:
    assert months_after(day(start), months) == day(due)


def test_arrival_stands_in_where_no_other_day_is_known() -> None:
    known = KnownDates(arrived_on=day("2026-11-16"))
    dues = {each.clock.code: (each.due_on, each.stands_in) for each in due_dates(known, REGIMES)}
    assert dues == {
        "RELEASE_OR_DETAIN": (day("2026-11-23"), ARRIVAL),
        "NOTICE_OF_DETENTION": (day("2026-12-01"), "RELEASE_OR_DETAIN"),
        "UFLPA_RESPONSE": (day("2026-12-16"), ARRIVAL),
        "CAATSA_EVIDENCE": (day("2026-12-16"), ARRIVAL),
        "WRO_PROOF": (day("2027-02-16"), None),
        "DEEMED_EXCLUSION": (day("2026-12-16"), ARRIVAL),
        "EXPORT_OR_DESTROY": (None, None),
        "PROTEST": (day("2027-06-14"), "DEEMED_EXCLUSION"),
        "PROTEST_DECISION": (None, None),
        "ENTRY_SUMMARY": (day("2026-12-01"), ARRIVAL),
    }


def test_a_day_that_is_known_starts_its_own_clock() -> None:
    known = KnownDates(
        arrived_on=day("2026-11-16"),
        presented_on=day("2026-11-18"),
        noticed_on=day("2026-11-24"),
        denied_on=day("2026-12-01"),
        excluded_on=day("2026-12-02"),
        protested_on=day("2026-12-03"),
        released_on=day("2026-11-25"),
    )
    release = of("RELEASE_OR_DETAIN", known)
    assert (release.starts_on, release.due_on) == (day("2026-11-18"), day("2026-11-25"))
    assert release.stands_in is None
    assert of("UFLPA_RESPONSE", known).due_on == day("2026-12-24")
    assert of("EXPORT_OR_DESTROY", known).due_on == day("2027-01-30")
    assert of("PROTEST", known).due_on == day("2027-05-31")
    assert of("PROTEST_DECISION", known).due_on == day("2027-01-02")
    assert of("ENTRY_SUMMARY", known).due_on == day("2026-12-10")


def test_a_law_has_its_own_clocks() -> None:
    known = KnownDates(arrived_on=day("2026-11-16"))
    codes = {each.clock.code for each in due_dates(known, ("TA-307",))}
    assert "WRO_PROOF" in codes
    assert not codes & {"UFLPA_RESPONSE", "CAATSA_EVIDENCE", "DEEMED_EXCLUSION"}
    assert of("PROTEST", known, ("TA-307",)).due_on is None
    nothing = {each.clock.code for each in due_dates(known, ())}
    assert "WRO_PROOF" not in nothing
    assert "RELEASE_OR_DETAIN" in nothing


def test_a_due_date_says_whether_offices_are_open() -> None:
    due = of("PROTEST_DECISION", KnownDates(protested_on=day("2026-11-26")))
    assert (due.due_on, due.is_working_day) == (day("2026-12-26"), False)
    assert of("WRO_PROOF", KnownDates(arrived_on=day("2026-11-16"))).is_working_day is True
    assert of("WRO_PROOF", KnownDates()).is_working_day is None


@pytest.mark.parametrize("arrived", ["9999-12-31", "9999-10-01", "0001-01-01", "2100-12-30"])
def test_a_day_beyond_the_calendar_ends_no_clock(arrived: str) -> None:
    known = KnownDates(arrived_on=day(arrived))
    assert of("RELEASE_OR_DETAIN", known).due_on is None
    for each in due_dates(known, REGIMES):
        assert each.due_on is None or each.due_on >= day(arrived)


def test_marks_are_those_of_the_spec() -> None:
    verified = {clock.code for clock in CLOCKS if clock.verified}
    assert verified == {
        "RELEASE_OR_DETAIN",
        "NOTICE_OF_DETENTION",
        "CAATSA_EVIDENCE",
        "WRO_PROOF",
    }


_DAYS = st.dates(date(1990, 1, 1), date(2099, 1, 1))


@given(start=_DAYS, days=st.integers(0, 40))
def test_working_days_never_end_on_a_day_offices_are_closed(start: date, days: int) -> None:
    end = working_days_after(start, days)
    assert end is not None
    assert end >= start + timedelta(days=days)
    between = [start + timedelta(days=each) for each in range(1, (end - start).days + 1)]
    assert sum(is_working_day(each) for each in between) == days
    if days:
        assert end.weekday() < 5
        assert end not in federal_holidays(end.year)


@given(arrived=st.dates(), noticed=st.none() | st.dates(), regime=st.sampled_from(REGIMES))
def test_no_clock_ends_before_it_starts(arrived: date, noticed: date | None, regime: str) -> None:
    for each in due_dates(KnownDates(arrived_on=arrived, noticed_on=noticed), (regime,)):
        if each.due_on is not None:
            assert each.starts_on is not None
            assert each.due_on > each.starts_on
            if each.clock.counting is Counting.CALENDAR_DAYS:
                assert (each.due_on - each.starts_on).days == each.clock.length


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({}, None),
        ({"arrived_on": "2026-11-16", "detained_on": "2026-11-16"}, None),
        ({"released_on": "2026-11-20", "noticed_on": "2026-11-19"}, None),
        ({"arrived_on": "2026-11-16", "noticed_on": "2026-11-15"}, ("noticed_on", "arrived_on")),
        ({"excluded_on": "2026-11-16", "denied_on": "2026-11-15"}, ("denied_on", "excluded_on")),
        ({"arrived_on": "2026-11-16", "released_on": "2026-11-10"}, ("released_on", "arrived_on")),
    ],
)
def test_a_day_before_one_that_it_can_only_follow_is_found(
    known: dict[str, str], found: tuple[str, str] | None
) -> None:
    days = {name: day(text) for name, text in known.items()}
    assert KnownDates(**days).disorder() == found
