"""Guardrails of specs/thresholds.md section 5: hard ones hold for ever, soft ones want a reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.errors import FieldProblem
from app.core.governance.direction import Direction
from app.core.governance.document import PolicyDocument
from app.core.governance.summary import MEASURED, NOT_ESTIMABLE, Against, Summary
from app.core.policy import Band

EVALUATION_LIFETIME = timedelta(days=7)
STEP_WINDOW = timedelta(days=7)
MIN_DAYS, MIN_LABELS = 28, 200
LARGEST_STEP, LARGEST_STEP_A_WEEK, STEP_WITHOUT_DATA = 0.20, 0.40, 0.02
LARGEST_BURDEN = 1.5
LISTS_GROUP = "lists"
_SLACK = 1e-9  # a step of exactly a fifth is no more than a fifth


@dataclass(frozen=True, slots=True)
class Floors:
    """What a tenant wants at least of the lower ends of recall and precision; None: nothing."""

    recall: float | None = None
    precision: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is judged: a policy, its evaluation, and how things are now.

    `steps` are the changes in alerts of the last 7 days, as shares, either way.
    """

    document: PolicyDocument
    direction: Direction
    summary: Summary
    evaluated_at: datetime
    against: Against
    current: Against
    now: datetime
    steps: Sequence[float] = ()


def is_stale(proposal: Proposal) -> bool:
    """Say whether the evaluation is 7 days old, or of another model, features or lists."""
    is_old = proposal.now - proposal.evaluated_at >= EVALUATION_LIFETIME
    return is_old or proposal.against != proposal.current


def hard_failures(proposal: Proposal) -> tuple[FieldProblem, ...]:
    """Return every hard guardrail that fails, each by its code; empty: none."""
    return tuple(FieldProblem("", code, message) for code, message in _hard(proposal))


def _hard(proposal: Proposal) -> Iterator[tuple[str, str]]:
    summary, document = proposal.summary, proposal.document
    if summary.listed_below_hold:
        count = summary.listed_below_hold
        yield "listed_below_hold", f"found {count} entries with exact list hits below hold"
    lists = document.degraded.get(LISTS_GROUP, document.degraded_default)
    if lists is Band.RELEASE:
        yield "released_without_lists", "found release while lists are missing"
    if summary.known_bad_missed:
        yield "known_bad_missed", f"found {summary.known_bad_missed} known-bad cases released"
    if any(each.review_at > each.hold_at for each in (document.cuts, *document.overrides.values())):
        yield "cut_points_out_of_order", "found review_at above hold_at"
    if is_stale(proposal):
        yield "evaluation_out_of_date", "wanted one of the last 7 days, of what serves now"
    if summary.is_model_canary_running:
        yield "model_canary_runs", "a model canary runs: wait for its end"
    yield from _steps(summary, proposal.steps)


def _steps(summary: Summary, before: Sequence[float]) -> Iterator[tuple[str, str]]:
    step = abs(summary.step)
    if step > LARGEST_STEP + _SLACK:
        yield "step_too_large", f"found {step:.1%} of alerts, wanted at most {LARGEST_STEP:.0%}"
    week = step + sum(abs(each) for each in before)
    if week > LARGEST_STEP_A_WEEK + _SLACK:
        wanted = f"wanted at most {LARGEST_STEP_A_WEEK:.0%}"
        yield "steps_of_a_week_too_large", f"found {week:.1%} of alerts in 7 days, {wanted}"
    has_data = summary.days_of_data >= MIN_DAYS and summary.matured_labels >= MIN_LABELS
    if not has_data and step > STEP_WITHOUT_DATA + _SLACK:
        found = f"found {summary.days_of_data} days and {summary.matured_labels} matured labels"
        wanted = f"below {MIN_DAYS} and {MIN_LABELS} a change is limited to 2 % of alerts"
        yield "too_few_data", f"{found}; {wanted}"


def soft_failures(proposal: Proposal, floors: Floors) -> tuple[FieldProblem, ...]:
    """Return every soft guardrail that fails; each wants a written reason, none stops a change."""
    return tuple(FieldProblem("", code, message) for code, message in _soft(proposal, floors))


def _soft(proposal: Proposal, floors: Floors) -> Iterator[tuple[str, str]]:
    summary = proposal.summary
    if summary.utilisation is not None and summary.utilisation > 1:
        yield "over_capacity", f"found a utilisation of {summary.utilisation:.0%}"
    if floors.recall is not None:
        is_proof = summary.recall_status == MEASURED and summary.recall_low is not None
        if not is_proof or (summary.recall_low or 0.0) < floors.recall:
            yield "recall_below_floor", f"wanted a measured lower bound of {floors.recall:.0%}"
    if floors.precision is not None and (summary.precision_low or 0.0) < floors.precision:
        yield "precision_below_floor", f"wanted a lower bound of {floors.precision:.0%}"
    if summary.flagged_segments:
        yield "flagged_segments", f"found {summary.flagged_segments} segments that change a lot"
    if summary.burden_ratio is not None and summary.burden_ratio > LARGEST_BURDEN:
        yield "burden", f"found a burden ratio of {summary.burden_ratio:.2f}"
    if summary.overlaps_regime_change:
        yield "regime_change", "the window overlaps a change of regime"
    loosens = proposal.direction is not Direction.TIGHTENING
    if loosens and summary.recall_status == NOT_ESTIMABLE:
        yield (
            "recall_not_estimable",
            ("We cannot observe what this releases beyond the random sample."),
        )
