"""`next` and `limit` of a page, read strictly: what is not known or not clear is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.requests import Request

from app.api.query import read_parameters
from app.core.query import query_refused

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

    Raises RequestRefused for parameters that are not known or repeated, InvalidQuery for values.
    """
    given = read_parameters(request, ("next", "limit", *others))
    start, limit = given.pop("next", None), given.pop("limit", str(usual))
    if start is not None and not form.fullmatch(start):
        raise query_refused("next", "unknown_value", "wanted what a page gave as next")
    if not _NUMBER.fullmatch(limit) or not 1 <= int(limit) <= max_limit:
        raise query_refused("limit", "unknown_value", f"wanted a number from 1 to {max_limit}")
    return Page(start, int(limit), given)
