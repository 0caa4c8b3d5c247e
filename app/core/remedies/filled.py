"""A filled index as a client sends it: read from parsed JSON with every fault named."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.document.kinds import Choice, Field, ListOf, ObjectOf, Text, Whole
from app.core.document.reading import Reading
from app.core.entry import MAX_LINES
from app.core.errors import InvalidEntry, InvalidIndex
from app.core.remedies.index import FilledRow, RowStatus

MAX_ROWS = 5000  # filled rows of one request, docs/evidence.md
_LONGEST = 40  # code of a review


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledIndex:
    """Rows as filled, and the reviews that are asked for; None is all of them."""

    filled: tuple[FilledRow, ...]
    reviews: tuple[str, ...] | None = None


_ROW_FIELDS: Mapping[str, Field] = {
    "row": Field(Whole(1, 100_000), "Number of the row of the index.", required=True),
    "status": Field(Choice(RowStatus), "`provided` unless said otherwise."),
    "file": Field(Text(200), "Name of the file the document is in."),
    "pages": Field(Text(200), "Pages in it: `3`, `3-7`, or `1-3, 9`."),
    "line_numbers": Field(
        ListOf(Whole(1, MAX_LINES), MAX_LINES), "Lines of the entry the document speaks of."
    ),
    "statements": Field(
        ListOf(Whole(1, 50), 50), "Which of the row's `shows` it shows, numbered from 1."
    ),
    "note": Field(Text(500), "Why the row does not apply; wanted with `not_applicable`."),
}
FILLED_KIND = ObjectOf(
    FilledIndex,
    {
        "filled": Field(
            ListOf(ObjectOf(FilledRow, _ROW_FIELDS, "FilledRow"), MAX_ROWS),
            "Rows as filled; several may speak of one row.",
            required=True,
        ),
        "reviews": Field(
            ListOf(Text(_LONGEST), 20, least=1), "Reviews asked for; null: all that are offered."
        ),
    },
    "FilledIndex",
)


def read_filled(document: object) -> FilledIndex:
    """Return the filled index that a parsed JSON document is.

    Raises InvalidIndex with up to 20 problems, each with its JSON Pointer.
    """
    reading = Reading()
    try:
        found = reading.read_object(FILLED_KIND, document, "")
        reading.finish()
    except InvalidEntry as error:
        count = len(error.problems)
        noun = "problem" if count == 1 else "problems"
        raise InvalidIndex(f"The index has {count} {noun}.", error.problems) from error
    assert isinstance(found, FilledIndex)  # noqa: S101  # a fault would have been raised
    return found
