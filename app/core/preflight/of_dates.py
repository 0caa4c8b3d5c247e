"""Checks of the entry's dates: impossible years, the order of things, and long gaps."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.core.entry import US_CBP, Entry
from app.core.preflight.finding import Finding, Severity
from app.core.reference import ReferencePack

FIRST_DAY = date(1989, 1, 1)  # the day the Harmonized Tariff Schedule of the US came into force
YEARS_AHEAD = 5  # after the newest reference table; a date beyond is taken for a slip of the pen
LONGEST_WAY = timedelta(days=366)  # between export and arrival
DAYS_TO_ENTER = 15  # calendar days after landing, 19 CFR 142.2(a)
# Types that are entered on landing; zones, warehouses and withdrawals have years.
ENTERED_ON_LANDING = frozenset({"01", "02", "03", "07", "11", "12", "86"})
_DATES = ("entry_date", "export_date", "arrival_date")


def date_findings(entry: Entry, pack: ReferencePack) -> Iterator[Finding]:
    """Yield the dates that can't be, then those out of order; a far date is named once only."""
    last = date(int(pack.version[:4]) + YEARS_AHEAD, 12, 31)
    near: dict[str, date] = {}
    for name in _DATES:
        day: date | None = getattr(entry, name)
        if day is None:
            continue
        if FIRST_DAY <= day <= last:
            near[name] = day
        else:
            text = f"{day} is not between {FIRST_DAY} and {last}; everything is read as of a date."
            yield Finding("DATE_FAR_AWAY", Severity.WARNING, f"/{name}", text)
    yield from _order_findings(near)
    if entry.identifier_scheme == US_CBP and entry.entry_type in ENTERED_ON_LANDING:
        yield from _late_findings(near)


def _order_findings(near: dict[str, date]) -> Iterator[Finding]:
    exported, arrived = near.get("export_date"), near.get("arrival_date")
    if exported is None or arrived is None:
        return
    if arrived < exported:
        text = f"The goods arrived on {arrived}, before they were exported on {exported}."
        yield Finding("ARRIVAL_BEFORE_EXPORT", Severity.WARNING, "/arrival_date", text)
    elif arrived - exported > LONGEST_WAY:
        text = f"From export on {exported} to arrival on {arrived} is more than a year."
        yield Finding("DATES_FAR_APART", Severity.WARNING, "/export_date", text)


def _late_findings(near: dict[str, date]) -> Iterator[Finding]:
    entered, arrived = near.get("entry_date"), near.get("arrival_date")
    if entered is not None and arrived is not None and (entered - arrived).days > DAYS_TO_ENTER:
        text = (
            f"The entry is dated {entered}, more than {DAYS_TO_ENTER} days after arrival on "
            f"{arrived}."
        )
        yield Finding("ENTRY_DATE_LATE", Severity.WARNING, "/entry_date", text)
