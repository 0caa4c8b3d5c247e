"""What the importers of entity lists share: keys, dates and the merge with an older list."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from anyascii import anyascii

from app.core.errors import ReferenceRefused
from app.core.reference.folding import drop_legal_forms, fold_text
from app.core.reference.importers.staging import Cells, base_rows
from app.core.reference.kinds import ListName
from app.core.reference.tables import join_list, split_list

_LONGEST_SLUG = 60
_LISTED_DATES = ("%B %d, %Y", "%b %d, %Y", "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d")
_KEPT = ("chinese_name", "country", "location", "merchandise", "hs_prefixes", "effective_from")
# A publication of fewer rows than this share of what is in force is a part, not the list.
_LEAST_SHARE = 0.5


def slug(name: str) -> str:
    """Return a name as lower-case ASCII words joined by dashes, legal forms left out."""
    return drop_legal_forms(fold_text(anyascii(name))).replace(" ", "-")[:_LONGEST_SLUG]


def entity_key(listed: ListName, name: str) -> str:
    """Return the id of an entity first seen under this name on this list."""
    return f"{listed.lower()}-{slug(name)}"


def listed_date(text: str) -> date | None:
    """Return the date of a published cell, or None where it is none of the known forms."""
    cleaned = " ".join(text.split())
    for form in _LISTED_DATES:
        try:
            return datetime.strptime(cleaned, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def merge_entities(
    base: Path, published: Sequence[Cells], *, lists: frozenset[ListName], as_of: date
) -> list[Cells]:
    """Return the entities table after a publication of whole `lists`; nothing is forgotten.

    A published row replaces the one that shares a name with it on the same list, keeping what
    the publication does not say (Chinese name, country, place, goods, start, former names). A
    row in force that is not published ends on `as_of`; other lists stay. Raises
    ReferenceRefused when the publication is too short to be the whole list.
    """
    before = {row["entity_id"]: row for row in base_rows(base, "entities")}
    standing = [row for row in before.values() if _stands(row, lists)]
    if len(published) < len(standing) * _LEAST_SHARE:
        found = f"{len(published)} rows where {len(standing)} are in force"
        raise ReferenceRefused(f"{'/'.join(sorted(lists))}: found {found}, wanted the whole list")
    known = _by_name(before.values())
    rows = dict(before)
    seen: set[str] = set()
    # who has an id here already first: a renamed one must not take it, whatever their order
    for row in sorted(published, key=lambda row: row["entity_id"] not in before):
        key = row["entity_id"]
        if key not in before:
            key = _known_key(row, known, seen)
        rows[key] = _completed(row, rows[key], as_of) if key in rows else row
        seen.add(key)
    for row in standing:
        if row["entity_id"] not in seen:
            rows[row["entity_id"]] = _ended(row, as_of)
    return list(rows.values())


def add_aliases(base: Path, aliases: Mapping[str, Iterable[str]]) -> list[Cells]:
    """Return the entities table with more names by entity id; unknown ids are passed over."""
    return [
        {**row, "aliases": _joined(split_list(row["aliases"]), aliases.get(row["entity_id"], ()))}
        for row in base_rows(base, "entities")
    ]


def _stands(row: Cells, lists: frozenset[ListName]) -> bool:
    return row["list"] in lists and row["status"] == "active"


def _ended(row: Cells, as_of: date) -> Cells:
    return {**row, "status": "ended", "effective_to": row["effective_to"] or as_of.isoformat()}


def _by_name(rows: Iterable[Cells]) -> dict[tuple[str, str], str]:
    names: dict[tuple[str, str], str] = {}
    for row in rows:
        for name in (row["name"], *split_list(row["aliases"])):
            names.setdefault((row["list"], _fold(name)), row["entity_id"])
    return names


def _known_key(row: Cells, known: Mapping[tuple[str, str], str], seen: set[str]) -> str:
    """Return the id of the row before that this is: by name, then by alias; its own if none.

    A row that another publication row has already become is not taken twice.
    """
    for name in (row["name"], *split_list(row["aliases"])):
        key = known.get((row["list"], _fold(name)))
        if key is not None and key not in seen:
            return key
    return row["entity_id"]


def _completed(new: Cells, old: Cells, as_of: date) -> Cells:
    kept = {column: old[column] for column in _KEPT if not new[column]}
    names = (new["name"], *split_list(new["aliases"]))
    former = (old["name"], *split_list(old["aliases"]))
    aliases = _joined(names, former, without=new["name"])
    row = {**new, **kept, "entity_id": old["entity_id"], "aliases": aliases}
    if new["status"] == "ended":
        ended = old["effective_to"] or (as_of.isoformat() if old["status"] == "active" else "")
        row["effective_to"] = ended
    return row


def _joined(first: Iterable[str], more: Iterable[str], *, without: str = "") -> str:
    """Return a list cell of names that differ once folded, in order."""
    folded: dict[str, str] = {}
    for name in (*first, *more):
        folded.setdefault(fold_text(name), name)
    return join_list(name for name in folded.values() if name != without)


def _fold(name: str) -> str:
    return drop_legal_forms(fold_text(name))
