"""Charts that only the job draws, as PNG bytes: gain with the budget marked, intervals, drift."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.bootstrap import LEVEL, week_samples
from training.job.judged import Judged
from training.metrics import ranking, tie_keys
from training.plots import axes_of, drawn
from training.scored import Scored

_POINTS = np.linspace(0.005, 1.0, 200)  # shares of the lines
_SHOWN = 20  # columns in the chart of drift

Floats = NDArray[np.float64]


def gain(candidate: Judged, champion: Judged | None, budget: float) -> bytes:
    """Return the share of positives found by the share of lines looked at; the budget is marked."""
    figure, axes = axes_of("Gain", "share of lines looked at", "share of positives found")
    models = {"candidate": candidate, "champion": champion}
    for name, judged in models.items():
        if judged is not None:
            axes.plot(
                _POINTS, _found_by(judged.found, np.arange(len(judged.found.labels))), label=name
            )
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="by chance")
    axes.axvline(budget, color="black", linestyle="--", label=f"budget {budget:.1%}")
    axes.set_ylim(0, 1.02)
    axes.legend(loc="lower right")
    return drawn(figure)


def _found_by(found: Scored, rows: NDArray[np.int64]) -> Floats:
    labels = found.labels[rows]
    order = ranking(found.probabilities[rows], tie_keys([found.ids[at] for at in rows]))
    hits = np.cumsum(labels[order])
    places = np.maximum(1, (_POINTS * len(labels)).astype(np.int64)) - 1
    return np.asarray(hits[places] / max(1.0, labels.sum()))


def precision_recall(found: Scored, seed: int) -> bytes:
    """Return precision and recall by the share of lines, each with its interval over weeks."""
    figure, axes = axes_of("Precision and recall", "share of lines looked at", "")
    samples = week_samples(found.weeks, seed, 100)
    counts = np.maximum(1, (_POINTS * len(found.labels)).astype(np.int64))
    for name, color in (("recall", "tab:blue"), ("precision", "tab:orange")):
        curves = []
        for rows in (np.arange(len(found.labels)), *samples):
            recall = _found_by(found, rows)
            positives = found.labels[rows].sum()
            curves.append(recall if name == "recall" else recall * positives / counts)
        low, high = np.quantile(curves[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        axes.plot(_POINTS, curves[0], label=name, color=color)
        axes.fill_between(_POINTS, low, high, alpha=0.2, color=color)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.legend()
    return drawn(figure)


def drift(psi: Mapping[str, float], bar: float) -> bytes:
    """Return how far each declared column moved since the last accepted snapshot."""
    figure, axes = axes_of("Drift of declarations", "PSI, noise taken off", "")
    top = sorted(psi.items(), key=lambda item: item[1])[-_SHOWN:]
    axes.barh([name for name, _ in top], [value for _, value in top])
    axes.axvline(bar, color="black", linestyle="--")
    axes.tick_params(axis="y", labelsize=7)
    return drawn(figure)
