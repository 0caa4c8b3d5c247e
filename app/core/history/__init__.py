"""History: what is known of suppliers, importers and filers as of a moment (live state).

An entry is first read (`History.read`), then, once filed, observed; outcomes are settled when they
become known. Lane priors are another memory, fitted and frozen: app/core/features/lane.py.
"""

from app.core.history.identity import HistoryKeys, fold_name, fold_number, keys_of
from app.core.history.line_history import (
    UNREAD,
    LineHistory,
    line_history_from_json,
    line_history_to_json,
    route_signature,
)
from app.core.history.memory import History
from app.core.history.replay import KnownOutcome, PastEntry, replay
from app.core.history.sketch import bit_of, distinct
from app.core.history.state import (
    ACTIVITY_HALF_LIFE,
    HALF_LIVES,
    OUTCOME_HALF_LIFE,
    RECENT_HALF_LIFE,
    PartyState,
    merged,
)

__all__ = [
    "ACTIVITY_HALF_LIFE",
    "HALF_LIVES",
    "OUTCOME_HALF_LIFE",
    "RECENT_HALF_LIFE",
    "UNREAD",
    "History",
    "HistoryKeys",
    "KnownOutcome",
    "LineHistory",
    "PartyState",
    "PastEntry",
    "bit_of",
    "distinct",
    "fold_name",
    "fold_number",
    "keys_of",
    "line_history_from_json",
    "line_history_to_json",
    "merged",
    "replay",
    "route_signature",
]
