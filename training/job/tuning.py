"""Tuning within limits: what is found must beat the choice beyond the noise of weeks and seeds.

Trials are drawn with the run's seed, so that their number decides what is found; the time is an
upper bound, and a run that meets it says so, for another machine may then find something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np
import optuna

from training.fit import Choice, Table, Trial, difference, try_candidate
from training.progress import Steps
from training.recipe import Candidate

SEEDS = 3  # of each of the two models, for the noise of seeds
SIGMAS = 2.0
ROUNDS = (50, 100, 150, 200)


@dataclass(frozen=True, slots=True)
class Tuned:
    """The choice after tuning, and what is said of it."""

    choice: Choice
    said: Mapping[str, Any]


def tune(  # noqa: PLR0913, PLR0917 - the tables, the choice so far, and its limits
    train: Table,
    held_out: Table,
    choice: Choice,
    seed: int,
    trials: int,
    seconds: int,
    steps: Steps,
) -> Tuned:
    """Return the choice, or the best of `trials` other settings where it is truly better.

    Truly: the lower 90 % bound of the gain over filing weeks is above zero, and the mean gain over
    seeds is above SIGMAS times the seeds' own spread. Columns are those of the choice.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=8)
    )
    found: dict[int, Trial] = {}
    started = monotonic()
    done = 0
    for _ in steps.track(range(trials), "Tune"):
        if monotonic() - started > seconds:
            break
        asked = study.ask()
        candidate = _drawn(asked, choice.chosen.candidate)
        tried = try_candidate(train, held_out, candidate, seed)
        found[asked.number] = replace(tried, candidate=candidate)
        study.tell(asked, tried.average_precision)
        done += 1
    said: dict[str, Any] = {"trials": done, "asked": trials, "cut_by_time": done < trials}
    if not found:
        return Tuned(choice, {**said, "reason": "no trial was made in time"})
    best = found[study.best_trial.number]
    low, high = difference(best.raw, choice.chosen.raw, held_out, seed)
    gain, spread = seed_noise(train, held_out, best.candidate, choice.chosen.candidate, seed)
    is_better = low > 0 and gain > SIGMAS * spread
    said |= {"best": best.average_precision, "settings": dict(best.candidate.settings)}
    reason = (
        f"tuned against {choice.chosen.candidate.name}: AP difference {low:+.4f} to {high:+.4f} "
        f"over weeks, {gain:+.4f} over seeds with a spread of {spread:.4f}: "
        f"{'taken' if is_better else 'within noise, not taken'}"
    )
    if not is_better:
        return Tuned(choice, {**said, "reason": reason})
    return Tuned(Choice(best, (*choice.trials, best), reason), {**said, "reason": reason})


def _drawn(trial: optuna.Trial, chosen: Candidate) -> Candidate:
    """Return settings that keep exact reasons cheap: few leaves, shallow."""
    settings = {
        "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.2, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 31),
        "max_depth": trial.suggest_int("max_depth", 3, 6),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 200, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.01, 30.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.4, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
    }
    return Candidate("tuned", chosen.without, {**chosen.settings, **settings}, ROUNDS)


def seed_noise(
    train: Table, held_out: Table, one: Candidate, other: Candidate, seed: int
) -> tuple[float, float]:
    """Return the mean gain of `one` over `other` across seeds, and how far seeds move it alone."""
    scores = np.array(
        [
            [
                try_candidate(train, held_out, each, seed + more).average_precision
                for more in range(1, SEEDS + 1)
            ]
            for each in (one, other)
        ]
    )
    spread = float(np.sqrt(scores.var(axis=1, ddof=1).mean()))
    return float(scores[0].mean() - scores[1].mean()), spread
