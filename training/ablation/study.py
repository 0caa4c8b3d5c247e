"""The study: worlds by seed, with and without mechanisms, each with and without columns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import fmean, stdev

import numpy as np

from app.core.reference import ReferencePack, load_reference
from training.ablation.columns import (
    ALL_LINES,
    COLUMN_SETS,
    EVERYTHING,
    FULL,
    ONLY,
    RELATIONS,
    SLICES,
    ColumnSet,
    Relation,
    named,
)
from training.ablation.judged import Judged, Read, judge, read_world
from training.fit import try_candidate
from training.metrics import average_precision
from training.progress import Steps
from training.recipe import Candidate
from training.synthetic import Mechanisms, Plan, make_world
from training.synthetic.draws import Floats
from training.synthetic.storage import restated, write_world

OBSERVED = "observed outcomes"  # judged as a customer could
NOISES = 2.0  # standard errors that a difference must exceed
ROUNDS = 150  # fixed: nothing is chosen on the lines that judge
TOP_PERCENT = 1
AT_HOME = "at home"
SHIFTED_SEEDS = 1000  # added to the seed: a shifted world shares nothing with its neighbour


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOptions:
    """Worlds of `entries`, one for each of `worlds` (seeds); learners of each of `learners`.

    `column_sets` are compared on the default worlds and hold those of `relations`.
    """

    entries: int = 25_000
    nexus_share: float = 0.05
    worlds: tuple[int, ...] = (1, 2, 3, 4, 5)
    learners: tuple[int, ...] = (1, 2, 3)
    cut: date = date(2025, 7, 1)
    shifts: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = RELATIONS
    column_sets: tuple[ColumnSet, ...] = COLUMN_SETS

    def plan(self, seed: int, off: str | None = None, shift: str | None = None) -> Plan:
        """Return the plan of one world, a mechanism switched off or parameters shifted."""
        return Plan(
            entries=self.entries,
            seed=seed,
            nexus_share=self.nexus_share,
            mechanisms=Mechanisms.without([off] if off else []),
            shift=shift,
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """AP of one column set: slice to one value for each world, each the mean over learners.

    `learner_noise` has the standard deviation over learners within each world, by slice as well.
    """

    by_slice: dict[str, list[float]] = field(default_factory=dict)
    learner_noise: dict[str, list[float]] = field(default_factory=dict)

    def add(self, found: Sequence[dict[str, float]]) -> None:
        """Take in what the learners of one world gave."""
        for name in found[0]:
            values = [each[name] for each in found]
            self.by_slice.setdefault(name, []).append(fmean(values))
            spread = stdev(values) if len(values) > 1 else 0.0
            self.learner_noise.setdefault(name, []).append(spread)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much AP is lost without columns: mean over worlds, and the noise it must exceed."""

    loss: float
    noise: float

    @property
    def is_loss(self) -> bool:
        """Whether something is lost beyond seed noise."""
        return self.loss > self.noise


@dataclass(frozen=True, slots=True)
class Variant:
    """Scores of one kind of world by column set; `off` and `shift` say how it differs.

    With a shift, "full" was taught by the default world and AT_HOME by the shifted one.
    """

    off: str | None
    shift: str | None
    scores: dict[str, Scores]

    @classmethod
    def of(cls, off: str | None, shift: str | None, names: Sequence[str]) -> "Variant":
        """Return a variant with nothing scored yet."""
        return cls(off, shift, {name: Scores() for name in names})

    def lost(self, column_set: str, of_slice: str) -> Difference:
        """Return what is lost without `column_set` against the full model, world by world."""
        whole = self.scores[FULL].by_slice[of_slice]
        part = self.scores[column_set].by_slice[of_slice]
        return difference(whole, part, self.scores[FULL].learner_noise[of_slice])


@dataclass(frozen=True, slots=True)
class Study:
    """Everything measured: the default world, each mechanism off, each shift."""

    options: StudyOptions
    default: Variant
    off: tuple[Variant, ...]
    transfer: tuple[Variant, ...]
    precision: dict[str, float]


def difference(
    whole: Sequence[float], part: Sequence[float], learner: Sequence[float]
) -> Difference:
    """Return mean loss over worlds and its noise: NOISES standard errors over worlds and learners.

    With one world only, the noise is that of its learners.
    """
    losses = [one - other for one, other in zip(whole, part, strict=True)]
    within = fmean(learner) * math.sqrt(2.0 / len(losses))
    between = stdev(losses) / math.sqrt(len(losses)) if len(losses) > 1 else 0.0
    return Difference(fmean(losses), NOISES * max(within, between))


