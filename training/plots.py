"""Charts of one model's held-out lines, as PNG bytes."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.metrics import average_precision
from training.scored import Scored

Floats = NDArray[np.float64]

_SIZE = (6.0, 4.2)  # inches
_DPI = 110
_SHOWN = 20  # columns in the chart of importance
_WEEK_POSITIVES = 5  # positives a week needs to be a point


def drawn(figure: Figure) -> bytes:
    """Return a chart as PNG, the same bytes for the same chart."""
    figure.set_layout_engine("tight")
    file = io.BytesIO()
    FigureCanvasAgg(figure)
    # without the library's version and date the same chart is the same bytes
    figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()


def axes_of(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    """Return an empty chart with its title and the names of its axes."""
    figure = Figure(figsize=_SIZE)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, alpha=0.3)
    return figure, axes


def precision_recall(found: Scored) -> bytes:
    """Return precision against recall, all lines and those least like training."""
    figure, axes = axes_of("Precision and recall", "recall", "precision")
    for name, rows in (
        ("all lines", np.arange(len(found.labels))),
        ("lanes never seen", np.flatnonzero(found.unseen)),
        ("no near-duplicate", np.flatnonzero(~found.alike)),
    ):
        labels = found.labels[rows]
        if labels.sum():
            order = np.argsort(-found.probabilities[rows], kind="stable")
            hits = np.cumsum(labels[order])
            axes.plot(hits / labels.sum(), hits / np.arange(1, len(hits) + 1), label=name)
    axes.axhline(found.labels.mean(), color="grey", linestyle=":", label="base rate")
    axes.set_ylim(0, 1.02)
    axes.legend(loc="upper right")
    return drawn(figure)


def calibration(bins: Sequence[Mapping[str, float]]) -> bytes:
    """Return observed rate against probability, ten bins of equal count."""
    figure, axes = axes_of("Calibration", "probability", "observed rate")
    across = [each["probability"] for each in bins]
    axes.plot([0, max(across)], [0, max(across)], color="grey", linestyle=":")
    axes.plot(across, [each["rate"] for each in bins], marker="o")
    return drawn(figure)


def score_histogram(found: Scored) -> bytes:
    """Return how probabilities of positives and negatives are spread, on the log-odds scale."""
    figure, axes = axes_of("Scores", "log-odds of the probability", "lines (log)")
    odds = np.log(found.probabilities / (1 - found.probabilities))
    edges = np.linspace(odds.min(), odds.max() + 1e-9, 41)
    for name, chosen in (("negative", found.labels == 0), ("positive", found.labels > 0)):
        axes.hist(odds[chosen], bins=list(edges), alpha=0.6, label=name)
    axes.set_yscale("log")
    axes.legend()
    return drawn(figure)


def importance(gains: Mapping[str, float]) -> bytes:
    """Return the share of the trees' gain of the columns that gain most."""
    figure, axes = axes_of("What the trees gain by", "share of gain", "")
    total = sum(gains.values()) or 1.0
    top = sorted(gains.items(), key=lambda item: item[1])[-_SHOWN:]
    axes.barh([name for name, _ in top], [gain / total for _, gain in top])
    axes.tick_params(axis="y", labelsize=7)
    return drawn(figure)


def by_week(found: Scored) -> bytes:
    """Return average precision of each filing week with enough positives."""
    figure, axes = axes_of("By filing week", "week", "average precision")
    points = []
    for week in np.unique(found.weeks):
        rows = found.weeks == week
        if found.labels[rows].sum() >= _WEEK_POSITIVES:
            points.append(average_precision(found.labels[rows], found.probabilities[rows]))
    axes.plot(range(1, len(points) + 1), points, marker="o")
    axes.set_ylim(0, 1.02)
    return drawn(figure)
