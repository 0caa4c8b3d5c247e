"""One HTML page of a run: gates, blocks, figures with intervals, charts, and what was held back."""

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from training import plots
from training.files import write_atomically
from training.job import charts
from training.job.artefacts import read_json
from training.job.features import encoded
from training.job.fitting import fitted
from training.job.job import Job
from training.job.judging import GATES, POLICY, candidate_of, champion_of
from training.job.judging import NOTE as EVALUATION
from training.job.mature import NOTE as MATURITY
from training.job.trigger import NOTE as TRIGGER
from training.job.validate import NOTE as VALIDATION
from training.report import FIGURES, PARTS, shown

PAGE = "report.html"
TEMPLATE = Path(__file__).parent / PAGE
_PARTS = {**PARTS, "new_party": "suppliers never seen", "drawn": "drawn by chance"}


def write_report(job: Job, path: Path, verdict: str, reasons: tuple[str, ...] = ()) -> None:
    """Write the page of a run that came as far as its gates; everything it shows lies in it."""
    evaluation = job.read("evaluate", EVALUATION)
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["figure"] = shown
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    images = {name: base64.b64encode(data).decode("ascii") for name, data in _charts(job).items()}
    page = template.render(
        as_of=job.as_of.isoformat(),
        verdict=verdict,
        reasons=reasons,
        evaluation=evaluation,
        gates=read_json(job.path("gates", GATES)),
        trigger=job.read("trigger", TRIGGER),
        maturity=job.read("mature", MATURITY),
        validation=job.read("validate", VALIDATION),
        charts=images,
        figures=FIGURES,
        parts=_PARTS,
    )
    write_atomically(path, page)


def _charts(job: Job) -> dict[str, bytes]:
    found = encoded(job)
    evaluation: dict[str, Any] = job.read("evaluate", EVALUATION)
    review_at = int(job.read("evaluate", POLICY)["review_at"])
    candidate = candidate_of(job, found, fitted(job), review_at)
    champion = champion_of(job, found)
    budget, seed = job.config.policy.review_share, job.config.train.seed
    drift = job.read("validate", VALIDATION)["drift"]
    return {
        "Gain": charts.gain(candidate, champion, budget),
        "Precision and recall": charts.precision_recall(candidate.found, seed),
        "Calibration": plots.calibration(evaluation["calibration"]),
        "Scores": plots.score_histogram(candidate.found),
        "By filing week": plots.by_week(candidate.found),
        "What the trees gain by": plots.importance(evaluation["importance"]),
        **({"Drift": charts.drift(drift, job.config.validation.psi)} if drift else {}),
    }
