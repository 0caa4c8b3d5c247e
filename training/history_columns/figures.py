"""History features of lines from what a walk read of their keys.

The same rules as app/core/features/party.py, lane_history.py and shares.py, measure by measure;
tests hold the two equal for every feature.
"""

import math

import numpy as np
from numpy.typing import NDArray

from app.core.features.shares import (
    OVERALL_PRIOR,
    OVERALL_SMOOTHING,
    OWN_SMOOTHING,
    PARENTS,
)
from app.core.history import KINDS, distinct
from training.history_columns.compiled import compiled
from training.history_columns.layout import (
    ALL_KINDS,
    COLUMN_OF,
    DAYS_KNOWN,
    EVERYONE,
    FILER,
    IMPORTER,
    MEAN,
    NEW_GOODS,
    NEW_ORIGIN,
    NEW_PARTNER,
    NEW_ROUTE,
    OUTCOMES,
    PAUSE,
    READ_PARTNERS,
    SEEN,
    SINCE_LAST,
)
from training.history_columns.walking import Floats

Places = NDArray[np.int32]

MEASURES = (
    "never_seen", "log_lines", "surge", "days_known", "days_since_last", "log_outcomes",
    "denied_rate", "detained_share", "review_rate", "new_goods", "new_origin", "new_route",
    "new_supplier", "new_name", "partners", "pause", "value_surge", "value_against_usual",
    "kg_against_usual",
)  # fmt: skip
(
    _NEVER_SEEN, _LOG_LINES, _SURGE, _DAYS_KNOWN, _SINCE_LAST, _LOG_OUTCOMES, _DENIED, _DETAINED,
    _REVIEW, _NEW_GOODS, _NEW_ORIGIN, _NEW_ROUTE, _NEW_SUPPLIER, _NEW_NAME, _PARTNERS, _PAUSE,
    _VALUE_SURGE, _AGAINST_VALUE, _AGAINST_KG,
) = range(len(MEASURES))  # fmt: skip
_SHARES = 3  # denied, detained, nexus
_ORDER = (4, 6, 0, 1, 2, 3, 5, 7)  # kinds after their parents: city and lane first


def places() -> Places:
    """Return the column of each measure of each kind (kinds, measures); -1 where there is none."""
    found = np.full((len(KINDS), len(MEASURES)), -1, dtype=np.int32)
    for row, kind in enumerate(KINDS):
        for column, measure in enumerate(MEASURES):
            found[row, column] = COLUMN_OF.get(f"party.{kind}_{measure}", -1)
    return found


def parents() -> Places:
    """Return the kind whose share each kind's is drawn towards (kinds,)."""
    above = [ALL_KINDS.index(PARENTS.get(kind, "everyone")) for kind in KINDS]
    return np.array(above, dtype=np.int32)


def partner_counts() -> Floats:
    """Return log of one plus the partners a sketch stands for, by bits set (129,)."""
    return np.array([math.log(1 + distinct((1 << bits) - 1)) for bits in range(129)])


@compiled
def counted(reading: Floats, found: Floats) -> None:
    """Fill found (6,) from one reading: what is counted and all, of denied, detained, nexus."""
    detained, denied, cleared = reading[OUTCOMES], reading[OUTCOMES + 1], reading[OUTCOMES + 2]
    nexus, clear = reading[OUTCOMES + 3], reading[OUTCOMES + 4]
    found[0], found[1] = denied, denied + cleared
    found[2], found[3] = detained, max(detained, denied + cleared)
    found[4], found[5] = nexus, nexus + clear


@compiled
def shares(readings: Floats, line: int, above: Places, found: Floats, drawn: Floats) -> None:
    """Fill drawn (9, 3) with the shares of one line's kinds, each drawn towards its parent's.

    readings (9, n, 20); found (6,) is room to work in.
    """
    counted(readings[EVERYONE, line], found)
    for which in range(_SHARES):
        drawn[EVERYONE, which] = (found[2 * which] + OVERALL_SMOOTHING * OVERALL_PRIOR) / (
            found[2 * which + 1] + OVERALL_SMOOTHING
        )
    for kind in _ORDER:
        counted(readings[kind, line], found)
        for which in range(_SHARES):
            prior = drawn[above[kind], which]
            drawn[kind, which] = (found[2 * which] + OWN_SMOOTHING * prior) / (
                found[2 * which + 1] + OWN_SMOOTHING
            )


