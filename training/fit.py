"""The booster: candidates tried on held-out rows, one thread, the same bytes from the same data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from app.core.features import MONOTONE
from training.bootstrap import interval, week_samples
from training.metrics import average_precision
from training.progress import Steps
from training.recipe import Candidate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """Encoded lines: `rows` (n, f) with column `names` (f,), `labels`, `weights`, `weeks` (n,)."""

    names: tuple[str, ...]
    rows: Floats
    labels: Floats
    weights: Floats
    weeks: Ints

    def columns(self, names: Sequence[str]) -> Floats:
        """Return some columns, contiguous, in the order of `names`."""
        places = {name: place for place, name in enumerate(self.names)}
        return np.ascontiguousarray(self.rows[:, [places[name] for name in names]])


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate fitted: its columns, rounds, model text and held-out raw scores (n,)."""

    candidate: Candidate
    names: tuple[str, ...]
    rounds: int
    average_precision: float
    model_text: str
    raw: Floats
    importance: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """The trial that was chosen, all that were tried, and why."""

    chosen: Trial
    trials: tuple[Trial, ...]
    reason: str


def choose(
    train: Table, held_out: Table, candidates: Sequence[Candidate], seed: int, steps: Steps
) -> Choice:
    """Return the default candidate, or the best where it beats it beyond the noise of weeks.

    The noise is a 90 % interval of the difference in average precision, whole filing weeks
    resampled. Held-out rows choose; they never enter a fit.
    """
    trials = [
        try_candidate(train, held_out, each, seed)
        for each in steps.track(list(candidates), "Fit candidates")
    ]
    default, best = trials[0], max(trials, key=lambda trial: trial.average_precision)
    if best is default:
        return Choice(default, tuple(trials), "the default is the best")
    low, high = difference(best.raw, default.raw, held_out, seed)
    said = f"{best.candidate.name} against the default: AP difference {low:+.4f} to {high:+.4f}"
    if low > 0:
        return Choice(best, tuple(trials), said)
    return Choice(default, tuple(trials), f"{said}, within noise: the default is kept")


def difference(one: Floats, other: Floats, held_out: Table, seed: int) -> tuple[float, float]:
    """Return the interval of the paired difference in average precision of two scores (n,)."""
    labels = held_out.labels

    def gap(rows: Ints) -> float:
        return average_precision(labels[rows], one[rows]) - average_precision(
            labels[rows], other[rows]
        )

    return interval(week_samples(held_out.weeks, seed), gap)


def try_candidate(train: Table, held_out: Table, candidate: Candidate, seed: int) -> Trial:
    """Fit one candidate; its number of rounds is the one with the best held-out AP."""
    names = tuple(name for name in train.names if candidate.keeps(name))
    booster = fit_booster(train, names, candidate, seed)
    rows = held_out.columns(names)
    scored = {
        rounds: booster.predict(rows, raw_score=True, num_iteration=rounds, num_threads=1)
        for rounds in candidate.rounds
    }
    found = {
        rounds: average_precision(held_out.labels, np.asarray(raw))
        for rounds, raw in scored.items()
    }
    rounds = max(found, key=lambda each: (found[each], -each))
    gains = booster.feature_importance("gain", iteration=rounds)
    return Trial(
        candidate=candidate,
        names=names,
        rounds=rounds,
        average_precision=found[rounds],
        model_text=booster.model_to_string(num_iteration=rounds),
        raw=np.asarray(scored[rounds], dtype=np.float64),
        importance=dict(zip(names, (float(gain) for gain in gains), strict=True)),
    )


def fit_booster(
    train: Table, names: Sequence[str], candidate: Candidate, seed: int
) -> lightgbm.Booster:
    """Return a booster on the columns `names` of the training rows, in the law's directions."""
    data = lightgbm.Dataset(
        train.columns(names),
        label=train.labels,
        weight=train.weights,
        feature_name=[f"f{place}" for place in range(len(names))],
        params={"verbosity": -1, "max_bin": 255},
        free_raw_data=True,
    )
    parameters = candidate.parameters(seed) | {
        "monotone_constraints": [MONOTONE.get(name, 0) for name in names],
        "monotone_constraints_method": "advanced",
    }
    return lightgbm.train(parameters, data, max(candidate.rounds))
