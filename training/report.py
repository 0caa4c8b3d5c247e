"""The report of a run: one HTML file a person can read, with charts inside, and its figures."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from training import plots
from training.files import write_atomically
from training.fit import Choice
from training.scored import Scored

TEMPLATE = Path(__file__).parent / "report.html"
PARTS = {
    "seen_lane": "lanes seen",
    "unseen_lane": "lanes never seen",
    "no_near_duplicate": "no near-duplicate",
}
FIGURES = {
    "n": "lines",
    "positives": "positives",
    "ap": "average precision",
    "auroc": "AUROC",
    "p_at_1": "precision in the top 1 %",
    "p_at_2": "precision in the top 2 %",
    "p_at_5": "precision in the top 5 %",
    "p_at_10": "precision in the top 10 %",
    "r_at_1": "recall in the top 1 %",
    "r_at_2": "recall in the top 2 %",
    "r_at_5": "recall in the top 5 %",
    "r_at_10": "recall in the top 10 %",
    "rev_at_1": "value recall in the top 1 %",
    "rev_at_2": "value recall in the top 2 %",
    "rev_at_5": "value recall in the top 5 %",
    "rev_at_10": "value recall in the top 10 %",
    "log_loss": "log loss",
    "brier": "Brier score",
    "brier_skill": "Brier skill",
    "ece": "expected calibration error",
    "observed_over_expected": "observed over expected",
}


def write_report(
    directory: Path,
    evaluation: Mapping[str, Any],
    choice: Choice,
    found: Scored,
    version: str,
) -> Path:
    """Write report.html and evaluation.json into `directory`; return the path of the page."""
    charts = {
        "Precision and recall": plots.precision_recall(found),
        "Calibration": plots.calibration(evaluation["calibration"]),
        "Scores": plots.score_histogram(found),
        "By filing week": plots.by_week(found),
        "What the trees gain by": plots.importance(choice.chosen.importance),
    }
    page = render(evaluation, charts, version)
    write_atomically(directory / "evaluation.json", json.dumps(evaluation, indent=1) + "\n")
    write_atomically(directory / "report.html", page)
    return directory / "report.html"


def render(evaluation: Mapping[str, Any], charts: Mapping[str, bytes], version: str) -> str:
    """Return the page as HTML; everything it shows lies in it."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["figure"] = shown
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    images = {name: base64.b64encode(data).decode("ascii") for name, data in charts.items()}
    return template.render(
        evaluation=evaluation, charts=images, version=version, figures=FIGURES, parts=PARTS
    )


def shown(value: object) -> str:
    """Return a figure as people read it; "not defined" for none."""
    if value is None:
        return "not defined"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) >= 1e-3 or value == 0 else f"{value:.2e}"
    return f"{value:,}" if isinstance(value, int) else str(value)
