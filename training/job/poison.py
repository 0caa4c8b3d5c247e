"""Labels that somebody made wrong: what accepted labels expect of the fresh ones, and by whom.

A small booster learns from labels that an accepted run has seen; they can't be changed any more
without being told (`rewritten`). Fresh labels are held against what it expects of them, over all
low-scored lines and by group: who recorded, whose word, importer, supplier, goods and origin. What
can't be seen: 2 % flipped at random, and anything before the first accepted run.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.calibrate import fit_platt
from training.job.declared import Declared
from training.metrics import tie_keys

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FOLDS = 5
ROUNDS = 60
LEAST_LINES = 100  # of each kind, without which nothing is learned or judged
LEAST_GROUP = 5  # labels more or fewer than expected
MISSING, EXTRA = 0.4, 0.15  # of the expected positives, of the expected negatives of a group
SURPRISED = 0.04  # of a group's labels say the opposite
LEAST_POSITIVES = 20  # of a party with a large share of all
OURS = frozenset({"user", "source"})
PARTIES = frozenset({"importer", "supplier"})
_SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 8,
    "min_data_in_leaf": 20,
    "cat_smooth": 10.0,
    "min_data_per_group": 20,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "seed": 7,
}
_LEFT_OUT = frozenset({"chapter_origin"})  # a group that is judged


@dataclass(frozen=True, slots=True)
class Bars:
    """From where on labels are called poisoned; docs/retraining.md has the evidence."""

    flip_share: float
    user_sigma: float
    group_sigma: float
    positive_share: float


@dataclass(frozen=True, slots=True)
class Told:
    """Labelled lines: positions in Declared, labels, whether fresh, who recorded, whose word."""

    places: Ints
    labels: Floats
    fresh: Flags
    users: NDArray[np.str_]
    sources: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Poison:
    """What was found: `flip_share` over low-scored fresh lines (None: can't tell), and findings."""

    flip_share: float | None
    findings: tuple[str, ...]
    notes: tuple[str, ...]


def poison(found: Declared, told: Told, bars: Bars) -> Poison:
    """Return what is odd about the fresh labels of `told`."""
    rows, categorical = _matrix(found, told.places)
    if not told.fresh.any():
        return Poison(None, (), ("no label is fresh",))
    old, fresh = np.flatnonzero(~told.fresh), np.flatnonzero(told.fresh)
    if _can_teach(told.labels[old]) and len(fresh) >= LEAST_LINES:
        learned = _Learned(found, told, rows, categorical, old)
        judged = _Judged(found, told, fresh, learned.expect(rows[fresh]))
        share = judged.flip_share()
        before = _Judged(found, told, old, learned.expected)
        groups = judged.groups(bars, before, parties=True)
        return Poison(share, (*_flipped(share, bars), *groups), ())
    if not _can_teach(told.labels):
        return Poison(None, (), ("too few labels to tell anything",))
    learned = _Learned(found, told, rows, categorical, np.arange(len(told.labels)))
    judged = _Judged(found, told, fresh, learned.expected[fresh])
    note = "no accepted labels yet: only flips by one user or source can be told"
    return Poison(None, tuple(judged.groups(bars, None, parties=False)), (note,))


def _can_teach(labels: Floats) -> bool:
    return len(labels) >= LEAST_LINES and 0 < labels.sum() < len(labels)


def _flipped(share: float, bars: Bars) -> Iterator[str]:
    if share > bars.flip_share:
        yield (
            f"labels: {share:.1%} of low-scored fresh lines are positive beyond what accepted "
            f"labels expect, wanted at most {bars.flip_share:.1%}"
        )


class _Learned:
    """A booster of some labels, calibrated by what it says of those it has not seen.

    `expected` (n,) are for the lines it learned from, each by a booster without its entry.
    """

    def __init__(
        self, found: Declared, told: Told, rows: Floats, categorical: list[int], at: Ints
    ) -> None:
        labels = told.labels[at]
        folds = tie_keys([found.entries[place] for place in told.places[at]]) % FOLDS
        raw = np.full(len(at), _odds(labels.mean()))
        for fold in range(FOLDS):
            inside = folds == fold
            if inside.any() and _can_teach(labels[~inside]):
                booster = _fit(rows[at][~inside], labels[~inside], categorical)
                raw[inside] = np.asarray(booster.predict(rows[at][inside], raw_score=True))
        # a booster is surer of itself than it should be: most of all of few labels
        self._platt = fit_platt(raw, labels, np.ones(len(labels)))
        self._booster = _fit(rows[at], labels, categorical)
        self.expected = self._chance(raw)

    def expect(self, rows: Floats) -> Floats:
        """Return what is expected of other lines (n,)."""
        return self._chance(np.asarray(self._booster.predict(rows, raw_score=True)))

    def _chance(self, raw: Floats) -> Floats:
        chances = np.asarray(self._platt.predict_proba(raw[:, None]), dtype=np.float64)[:, 1]
        return _inside(chances)


class _Judged:
    """Labels beside what is expected of them (n,), and the groups they fall into."""

    def __init__(self, found: Declared, told: Told, at: Ints, expected: Floats) -> None:
        places = told.places[at]
        self.labels, self.expected = told.labels[at], expected
        self.groups_of = {
            "user": told.users[at],
            "source": told.sources[at],
            "importer": found.parties["importer"][places],
            "supplier": found.parties["supplier"][places],
            "goods and origin": found.texts["chapter_origin"][places],
        }
        self.entries = np.array([found.entries[place] for place in places])

    def flip_share(self) -> float:
        """Positives beyond expectation over the lower half of the lines, in [-1, 1]."""
        low = np.argsort(self.expected, kind="stable")[: max(1, len(self.expected) // 2)]
        excess = float(self.labels[low].mean() - self.expected[low].mean())
        return excess / (1 - 2 * min(0.4, float(self.expected[low].mean())))

    def groups(self, bars: Bars, before: "_Judged | None", *, parties: bool) -> Iterator[str]:
        """Yield groups whose labels are not what those of all others say.

        `before` are the accepted labels: how far groups of a kind always differ is learned there.
        """
        moved = self._at_todays_rate()
        for kind, names in self.groups_of.items():
            if kind not in OURS and not parties:
                continue
            spread = 1.0 if before is None else before.dispersion(kind)
            for name in np.unique(names[names != ""]):
                inside = names == name
                if inside.all():
                    continue  # there is nobody to hold it against
                # never a party's name
                said = f"{kind} {name}"
                if kind in PARTIES:
                    said = f"the {kind} of entry {self.entries[inside][0]}"
                own = moved[inside]
                if before is not None:
                    own = before.own(kind, str(name), own)
                yield from _odd(said, self.labels[inside], own, spread, bars.group_sigma)
                if kind in OURS:
                    limit = bars.user_sigma  # there are few of them: none is far by chance
                    yield from _contradicting(said, self.labels[inside], own, spread, limit)
                if kind in PARTIES:
                    yield from self._crowding(said, inside, own, bars)

    def part(self, rows: NDArray[Any]) -> "_Judged":
        """Return some of the labels, by position or flag."""
        made = copy(self)
        made.labels, made.expected = self.labels[rows], self.expected[rows]
        made.groups_of = {kind: names[rows] for kind, names in self.groups_of.items()}
        made.entries = self.entries[rows]
        return made

    def own(self, kind: str, name: str, expected: Floats) -> Floats:
        """Return `expected` (n,) of a group, moved by how it differed before from all others."""
        inside = self.groups_of[kind] == name
        return _moved(expected, self.labels[inside], self.expected[inside])

    def dispersion(self, kind: str) -> float:
        """Return how many times further groups of a kind lie from expectation than chance says.

        The later half of the labels is held against what the earlier half makes of each group.
        """
        middle = len(self.labels) // 2
        earlier, later = (
            self.part(np.arange(middle)),
            self.part(np.arange(middle, len(self.labels))),
        )
        squares = []
        for name in np.unique(later.groups_of[kind]):
            inside = later.groups_of[kind] == name
            if name and inside.sum() >= LEAST_GROUP:
                wanted = earlier.own(kind, str(name), later.expected[inside])
                squares.append(_gap(later.labels[inside], wanted) ** 2)
        return max(1.0, float(np.sqrt(np.mean(squares)))) if squares else 1.0

    def _at_todays_rate(self) -> Floats:
        """Return expectations moved, in log-odds, to the rate that these labels have."""
        odds = _odds(self.expected)
        low, high = -12.0, 12.0
        for _ in range(60):
            middle = (low + high) / 2
            above = float((1 / (1 + np.exp(-(odds + middle)))).mean()) > self.labels.mean()
            low, high = (low, middle) if above else (middle, high)
        return _inside(1 / (1 + np.exp(-(odds + (low + high) / 2))))

    def _crowding(self, name: str, inside: Flags, expected: Floats, bars: Bars) -> Iterator[str]:
        seen, whole = float(self.labels[inside].sum()), float(self.labels.sum())
        share = seen / whole if whole else 0.0
        if seen >= LEAST_POSITIVES and share > bars.positive_share and seen > 2 * expected.sum():
            yield f"labels of {name}: {share:.1%} of the fresh positives, and not expected"


def _inside(chances: Floats) -> Floats:
    return np.asarray(np.clip(chances, 1e-4, 1 - 1e-4), dtype=np.float64)


def _odds(chance: Any) -> Any:  # a number or an array
    return np.log(chance / (1 - chance))


def _moved(expected: Floats, labels: Floats, before: Floats) -> Floats:
    """Return `expected` moved by the odds that labels had over those that were expected then."""
    seen, wanted, count = labels.sum(), before.sum(), len(labels)
    ratio = (seen + 1) / (count - seen + 1) * (count - wanted + 1) / (wanted + 1)
    odds = expected / (1 - expected) * ratio
    return _inside(odds / (1 + odds))


def _gap(labels: Floats, expected: Floats) -> float:
    """Return positives beyond expectation, in standard deviations; one label more is no news."""
    spread = float(np.sqrt(1 + (expected * (1 - expected)).sum()))
    return float(labels.sum() - expected.sum()) / spread


def _odd(
    name: str, labels: Floats, expected: Floats, dispersion: float, limit: float
) -> Iterator[str]:
    """Yield that a group has too many or too few positives."""
    gap, sigma = float(labels.sum() - expected.sum()), _gap(labels, expected) / dispersion
    part = -gap / expected.sum() if gap < 0 else gap / max(len(labels) - expected.sum(), 1.0)
    is_far = abs(gap) >= LEAST_GROUP and abs(sigma) >= limit
    if is_far and part >= (MISSING if gap < 0 else EXTRA):
        yield (
            f"labels of {name}: {labels.sum():.0f} of {len(labels)} are positive, all others say "
            f"{expected.sum():.1f} ({sigma:+.1f} sigma, limit {limit})"
        )


def _contradicting(
    name: str, labels: Floats, expected: Floats, dispersion: float, limit: float
) -> Iterator[str]:
    """Yield that labels of a group say the opposite of all others more often than chance has it."""
    chance = expected * (1 - expected)
    excess = float(((labels - expected) ** 2 - chance).sum())
    surprise = excess / float(np.sqrt(1 + (chance * (1 - 2 * expected) ** 2).sum())) / dispersion
    many = excess >= LEAST_GROUP and excess >= SURPRISED * len(labels)
    if many and surprise >= limit:
        yield (
            f"labels of {name}: about {excess:.0f} of {len(labels)} say the opposite of all others "
            f"({surprise:+.1f} sigma, limit {limit})"
        )


def _matrix(found: Declared, places: Ints) -> tuple[Floats, list[int]]:
    columns = [each[places] for each in found.numbers.values()]
    # not who ships: a booster learns such names by heart; how parties differ is `dispersion`
    kept = [texts for name, texts in found.texts.items() if name not in _LEFT_OUT]
    codes = [np.unique(texts, return_inverse=True)[1][places] for texts in kept]
    categorical = list(range(len(columns), len(columns) + len(codes)))
    return np.column_stack([*columns, *codes]).astype(np.float64), categorical


def _fit(rows: Floats, labels: Floats, categorical: list[int]) -> lightgbm.Booster:
    data = lightgbm.Dataset(
        rows, label=labels, categorical_feature=categorical, params={"verbosity": -1}
    )
    return lightgbm.train(dict(_SETTINGS), data, ROUNDS)


def rewritten(before: Mapping[int, float], ids: tuple[str, ...], then: Floats) -> tuple[int, int]:
    """Return how many labels of an accepted run were changed or are gone, and how many it had.

    `then` (n,) are the labels of lines `ids` as known on that run's day by what is told today.
    """
    now = dict(zip(tie_keys(ids).tolist(), then.tolist(), strict=True))
    changed = sum(1 for key, label in before.items() if now.get(key) != label)
    return changed, len(before)
