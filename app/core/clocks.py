"""The legal clocks of a stopped entry: from what day, how long, counted how, and by what law.

Working days leave out Saturdays, Sundays and the legal holidays on which CBP's offices are closed
(19 CFR 101.6(a), 5 USC 6103(a)): the federal holidays with the day on which each is observed,
Juneteenth since 2021. Inauguration Day is a holiday of Washington alone (5 USC 6103(c)) and
counts as a working day; so does a day that an executive order closes offices on, for nobody knows
it before. The day a clock starts on is not counted.
"""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise

ARRIVAL = "arrival_date"  # stands in for a day that is not known
FIRST_YEAR, LAST_YEAR = 1971, 2100  # from the Uniform Monday Holiday Act to what the library knows
_MONTHS_A_YEAR = 12
_SATURDAY = 5


class Counting(StrEnum):
    """How a clock counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class Start(StrEnum):
    """What starts a clock; values are the fields of KnownDates."""

    ARRIVAL = "arrived_on"
    PRESENTATION = "presented_on"
    DETENTION = "detained_on"
    NOTICE = "noticed_on"
    EXCLUSION = "excluded_on"
    PROTEST = "protested_on"
    DENIAL = "denied_on"
    RELEASE = "released_on"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: `length` in what it counts, who must act, and what it starts on.

    `regimes` empty is every law. `stands_in` is what gives the start where its day is not known:
    ARRIVAL (the earliest it can be, so that no due date comes too late), the code of another clock
    (its due date), or None (then nothing is due yet).
    """

    code: str
    about: str
    actor: str
    length: int
    counting: Counting
    start: Start
    stands_in: str | None
    citation: str
    verified: bool
    regimes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDates:
    """The days that are known of a stopped entry; None is not known, or not yet."""

    arrived_on: date | None = None
    presented_on: date | None = None
    detained_on: date | None = None
    noticed_on: date | None = None
    excluded_on: date | None = None
    protested_on: date | None = None
    denied_on: date | None = None
    released_on: date | None = None

    def disorder(self) -> tuple[str, str] | None:
        """Return a day that lies before one it can only follow, and that one; None for none."""
        for order in _ORDERS:
            known = [name for name in order if getattr(self, name) is not None]
            for earlier, later in pairwise(known):
                if getattr(self, later) < getattr(self, earlier):
                    return later, earlier
        return None


# Goods arrive, are presented, are detained, and so on: no day comes before one it follows.
_ORDERS = (
    ("arrived_on", "presented_on", "detained_on", "noticed_on"),
    ("detained_on", "excluded_on", "protested_on", "denied_on"),
    ("arrived_on", "released_on"),
)


@dataclass(frozen=True, slots=True)
class DueDate:
    """When a clock ends; None where it has not started, or ends beyond the known calendar.

    `stands_in` names what gave the start where its own day is not known, else None.
    """

    clock: Clock
    starts_on: date | None
    stands_in: str | None
    due_on: date | None

    @property
    def is_working_day(self) -> bool | None:
        """Whether it is due on a working day; one that is not is best met before."""
        return None if self.due_on is None else is_working_day(self.due_on)


_PRESUMED = frozenset({"UFLPA", "CAATSA-321", "OFAC-NK"})
_WD, _CD = Counting.WORKING_DAYS, Counting.CALENDAR_DAYS

