"""The history one line is read against, and its form as it is kept with a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.entry import Entry, EntryLine
from app.core.errors import DataRefused
from app.core.history.identity import HistoryKeys
from app.core.history.state import FORMAT, PartyState


@dataclass(frozen=True, slots=True)
class LineHistory:
    """What was known of the parties of a line; None is a party never seen, or not declared.

    `keys` tell the two apart: a key without a state is a party never seen. `everyone` holds the
    outcomes of all entries (and nothing else), the rate that a party's own is drawn towards.
    """

    keys: HistoryKeys
    supplier: PartyState | None = None
    importer: PartyState | None = None
    filer: PartyState | None = None
    everyone: PartyState | None = None

    @property
    def has_supplier(self) -> bool:
        """Whether the line names a supplier (manufacturer, else seller)."""
        return self.keys.supplier is not None

    @property
    def has_importer(self) -> bool:
        """Whether the entry names an importer."""
        return self.keys.importer is not None

    @property
    def has_filer(self) -> bool:
        """Whether the entry names a filer."""
        return self.keys.filer is not None


UNREAD = LineHistory(HistoryKeys(None, None, None))  # the history of a line nobody stands behind


def route_signature(entry: Entry, line: EntryLine) -> str | None:
    """Return the countries the goods pass, in order, from origin to the last foreign place.

    None where neither a route nor an export country is declared. A leg known by its Schedule K or
    D number alone counts as that number.
    """
    places: list[str] = [line.origin_country]
    for leg in entry.route:
        place = leg.country or (leg.unlocode[:2] if leg.unlocode else None)
        places.append(place or leg.schedule_k or leg.schedule_d or "XZ")
    if not entry.route:
        if entry.export_country is None:
            return None
        places.append(entry.export_country)
    kept = [place for at, place in enumerate(places) if at == 0 or place != places[at - 1]]
    return ">".join(kept)


def line_history_to_json(history: LineHistory) -> dict[str, Any]:
    """Return `history` as a JSON object: keys and the four states as lists, or null."""
    keys = history.keys
    return {
        "format": FORMAT,
        "keys": [keys.supplier, keys.importer, keys.filer],
        "supplier": _listed(history.supplier),
        "importer": _listed(history.importer),
        "filer": _listed(history.filer),
        "everyone": _listed(history.everyone),
    }


def line_history_from_json(document: Mapping[str, Any]) -> LineHistory:
    """Return the history `line_history_to_json` wrote; raise DataRefused for anything else."""
    try:
        if document["format"] != FORMAT:
            raise DataRefused(f"history: found format {document['format']}, wanted {FORMAT}")
        supplier, importer, filer = document["keys"]
        return LineHistory(
            HistoryKeys(supplier, importer, filer),
            _state(document["supplier"]),
            _state(document["importer"]),
            _state(document["filer"]),
            _state(document["everyone"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataRefused("history: wanted format, keys and four states") from error


def _listed(state: PartyState | None) -> list[float | int | str] | None:
    return None if state is None else state.to_list()


def _state(values: list[float | int | str] | None) -> PartyState | None:
    return None if values is None else PartyState.from_list(values)
