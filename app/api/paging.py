"""`next` and `limit` of a page, read strictly: what is not known or not clear is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.requests import Request

from app.core.errors import FieldProblem, RequestRefused

_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins, as the one before said (None: the first), and how long it is."""

    next: str | None
    limit: int
    others: dict[str, str] = field(default_factory=dict)


def read_page(
    request: Request,
    max_limit: int,
    form: re.Pattern[str],
    *,
    usual: int = 50,
    others: Sequence[str] = (),
) -> Page:
    """Return the page asked for; `next` has to have the `form`, `others` may be given too.

    Raises RequestRefused for parameters that are not known, repeated or not clear.
    """
    names = ("next", "limit", *others)
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in names:
            wanted = f"the query parameters are {', '.join(names)}"
            raise bad_query(name, "unknown_parameter", wanted)
        if name in given:
            raise bad_query(name, "repeated_parameter", "wanted it once")
        given[name] = value
    start, limit = given.pop("next", None), given.pop("limit", str(usual))
    if start is not None and not form.fullmatch(start):
        raise bad_query("next", "unknown_value", "wanted what a page gave as next")
    if not _NUMBER.fullmatch(limit) or not 1 <= int(limit) <= max_limit:
        message = f"wanted a number from 1 to {max_limit}"
        raise bad_query("limit", "unknown_value", message)
    return Page(start, int(limit), given)


def bad_query(name: str, code: str, message: str) -> RequestRefused:
    """Return the refusal of a query, naming the parameter."""
    return RequestRefused(
        f"The query is not understood: {name[:40]}.", [FieldProblem("", code, message)]
    )
