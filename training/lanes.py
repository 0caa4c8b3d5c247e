"""Lane priors and value norms learned from training lines, and cross-fitted for those lines.

A training line never sees its own label: its priors come from the other folds. What is frozen in
the bundle is fitted on all training lines; nothing else ever contributes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.features.lane import (
    Cross,
    FittedLanes,
    ValueNorm,
    lane_feature_names,
    measures,
    parent_positions,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CLIP = 1e-7  # as app.core.features.lane.log_odds


@dataclass(frozen=True, slots=True)
class LaneKeys:
    """Which lane of each cross each line lies in: `codes[c]` (n,) index into `keys[c]`."""

    crosses: tuple[Cross, ...]
    codes: tuple[Ints, ...]
    keys: tuple[tuple[str, ...], ...]

    @property
    def count(self) -> int:
        """Number of lines, n."""
        return len(self.codes[0])


def find_keys(crosses: Sequence[Cross], fields: Sequence[Mapping[str, str]]) -> LaneKeys:
    """Return the lanes of lines given their lane fields, numbered in the order first met."""
    codes, keys = [], []
    for cross in crosses:
        numbers: dict[str, int] = {}
        found = [numbers.setdefault(cross.key(each), len(numbers)) for each in fields]
        codes.append(np.array(found, dtype=np.int64))
        keys.append(tuple(numbers))
    return LaneKeys(tuple(crosses), tuple(codes), tuple(keys))


def fold_numbers(groups: Ints, folds: int, seed: int) -> Ints:
    """Return a fold (n,) for each line, drawn by `seed`; lines of one group share theirs."""
    names, places = np.unique(groups, return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    return (shuffled % folds)[places]


def count_lanes(lanes: LaneKeys, targets: Floats, weights: Floats) -> list[Floats]:
    """Return, for each cross, weights of lines and of positives of each target (keys, 1 + T)."""
    return [
        np.column_stack(
            [
                np.bincount(codes, weights=column, minlength=len(keys))
                for column in (weights, *(weights * target for target in targets.T))
            ]
        )
        for codes, keys in zip(lanes.codes, lanes.keys, strict=True)
    ]


def lane_features(
    lanes: LaneKeys, counts: Sequence[Floats], root: Floats, rows: Ints | slice
) -> Floats:
    """Return the columns of `lane_feature_names` for some `rows`, from `counts` of each cross.

    The same arithmetic as FittedLanes.values, in columns; their equality is tested.
    """
    rates: list[Floats] = []
    columns: list[Floats] = []
    for cross, codes, table, parent in zip(
        lanes.crosses, lanes.codes, counts, parent_positions(lanes.crosses), strict=True
    ):
        found = table[codes[rows]]
        lines, positives = found[:, :1], found[:, 1:]
        above = root[1:] / root[0] if parent is None else rates[parent]
        drawn = (positives + cross.smoothing * above) / (lines + cross.smoothing)
        rate = np.where(lines > 0, drawn, above)  # a lane never seen is its parent, to the last bit
        rates.append(rate)
        kept = np.clip(rate, _CLIP, 1 - _CLIP)
        columns.extend(np.log(kept / (1 - kept)).T)
        columns.append(np.log1p(lines[:, 0]))
    return np.column_stack(columns)


def cross_fitted(lanes: LaneKeys, targets: Floats, weights: Floats, folds: Ints) -> Floats:
    """Return lane columns (n, f) in which no line's own fold contributed to its row.

    `targets` (n, T) are 0 or 1, the label first; `weights` and `folds` (n,).
    """
    whole = count_lanes(lanes, targets, weights)
    root = _root(targets, weights)
    width = len(lane_feature_names(lanes.crosses, [""] * targets.shape[1]))
    rows = np.empty((lanes.count, width))
    for fold in np.unique(folds):
        own = np.flatnonzero(folds == fold)
        part = LaneKeys(lanes.crosses, tuple(c[own] for c in lanes.codes), lanes.keys)
        inside = count_lanes(part, targets[own], weights[own])
        # weights are sums of few binary fractions, but a residue below zero must not survive
        rest = [np.maximum(all_ - out, 0.0) for all_, out in zip(whole, inside, strict=True)]
        rows[own] = lane_features(lanes, rest, root - _root(targets[own], weights[own]), own)
    return rows


def _root(targets: Floats, weights: Floats) -> Floats:
    return np.array([weights.sum(), *(weights[:, None] * targets).sum(axis=0)])


def fit_lanes(
    lanes: LaneKeys,
    target_names: Sequence[str],
    targets: Floats,
    weights: Floats,
    norms: Sequence[ValueNorm],
) -> FittedLanes:
    """Return the lanes as they are frozen, learned from all lines."""
    counts = count_lanes(lanes, targets, weights)
    return FittedLanes(
        crosses=lanes.crosses,
        targets=tuple(target_names),
        root=tuple(_root(targets, weights).tolist()),
        counts=[
            {key: tuple(row) for key, row in zip(keys, table.tolist(), strict=True)}
            for keys, table in zip(lanes.keys, counts, strict=True)
        ],
        norms=norms,
    )


def blank(lanes: FittedLanes) -> FittedLanes:
    """Return lanes of the same columns and norms that have seen no line, so teach nothing."""
    return FittedLanes(
        crosses=lanes.crosses,
        targets=lanes.targets,
        root=lanes.root,
        counts=[{} for _ in lanes.crosses],
        norms=lanes.norms,
    )


def fit_norms(
    crosses: Sequence[Cross],
    fields: Sequence[Mapping[str, str]],
    per_kg: Sequence[float],
    minimum: int,
) -> list[ValueNorm]:
    """Return medians of value, weight and value per kilogram of lanes with `minimum` lines."""
    found = np.array([measures(f, each) for f, each in zip(fields, per_kg, strict=True)])
    lanes = find_keys(crosses, fields)
    norms = []
    for cross, codes, keys in zip(crosses, lanes.codes, lanes.keys, strict=True):
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(keys)))
        groups = np.split(found[order], ends[:-1])
        medians = {
            key: tuple(_median(column) for column in group.T)
            for key, group in zip(keys, groups, strict=True)
            if len(group) >= minimum
        }
        norms.append(ValueNorm(cross, medians))
    return norms


def _median(column: Floats) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else math.nan
