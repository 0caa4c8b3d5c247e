"""History: what is known of parties, goods and lanes as of a moment (live state).

An entry is first read (`History.read`), then, once filed, observed; outcomes are settled when they
become known and taken back when corrected. `transition` holds the pure functions underneath, which
other stores use too. Lane priors are another memory, fitted and frozen: app/core/features/lane.py.
"""

from app.core.history.identity import (
    HistoryKeys,
    fold_city,
    fold_name,
    fold_number,
    keys_of,
    keys_of_lines,
    route_signature,
    supplier_key,
)
from app.core.history.line_history import (
    KINDS,
    UNREAD,
    LineHistory,
    line_history_from_json,
    line_history_to_json,
)
from app.core.history.memory import History
from app.core.history.record import NOTHING, Due, Record
from app.core.history.replay import KnownOutcome, PastEntry, replay
from app.core.history.sketch import bit_of, distinct
from app.core.history.state import (
    ACTIVITY_HALF_LIFE,
    FORMAT,
    HALF_LIVES,
    OUTCOME_HALF_LIFE,
    OUTCOME_KINDS,
    RECENT_HALF_LIFE,
    PartyState,
    merged,
)
from app.core.history.transition import (
    EVERYONE,
    after_filing,
    after_outcome,
    keys_of_entry,
    keys_of_outcome,
    read_lines,
    without_outcome,
)

__all__ = [
    "ACTIVITY_HALF_LIFE",
    "EVERYONE",
    "FORMAT",
    "HALF_LIVES",
    "KINDS",
    "NOTHING",
    "OUTCOME_HALF_LIFE",
    "OUTCOME_KINDS",
    "RECENT_HALF_LIFE",
    "UNREAD",
    "Due",
    "History",
    "HistoryKeys",
    "KnownOutcome",
    "LineHistory",
    "PartyState",
    "PastEntry",
    "Record",
    "after_filing",
    "after_outcome",
    "bit_of",
    "distinct",
    "fold_city",
    "fold_name",
    "fold_number",
    "keys_of",
    "keys_of_entry",
    "keys_of_lines",
    "keys_of_outcome",
    "line_history_from_json",
    "line_history_to_json",
    "merged",
    "read_lines",
    "replay",
    "route_signature",
    "supplier_key",
    "without_outcome",
]
