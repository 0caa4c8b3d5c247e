"""The index of a file of evidence, and the check that tells exactly what an upload lacks."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.remedies.demands import Demand

_PAGES = re.compile(r"[0-9]{1,6}(-[0-9]{1,6})?(, ?[0-9]{1,6}(-[0-9]{1,6})?)*", re.ASCII)


class RowStatus(StrEnum):
    """How far a row of an index is filled."""

    MISSING = "missing"
    PROVIDED = "provided"
    NOT_APPLICABLE = "not_applicable"


class Lack(StrEnum):
    """What a row of an index lacks."""

    DOCUMENT = "document"
    PAGE = "page"
    LINE = "line"
    STATEMENT = "statement"
    REASON = "reason"
    UNKNOWN_ROW = "unknown_row"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One row to fill: a document for some lines, under one law and review."""

    row: int
    document_id: str
    title: str
    regime: str | None
    review: str | None
    line_numbers: tuple[int, ...]
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilledRow:
    """A row as filled: which file, which pages, which lines, and which statements it shows.

    `statements` are numbers of IndexRow.shows from 1. `note` says why, where it is not applicable.
    """

    row: int
    status: RowStatus = RowStatus.PROVIDED
    file: str = ""
    pages: str = ""
    line_numbers: tuple[int, ...] = ()
    statements: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """One thing that is missing of one row; `item` is the line or statement, 0 otherwise."""

    row: int
    lack: Lack
    item: int = 0


def index_of(demands: Iterable[Demand]) -> tuple[IndexRow, ...]:
    """Return the rows to fill, numbered from 1, in the order of the demands."""
    wanted = [(demand, each) for demand in demands for each in demand.documents]
    return tuple(
        IndexRow(
            row=number,
            document_id=each.document.document_id,
            title=each.document.title,
            regime=demand.regime,
            review=each.review,
            line_numbers=each.line_numbers,
            shows=each.document.shows,
        )
        for number, (demand, each) in enumerate(wanted, start=1)
    )


def check_index(
    index: Sequence[IndexRow],
    filled: Iterable[FilledRow],
    reviews: Collection[str] | None = None,
) -> tuple[Missing, ...]:
    """Return exactly what is missing, row by row; nothing where the index is complete.

    Several filled rows may speak of one row: their lines and statements add up. `reviews` are the
    reviews asked for (None: all); rows of other reviews need not be filled.
    """
    by_row: dict[int, list[FilledRow]] = {}
    for each in filled:
        by_row.setdefault(each.row, []).append(each)
    found: set[Missing] = set()
    for row in index:
        if reviews is None or row.review is None or row.review in reviews:
            found |= _missing(row, by_row.get(row.row, []))
    known = {row.row for row in index}
    found |= {Missing(row, Lack.UNKNOWN_ROW) for row in by_row if row not in known}
    return tuple(sorted(found))


def _missing(row: IndexRow, filled: Sequence[FilledRow]) -> set[Missing]:
    waived = [each for each in filled if each.status is RowStatus.NOT_APPLICABLE]
    if waived:
        told = any(each.note.strip() for each in waived)
        return set() if told else {Missing(row.row, Lack.REASON)}
    given = [each for each in filled if each.status is RowStatus.PROVIDED and each.file.strip()]
    if not given:
        return {Missing(row.row, Lack.DOCUMENT)}
    found = set()
    if not all(_PAGES.fullmatch(each.pages.strip()) for each in given):
        found.add(Missing(row.row, Lack.PAGE))
    lines = {number for each in given for number in each.line_numbers}
    found |= {Missing(row.row, Lack.LINE, each) for each in row.line_numbers if each not in lines}
    said = {number for each in given for number in each.statements}
    numbers = range(1, len(row.shows) + 1)
    return found | {Missing(row.row, Lack.STATEMENT, each) for each in numbers if each not in said}
