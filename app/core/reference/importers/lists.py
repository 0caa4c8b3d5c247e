"""What the importers of entity lists share: keys, dates and the merge with an older list."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from anyascii import anyascii

from app.core.reference.folding import drop_legal_forms, fold_text
from app.core.reference.importers.staging import Cells
from app.core.reference.kinds import ListName

_LONGEST_SLUG = 60
_LISTED_DATES = ("%B %d, %Y", "%b %d, %Y", "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d")


def slug(name: str) -> str:
    """Return a name as lower-case ASCII words joined by dashes, legal forms left out."""
    return drop_legal_forms(fold_text(anyascii(name))).replace(" ", "-")[:_LONGEST_SLUG]


def entity_key(listed: ListName, name: str) -> str:
    """Return the id of an entity: its list and its name; a renamed entity is another row."""
    return f"{listed.lower()}-{slug(name)}"


def listed_date(text: str) -> date | None:
    """Return the date of a published cell, or None where it is none of the known forms."""
    cleaned = " ".join(text.replace("\xa0", " ").split())
    for form in _LISTED_DATES:
        try:
            return datetime.strptime(cleaned, form).date()  # noqa: DTZ007 - a day, no time of day
        except ValueError:
            continue
    return None


def merge_entities(
    before: Iterable[Cells],
    published: Iterable[Cells],
    *,
    ends: Callable[[Cells], bool],
    as_of: date,
) -> list[Cells]:
    """Return the table after a publication; nothing is forgotten.

    A published row replaces the one of its id, keeping what the publication does not say
    (Chinese name, goods, place, aliases of before). A row for which `ends` holds and that is not
    published ends on `as_of`; other rows stay.
    """
    rows = {row["entity_id"]: row for row in before}
    fresh = {row["entity_id"]: row for row in published}
    for key, row in fresh.items():
        old = rows.get(key)
        rows[key] = _completed(row, old) if old else row
    for key, row in rows.items():
        if key not in fresh and ends(row) and row["status"] == "active":
            rows[key] = {**row, "status": "ended", "effective_to": as_of.isoformat()}
    return list(rows.values())


_KEPT = ("chinese_name", "country", "location", "merchandise", "hs_prefixes", "effective_from")


def _completed(new: Cells, old: Cells) -> Cells:
    kept = {column: old[column] for column in _KEPT if not new[column]}
    names = dict.fromkeys((*new["aliases"].split(";"), *old["aliases"].split(";")))
    names.pop("", None)
    return {**new, **kept, "aliases": ";".join(names)}
