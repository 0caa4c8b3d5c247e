"""Where numbers stand: kinds of key, the state of a key, what a walk reads, and the features."""

from typing import Final

from app.core.features import FEATURES
from app.core.features.lane_history import LANE_HISTORY
from app.core.features.party import HISTORY_OF_PARTIES
from app.core.history import KINDS

# Kinds of key in the order of HistoryKeys, then everyone's.
ALL_KINDS: Final = (*KINDS, "everyone")
SUPPLIER, IMPORTER, FILER, MID, CITY, GOODS, LANE, ROUTE, EVERYONE = range(9)
WITH_SKETCHES: Final = (SUPPLIER, IMPORTER, MID)  # kinds of which novelty is asked

# A state is one row of 16 numbers: the ten sums of PartyState, then days and a count.
SUMS: Final = 10
OUTCOMES: Final = 5  # where the weights of outcomes start among the sums
UPDATED, FIRST, LAST, PREVIOUS, PARTNERS = 10, 11, 12, 13, 14
STATE: Final = 16  # two cache lines
SKETCHES: Final = 8  # words of 64 bits: goods, origins, routes, partners, two each

# What a walk reads of a key for a line: sums decayed to its day, then these. `SEEN` is 1 for a key
# seen before, 0 for one never seen, NaN where the line has none.
SEEN, DAYS_KNOWN, SINCE_LAST, PAUSE, MEAN = 10, 11, 12, 13, 14
NEW_GOODS, NEW_ORIGIN, NEW_ROUTE, NEW_PARTNER, READ_PARTNERS = 15, 16, 17, 18, 19
READING: Final = 20
NO_BIT: Final = 255  # the mark of what is not declared

_OURS: Final = {each.name for each in (*HISTORY_OF_PARTIES, *LANE_HISTORY)}
FEATURE_NAMES: Final = tuple(each.name for each in FEATURES if each.name in _OURS)
COLUMN_OF: Final = {name: place for place, name in enumerate(FEATURE_NAMES)}