# specs/domain.md section 2: what was read in the law is verified, the rest warns and no more.
CLOCKS = (
    Clock("RELEASE_OR_DETAIN", "CBP releases the goods or detains them.", "CBP", 5, _WD,
          Start.PRESENTATION, ARRIVAL, "19 USC 1499(c)(1); 19 CFR 151.16(b)", True),
    Clock("NOTICE_OF_DETENTION", "CBP gives notice that the goods are detained.", "CBP", 5, _WD,
          Start.DETENTION, "RELEASE_OR_DETAIN", "19 USC 1499(c)(2); 19 CFR 151.16(c)", True),
    Clock("UFLPA_RESPONSE", "The importer answers the notice: not in scope, or an exception.",
          "importer", 30, _CD, Start.NOTICE, ARRIVAL, "19 CFR 151.16; CBP's UFLPA guidance", False,
          frozenset({"UFLPA"})),
    Clock("CAATSA_EVIDENCE", "The importer gives clear and convincing evidence.", "importer", 30,
          _CD, Start.NOTICE, ARRIVAL, "22 USC 9241a; CBP's notice of detention", True,
          frozenset({"CAATSA-321"})),
    Clock("WRO_PROOF", "The importer gives proof of admissibility: certificate of origin and "
          "statement.", "importer", 3, Counting.MONTHS, Start.ARRIVAL, ARRIVAL,
          "19 CFR 12.43(a)", True, frozenset({"TA-307"})),
    Clock("DEEMED_EXCLUSION", "Without a decision of CBP the goods count as excluded.", "CBP", 30,
          _CD, Start.PRESENTATION, ARRIVAL, "19 USC 1499(c)(5)(A)", False, _PRESUMED),
    Clock("EXPORT_OR_DESTROY", "The importer exports or destroys what was denied; then it is "
          "abandoned.", "importer", 60, _CD, Start.DENIAL, None, "19 CFR 12.44(a)", False),
    Clock("PROTEST", "The importer protests the exclusion.", "importer", 180, _CD, Start.EXCLUSION,
          "DEEMED_EXCLUSION", "19 USC 1514(c)(3)", False),
    Clock("PROTEST_DECISION", "Without a decision the protest counts as denied.", "CBP", 30, _CD,
          Start.PROTEST, None, "19 USC 1499(c)(5)(B)", False),
    Clock("ENTRY_SUMMARY", "The importer files the entry summary and deposits duties.", "importer",
          10, _WD, Start.RELEASE, ARRIVAL, "19 CFR 142.12", False),
)  # fmt: skip


def due_dates(known: KnownDates, regimes: Collection[str]) -> tuple[DueDate, ...]:
    """Return every clock of these laws, in the order of CLOCKS, with its due date."""
    found: dict[str, DueDate] = {}
    for clock in CLOCKS:
        if not clock.regimes or not clock.regimes.isdisjoint(regimes):
            found[clock.code] = _due(clock, known, found)
    return tuple(found.values())


def _due(clock: Clock, known: KnownDates, before: dict[str, DueDate]) -> DueDate:
    start: date | None = getattr(known, clock.start)
    stands_in = None
    if start is None:
        stands_in = clock.stands_in
        if stands_in == ARRIVAL:
            start = known.arrived_on
        elif stands_in in before:
            start = before[stands_in].due_on
    if start is None:
        return DueDate(clock, None, None, None)
    return DueDate(clock, start, stands_in, _end(clock, start))


def _end(clock: Clock, start: date) -> date | None:
    try:
        if clock.counting is Counting.WORKING_DAYS:
            return working_days_after(start, clock.length)
        if clock.counting is Counting.MONTHS:
            return months_after(start, clock.length)
        return start + timedelta(days=clock.length)
    except (OverflowError, ValueError):  # beyond the year 9999
        return None


def months_after(start: date, months: int) -> date:
    """Return the same day of a later month, or its last day where it has no such day.

    Raises ValueError beyond the year 9999.
    """
    year, month = divmod(start.year * _MONTHS_A_YEAR + start.month - 1 + months, _MONTHS_A_YEAR)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def working_days_after(start: date, days: int) -> date | None:
    """Return the working day that is the `days`-th after `start`, `start` itself not counted.

    None where that lies beyond the years whose holidays are known.
    """
    day, left = start, days
    while left:
        day += timedelta(days=1)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            return None
        left -= is_working_day(day)
    return day


def is_working_day(day: date) -> bool:
    """Whether CBP's offices are open: no Saturday, Sunday or federal holiday as observed."""
    return day.weekday() < _SATURDAY and day not in federal_holidays(day.year)


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """Return the federal holidays of a year and the days on which they are observed."""
    from holidays import country_holidays  # noqa: PLC0415 - a tenth of a second, for dossiers alone

    return frozenset(country_holidays("US", years=year, observed=True))
