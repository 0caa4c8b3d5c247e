"""What is asked about suppliers, read from the texts of a query or a form."""

from datetime import date

from app.core.codes import CountryCode
from app.core.document.kinds import CodeOf, Day, Text
from app.core.errors import InvalidField
from app.core.query import query_refused

MAX_NAME = 200  # characters, as of a party's name


def read_name(raw: str) -> str:
    """Return a name to search for; RequestRefused for one that is blank or too long."""
    try:
        return Text(MAX_NAME).read("name", raw)
    except InvalidField as error:
        raise query_refused("name", error.problem, error.message) from None


def read_country(raw: str | None) -> str | None:
    """Return a country to search in; RequestRefused for what is no ISO 3166-1 alpha-2 code."""
    if raw is None:
        return None
    try:
        return CodeOf(CountryCode).read("country", raw)
    except InvalidField as error:
        raise query_refused("country", error.problem, error.message) from None


def read_day(raw: str | None, today: date) -> date | None:
    """Return the day asked for; RequestRefused for no day, or one that has not come yet."""
    if raw is None:
        return None
    try:
        day = Day().read("at", raw)
    except InvalidField as error:
        raise query_refused("at", error.problem, error.message) from None
    if day > today:
        raise query_refused("at", "in_the_future", f"wanted a day up to {today.isoformat()} (UTC)")
    return day
