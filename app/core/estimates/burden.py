"""Who bears false holds: by importer size, broker, origin and port, beside what is found there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.columns import Category, Outcome
from app.core.estimates.limits import LEVEL, discoveries, normal_quantile
from app.core.estimates.lines import Prepared, Rows

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DIMENSIONS = ("importer_size", "broker", "origin", "port")
RATIO = 1.5  # a burden above this needs a reason; specs of thresholds, section 5
ENOUGH_EVENTS = 5  # on each side, below which a ratio says nothing


@dataclass(frozen=True, slots=True)
class Burden:
    """How much more often a group is hit than all others, with the 95 % interval of the ratio.

    `events` of `exposure`; `ratio` of the two rates, None where either side has fewer than 5
    events. `is_flagged`: the ratio is over 1.5, and more than chance after control of false flags.
    """

    group: str
    events: float
    exposure: float
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    is_flagged: bool = False


@dataclass(frozen=True, slots=True)
class GroupBurden:
    """False holds and their hours of one group of a dimension, and the bad found there."""

    dimension: str
    false_holds: Burden
    hold_hours: float
    confirmed: int


def burdens(prepared: Prepared, held: Rows) -> tuple[GroupBurden, ...]:
    """Return who bears the false holds among `held`: matured holds that were cleared."""
    found = prepared.snapshot
    mature = held[found.is_mature[held]]
    cleared = mature[found.outcome[mature] == Outcome.CLEARED]
    confirmed = mature[found.outcome[mature] == Outcome.CONFIRMED]
    hours = np.nan_to_num(found.hold_hours[cleared])
    every = []
    for dimension in DIMENSIONS:
        groups: Category = getattr(found, dimension)
        cells = prepared.cells(dimension)
        events = np.bincount(cells.of_row[cleared], minlength=len(cells.group)).astype(np.float64)
        compared = compare_groups(groups.names, cells.group, events, cells.rows)
        all_hours = np.bincount(groups.codes[cleared], hours, len(groups.names))
        bad = np.bincount(groups.codes[confirmed], minlength=len(groups.names))
        every += [
            GroupBurden(dimension, burden, float(all_hours[code]), int(bad[code]))
            for code, burden in enumerate(compared)
        ]
    return tuple(every)


def newly_affected(prepared: Prepared, current: Mask, proposed: Mask) -> tuple[Burden, ...]:
    """Return, by size class, the importers that had no alert and would have one, of all there."""
    cells, sizes = prepared.cells("importer_size"), prepared.snapshot.importer_size
    before, after = (
        np.bincount(cells.of_row[mask], minlength=len(cells.group)) > 0
        for mask in (current, proposed)
    )
    events = (after & ~before).astype(np.float64)
    return compare_groups(sizes.names, cells.group, events, np.ones(len(events)))


def compare_groups(
    names: Sequence[str], group: NDArray[np.int32], events: Floats, exposure: Floats
) -> tuple[Burden, ...]:
    """Return each group's rate against that of all others.

    `group` (c,) into `names`, `events` and `exposure` (c,) are of clusters (an importer within
    its group): cases of one importer come together, so that clusters vary, not cases.
    """
    sums = np.stack(
        [
            np.bincount(group, each, len(names))
            for each in (events, exposure, events**2, events * exposure, exposure**2, None)
        ]
    )
    others = sums.sum(axis=1, keepdims=True) - sums
    found = [
        _compared(name, _Rate(*sums[:, code]), _Rate(*others[:, code]))
        for code, name in enumerate(names)
    ]
    tested = [index for index, (burden, _) in enumerate(found) if burden.ratio is not None]
    stands = discoveries(np.array([found[index][1] for index in tested]))
    flagged = {index for index, is_real in zip(tested, stands, strict=True) if is_real}
    return tuple(
        replace(burden, is_flagged=index in flagged and (burden.ratio or 0.0) > RATIO)
        for index, (burden, _) in enumerate(found)
    )


class _Rate(NamedTuple):
    """Sums over the clusters of one side."""

    events: float
    exposure: float
    events_squared: float
    events_by_exposure: float
    exposure_squared: float
    clusters: float

    @property
    def rate(self) -> float:
        return float(self.events / self.exposure)

    @property
    def variance(self) -> float:
        """Of the logarithm of the rate: between clusters, at least a count's own."""
        rate, n = self.rate, self.clusters
        spread = (
            self.events_squared
            - 2 * rate * self.events_by_exposure
            + rate**2 * self.exposure_squared
        )
        between = spread / self.events**2 * n / max(n - 1, 1)
        return float(max(between, (1 - min(rate, 0.5)) / self.events))


def _compared(name: str, own: _Rate, others: _Rate) -> tuple[Burden, float]:
    """Return the burden of one group, unflagged, and the chance of a ratio so far from 1."""
    events, exposure = float(own.events), float(own.exposure)
    if min(events, others.events) < ENOUGH_EVENTS:
        return Burden(name, events, exposure), 1.0
    ratio = own.rate / others.rate
    error = math.sqrt(own.variance + others.variance)
    reach = math.exp(normal_quantile(LEVEL) * error)
    p_value = 2 * NormalDist().cdf(-abs(math.log(ratio)) / error)
    return Burden(name, events, exposure, ratio, ratio / reach, ratio * reach), p_value
