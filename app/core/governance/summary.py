"""What an evaluation says in numbers: a frozen document, and the few figures that bind a change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.canonical import canonical_json, digest
from app.core.errors import FieldProblem
from app.core.governance.fields import Fields, Wrong, number, one_of, shown, truth, whole
from app.core.governance.refusals import InvalidPolicy

NOT_ESTIMABLE, PROVISIONAL, MEASURED = "not_estimable", "provisional", "measured"
MANY = 10**9
_DIGESTS = ("policy_digest", "model_digest", "feature_digest", "lists_digest", "snapshot_digest")
_SHA256 = "sha256:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of an evaluation that guardrails read.

    Alerts are entries a day at review or hold. `recall_low` and `precision_low` are the lower ends
    of 95 % intervals, None where there is none; `utilisation` and `burden_ratio` None: unknown.
    """

    alerts_per_day_current: float
    alerts_per_day_proposed: float
    positives_below_line: int
    matured_labels: int
    days_of_data: int
    listed_below_hold: int
    known_bad_missed: int
    is_model_canary_running: bool
    overlaps_regime_change: bool
    flagged_segments: int
    recall_status: str = NOT_ESTIMABLE
    recall_low: float | None = None
    precision_low: float | None = None
    utilisation: float | None = None
    burden_ratio: float | None = None

    @property
    def step(self) -> float:
        """The change in alerts as a share of the current ones; from none at all to some: 1."""
        current, proposed = self.alerts_per_day_current, self.alerts_per_day_proposed
        if current == proposed:
            return 0.0
        return 1.0 if current == 0 else (proposed - current) / current


@dataclass(frozen=True, slots=True)
class Against:
    """What an evaluation was made with, by digest."""

    model_digest: str
    feature_digest: str
    lists_digest: str


@dataclass(frozen=True, slots=True)
class EvaluationDocument:
    """A frozen what-if of one policy on one snapshot; `canonical` is its one byte string."""

    policy_digest: str
    snapshot_digest: str
    against: Against
    summary: Summary
    canonical: bytes

    @property
    def digest(self) -> str:
        """The name of exactly this evaluation."""
        return digest(self.canonical)


def read_evaluation(value: object) -> EvaluationDocument:
    """Return the evaluation in a JSON value: digests, `summary`, and `detail`, which is kept as is.

    InvalidPolicy with the JSON Pointer of each field for anything else.
    """
    problems: list[FieldProblem] = []
    fields = Fields(value, "", problems)
    fields.only((*_DIGESTS, "summary", "detail"))
    digests = {name: fields.read(name, _digest, "") for name in _DIGESTS}
    summary = _summary(
        Fields(fields.read("summary", lambda found: found, None), "/summary", problems)
    )
    if problems:
        raise InvalidPolicy("The evaluation is not one that can be stored.", problems)
    against = Against(digests["model_digest"], digests["feature_digest"], digests["lists_digest"])
    return EvaluationDocument(
        digests["policy_digest"],
        digests["snapshot_digest"],
        against,
        summary,
        canonical_json(value),
    )


def _summary(fields: Fields) -> Summary:
    fields.only(Summary.__dataclass_fields__)
    count, ratio = whole(0, MANY), number(0, 1e6)
    found: dict[str, Any] = {
        "alerts_per_day_current": fields.read("alerts_per_day_current", number(0, MANY), 0.0),
        "alerts_per_day_proposed": fields.read("alerts_per_day_proposed", number(0, MANY), 0.0),
        "is_model_canary_running": fields.read("is_model_canary_running", truth, True),
        "overlaps_regime_change": fields.read("overlaps_regime_change", truth, True),
    }
    for name in (
        "positives_below_line", "matured_labels", "days_of_data", "listed_below_hold",
        "known_bad_missed", "flagged_segments",
    ):  # fmt: skip
        found[name] = fields.read(name, count, 0)
    if fields.has("recall_status"):
        known = one_of((NOT_ESTIMABLE, PROVISIONAL, MEASURED))
        found["recall_status"] = fields.read("recall_status", known, NOT_ESTIMABLE)
    for name, kind in (
        ("recall_low", number(0, 1)), ("precision_low", number(0, 1)),
        ("utilisation", ratio), ("burden_ratio", ratio),
    ):  # fmt: skip
        if fields.has(name):
            found[name] = fields.read(name, kind, 0.0)
    return Summary(**found)


def _digest(value: object) -> str:
    is_text = isinstance(value, str) and value.startswith(_SHA256) and len(value) == 71
    if not is_text or set(str(value)[7:]) - set("0123456789abcdef"):
        raise Wrong("invalid_digest", f"found {shown(value)}, wanted sha256:<64 hex digits>")
    return str(value)


def summary_json(summary: Summary) -> Mapping[str, Any]:
    """Return a summary as JSON has it; what is unknown is absent."""
    named = {name: getattr(summary, name) for name in Summary.__dataclass_fields__}
    return {name: value for name, value in named.items() if value is not None}