def run_study(options: StudyOptions, work: Path, steps: Steps) -> Study:
    """Make every world below `work`, learn and judge; nothing is chosen on what judges.

    Each seed is one world, the same world with each mechanism off, and its shifted neighbours.
    """
    bench = _Bench(options, work, load_reference(), steps)
    for at, seed in enumerate(options.worlds, 1):
        steps.say(f"World {at} of {len(options.worlds)}")
        bench.play(seed)
    return bench.study()


class _Bench:
    """Makes and judges worlds one after another, and keeps the scores."""

    def __init__(
        self, options: StudyOptions, work: Path, reference: ReferencePack, steps: Steps
    ) -> None:
        self.options, self.work = options, work
        self.reference, self.steps = reference, steps
        self.default = Variant.of(None, None, [each.name for each in options.column_sets])
        self.off = [
            Variant.of(each.mechanism, None, [FULL, each.column_set]) for each in options.relations
        ]
        self.transfer = [Variant.of(None, each, [FULL, AT_HOME]) for each in options.shifts]
        self.tops: list[dict[str, float]] = []

    def play(self, seed: int) -> None:
        """Judge the world of a seed in all its variants."""
        plan = self.options.plan(seed)
        default = self._read(plan)
        judged = self._judge(default, default, seed)
        self._score(judged, self.options.column_sets, self.default)
        self.tops.append(self._top(judged, plan))
        for relation, variant in zip(self.options.relations, self.off, strict=True):
            found = self._read(self.options.plan(seed, off=relation.mechanism))
            sets = [EVERYTHING, named(relation.column_set)]
            self._score(self._judge(found, found, seed), sets, variant)
        for variant in self.transfer:
            shifted = self._read(self.options.plan(seed + SHIFTED_SEEDS, shift=variant.shift))
            self._score(self._judge(default, shifted, seed), [EVERYTHING], variant)
            home = [ColumnSet(AT_HOME, EVERYTHING.without)]
            self._score(self._judge(shifted, shifted, seed), home, variant)

    def study(self) -> Study:
        """Return all that was measured so far."""
        precision = {name: fmean(each[name] for each in self.tops) for name in self.tops[0]}
        return Study(self.options, self.default, tuple(self.off), tuple(self.transfer), precision)

    def _read(self, plan: Plan) -> Read:
        folder = self.work / "world"
        write_world(make_world(plan), folder)
        return read_world(folder, self.options.cut, self.reference, self.steps)

    def _judge(self, taught: Read, held: Read, seed: int) -> Judged:
        return judge(taught, held, self.reference, seed, self.steps)

    def _score(self, judged: Judged, sets: Sequence[ColumnSet], variant: Variant) -> None:
        for each in self.steps.track(sets, "Fit column sets"):
            found = [figures(judged, fit(judged, each, one)) for one in self.options.learners]
            variant.scores[each.name].add(found)

    def _top(self, judged: Judged, plan: Plan) -> dict[str, float]:
        raw = fit(judged, EVERYTHING, self.options.learners[0])
        count = max(1, len(raw) * TOP_PERCENT // 100)
        best = np.argsort(-raw, kind="stable")[:count]
        share = float(judged.held.labels[best].mean())
        return {"precision": share, "restated": restated(share, plan)}


def fit(judged: Judged, columns: ColumnSet, learner: int) -> Floats:
    """Return raw scores (n,) of the held lines by a model on some columns."""
    candidate = Candidate(columns.name, columns.without, rounds=(ROUNDS,))
    return try_candidate(judged.train, judged.held, candidate, learner).raw


def figures(judged: Judged, raw: Floats) -> dict[str, float]:
    """Return AP on the truth by slice, and on observed outcomes."""
    labels = judged.held.labels
    found = {
        name: average_precision(labels[chosen], raw[chosen])
        for name, chosen in ((name, judged.slices[name]) for name in SLICES)
    }
    found[OBSERVED] = average_precision(judged.outcomes, raw[judged.observed])
    return found


def best_single(variant: Variant) -> tuple[str, Difference]:
    """Return the best single group on all lines, and how much the full model has over it."""
    means = {each.name: fmean(variant.scores[each.name].by_slice[ALL_LINES]) for each in ONLY}
    name = max(means, key=lambda each: means[each])
    return name, variant.lost(name, ALL_LINES)
