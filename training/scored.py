"""Held-out lines with their scores and what became of them, and the slices they fall into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.features.facts import LineFacts
from app.core.features.lane import Cross, FittedLanes
from training.dataset import Lines
from training.labels import Labels
from training.metrics import tie_keys

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Prints = NDArray[np.uint64]

LANE = "goods_route_treatment"  # the cross that says whether a lane was seen in training
ALIKE = Cross("alike", ("hs6", "weight", "value"), None, 1.0)
TRAINING_PRINTS = "training_prints"  # of a bundle's holdout: not of held-out lines
_WATCHED = ("CN", "RU")


@dataclass(frozen=True, slots=True)
class Scored:
    """Labelled lines and their probabilities, every array (n,).

    `unseen` marks lines of a lane that training never saw, `alike` lines that have the goods,
    weight and value of some training line; `slices` gives each line's value of each slicing, such
    as its chapter.
    """

    ids: tuple[str, ...]
    labels: Floats
    probabilities: Floats
    values: Floats
    weights: Floats
    weeks: Ints
    entry_of: Ints
    unseen: Flags
    alike: Flags
    slices: dict[str, tuple[str, ...]]

    def take(self, rows: Ints) -> "Scored":
        """Return some of the lines, by position."""
        return Scored(
            tuple(self.ids[row] for row in rows),
            self.labels[rows],
            self.probabilities[rows],
            self.values[rows],
            self.weights[rows],
            self.weeks[rows],
            self.entry_of[rows],
            self.unseen[rows],
            self.alike[rows],
            {name: tuple(found[row] for row in rows) for name, found in self.slices.items()},
        )


@dataclass(frozen=True, slots=True)
class Familiarity:
    """What of training each line (n,) resembles: see Scored."""

    unseen: Flags
    alike: Flags


def scored(lines: Lines, labels: Labels, probabilities: Floats, familiarity: Familiarity) -> Scored:
    """Return the lines of `lines` that have a label, with their probabilities (n,)."""
    whole = Scored(
        lines.ids,
        labels.label,
        probabilities,
        lines.values,
        labels.weights,
        lines.weeks,
        lines.entry_of,
        familiarity.unseen,
        familiarity.alike,
        {
            "chapter": tuple(each.line.hts[:2] for each in lines.facts),
            "origin": tuple(each.origin for each in lines.facts),
            "route": tuple(route_class(each) for each in lines.facts),
        },
    )
    return whole.take(np.flatnonzero(labels.is_labelled))


def route_class(facts: LineFacts) -> str:
    """Return how the goods came: direct, through China, Russia or another country, or unknown."""
    passed = facts.of_entry.on_the_way - {facts.origin}
    for country in _WATCHED:
        if country in passed:
            return f"through {country}"
    if passed:
        return "through another country"
    return "direct" if facts.of_entry.on_the_way else "unknown"


def familiarity(
    lanes: FittedLanes, lines: Lines, treatments: tuple[str, ...], known: Prints
) -> Familiarity:
    """Return what of training the lines resemble; `known` are the prints of training lines.

    A lane is goods, origin, export country and treatment; where a bundle has no such cross, its
    finest one.
    """
    fields = lines.fields(treatments)
    alike = np.isin(_prints(fields), known)
    names = [cross.name for cross in lanes.crosses]
    if not names:
        return Familiarity(np.ones(len(fields), dtype=np.bool_), alike)
    place = names.index(LANE) if LANE in names else len(names) - 1
    cross, seen = lanes.crosses[place], lanes.counts[place]
    unseen = np.array([cross.key(each) not in seen for each in fields], dtype=np.bool_)
    return Familiarity(unseen, alike)


def prints(lines: Lines) -> Prints:
    """Return a hash of goods, weight and value of each line, sorted, each once.

    They tell near-duplicates: lines that a model may recognise rather than judge.
    """
    return np.unique(_prints(lines.fields(())))


def _prints(fields: Sequence[Mapping[str, str]]) -> Prints:
    return tie_keys([ALIKE.key(each) for each in fields])


def worst_lines(found: Scored, order: Sequence[int]) -> Ints:
    """Return, for each entry, the position of the line that ranks highest in `order` (n,)."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[np.asarray(order)] = np.arange(len(order))
    best: dict[int, int] = {}
    for place, entry in enumerate(found.entry_of.tolist()):
        if entry not in best or rank[place] < rank[best[entry]]:
            best[entry] = place
    return np.array(sorted(best.values()), dtype=np.int64)