@compiled
def basic(reading: Floats, drawn: Floats, is_named: bool, found: Floats) -> None:
    """Fill found (measures,) with what every kind has that was seen before.

    reading (20,), drawn (3,) its shares.
    """
    found[_NEVER_SEEN] = 0.0
    found[_LOG_LINES] = math.log(1 + reading[1])
    found[_SURGE] = reading[0] / reading[1] if reading[1] > 0 else 0.0
    found[_DENIED], found[_DETAINED] = drawn[0], drawn[1]
    found[_NEW_NAME] = reading[NEW_PARTNER] if is_named else np.nan


@compiled
def known(reading: Floats, found: Floats) -> None:
    """Fill found (measures,) with what parties have besides: days, and outcomes known."""
    found[_DAYS_KNOWN], found[_SINCE_LAST] = reading[DAYS_KNOWN], reading[SINCE_LAST]
    found[_LOG_OUTCOMES] = math.log(1 + reading[OUTCOMES + 1] + reading[OUTCOMES + 2])


@compiled
def conduct(  # noqa: PLR0913, PLR0917 - arrays, as compiled code wants them
    reading: Floats, drawn: Floats, value: float, kilos: float, counts: Floats, found: Floats
) -> None:
    """Fill found (measures,) with what suppliers and importers have besides; counts (129,)."""
    checked = reading[OUTCOMES + 3] + reading[OUTCOMES + 4]
    found[_REVIEW] = drawn[2] if checked > 0 else np.nan
    found[_NEW_GOODS], found[_NEW_ORIGIN] = reading[NEW_GOODS], reading[NEW_ORIGIN]
    found[_NEW_ROUTE], found[_NEW_SUPPLIER] = reading[NEW_ROUTE], reading[NEW_PARTNER]
    found[_PARTNERS] = counts[int(reading[READ_PARTNERS])]
    found[_PAUSE] = reading[PAUSE]
    found[_VALUE_SURGE] = reading[2] / reading[3] if reading[3] > 0 else 0.0
    found[_AGAINST_VALUE] = math.log1p(value) - math.log1p(reading[MEAN])
    found[_AGAINST_KG] = math.log1p(kilos) - math.log1p(reading[4]) if reading[4] > 0 else np.nan


@compiled
def figures(  # noqa: PLR0913, PLR0917 - arrays, as compiled code wants them
    readings: Floats,
    values: Floats,
    kilos: Floats,
    is_named: NDArray[np.bool_],
    columns: Places,
    above: Places,
    counts: Floats,
    first: int,
    last: int,
    out: Floats,
) -> None:
    """Fill out (features, n) for the lines from `first` to before `last`.

    readings (9, n, 20), values (n,) USD, kilos (n,) NaN unknown, is_named (n,) whether a maker's
    name is declared; columns, above and counts from `places`, `parents` and `partner_counts`.
    """
    drawn = np.empty((EVERYONE + 1, _SHARES))
    room = np.empty(2 * _SHARES)
    found = np.empty(columns.shape[1])
    for line in range(first, last):
        shares(readings, line, above, room, drawn)
        for kind in range(columns.shape[0]):
            reading = readings[kind, line]
            if reading[SEEN] == 1.0:
                basic(reading, drawn[kind], is_named[line], found)
                if kind <= FILER:
                    known(reading, found)
                if kind <= IMPORTER:
                    conduct(reading, drawn[kind], values[line], kilos[line], counts, found)
            else:
                found[:] = np.nan
                found[_NEVER_SEEN] = 1.0 - reading[SEEN]
            for measure in range(columns.shape[1]):
                if columns[kind, measure] >= 0:
                    out[columns[kind, measure], line] = found[measure]
