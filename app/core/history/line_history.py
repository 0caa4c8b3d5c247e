"""The history one line is read against, and its form as it is kept with a decision."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core.errors import DataRefused
from app.core.history.identity import HistoryKeys
from app.core.history.state import FORMAT, PartyState


class LineHistory(NamedTuple):
    """What was known under each key of a line; None is never seen, or not declared.

    `keys` tell the two apart: a key without a state was never seen. `everyone` holds the outcomes
    of all entries (and nothing else), the rate that all others are drawn towards.
    """

    keys: HistoryKeys
    supplier: PartyState | None = None
    importer: PartyState | None = None
    filer: PartyState | None = None
    mid: PartyState | None = None
    city: PartyState | None = None
    goods: PartyState | None = None
    lane: PartyState | None = None
    route: PartyState | None = None
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

    def seen(self, kind: str) -> PartyState | None:
        """Return the state under the key of `kind` if an entry was ever observed under it."""
        state: PartyState | None = getattr(self, kind)
        return state if state is not None and state.entries else None


UNREAD = LineHistory(HistoryKeys(None, None, None))  # the history of a line nobody stands behind
KINDS = HistoryKeys._fields  # of keys that a line may have; beside them is `everyone`


def line_history_to_json(history: LineHistory) -> dict[str, Any]:
    """Return `history` as a JSON object: keys and states by kind, a state as list or null."""
    states = zip(LineHistory._fields[1:], history[1:], strict=True)
    return {
        "format": FORMAT,
        "keys": history.keys._asdict(),
        "states": {kind: None if state is None else state.to_list() for kind, state in states},
    }


def line_history_from_json(document: Mapping[str, Any]) -> LineHistory:
    """Return the history `line_history_to_json` wrote; raise DataRefused for anything else."""
    try:
        if document["format"] != FORMAT:
            raise DataRefused(f"history: found format {document['format']}, wanted {FORMAT}")
        states = {kind: _state(values) for kind, values in document["states"].items()}
        return LineHistory(HistoryKeys(**document["keys"]), **states)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataRefused("history: wanted format, keys and states by kind") from error


def _state(values: list[float | int | str] | None) -> PartyState | None:
    return None if values is None else PartyState.from_list(values)
