"""Held-out lines with their scores and what became of them, and the slices they fall into."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.features.facts import LineFacts
from app.core.features.lane import FittedLanes
from training.dataset import Lines

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LANE = "goods_route_treatment"  # the cross that says whether a lane was seen in training
_WATCHED = ("CN", "RU")


@dataclass(frozen=True, slots=True)
class Scored:
    """Labelled lines and their probabilities, every array (n,).

    `unseen` marks lines of a lane that training never saw; `slices` gives each line's value of
    each slicing, such as its chapter.
    """

    ids: tuple[str, ...]
    labels: Floats
    probabilities: Floats
    values: Floats
    weeks: Ints
    entry_of: Ints
    unseen: Flags
    slices: dict[str, tuple[str, ...]]

    def take(self, rows: Ints) -> "Scored":
        """Return some of the lines, by position."""
        return Scored(
            tuple(self.ids[row] for row in rows),
            self.labels[rows],
            self.probabilities[rows],
            self.values[rows],
            self.weeks[rows],
            self.entry_of[rows],
            self.unseen[rows],
            {name: tuple(found[row] for row in rows) for name, found in self.slices.items()},
        )


def scored(lines: Lines, labels: Floats, probabilities: Floats, unseen: Flags) -> Scored:
    """Return the lines of `lines` that have a label, with their probabilities (n,)."""
    whole = Scored(
        lines.ids,
        labels,
        probabilities,
        lines.values,
        lines.weeks,
        lines.entry_of,
        unseen,
        {
            "chapter": tuple(each.line.hts[:2] for each in lines.facts),
            "origin": tuple(each.origin for each in lines.facts),
            "route": tuple(route_class(each) for each in lines.facts),
        },
    )
    return whole.take(np.flatnonzero(~np.isnan(labels)))


def route_class(facts: LineFacts) -> str:
    """Return how the goods came: direct, through China, Russia or another country, or unknown."""
    passed = facts.of_entry.on_the_way - {facts.origin}
    for country in _WATCHED:
        if country in passed:
            return f"through {country}"
    if passed:
        return "through another country"
    return "direct" if facts.of_entry.on_the_way else "unknown"


def unseen_lanes(lanes: FittedLanes, lines: Lines, treatments: tuple[str, ...]) -> Flags:
    """Return which lines (n,) lie in a lane no training line was of.

    The lane is goods, origin, export country and treatment; where a bundle has no such cross, its
    finest one.
    """
    names = [cross.name for cross in lanes.crosses]
    if not names:
        return np.ones(len(lines.facts), dtype=np.bool_)
    place = names.index(LANE) if LANE in names else len(names) - 1
    cross, known = lanes.crosses[place], lanes.counts[place]
    return np.array([cross.key(each) not in known for each in lines.fields(treatments)])


def worst_lines(found: Scored, order: Sequence[int]) -> Ints:
    """Return, for each entry, the position of the line that ranks highest in `order` (n,)."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[np.asarray(order)] = np.arange(len(order))
    best: dict[int, int] = {}
    for place, entry in enumerate(found.entry_of.tolist()):
        if entry not in best or rank[place] < rank[best[entry]]:
            best[entry] = place
    return np.array(sorted(best.values()), dtype=np.int64)
