"""What a decision leaves behind: the record, with evidence to show, prove and recompute it."""

from typing import Any

from app.core.canonical import canonical_json, digest
from app.core.document import Submission, submission_bytes
from app.core.history import line_history_to_json
from app.core.index_keys import index_keys_of
from app.core.policy import Band, FloorKind, Policy
from app.core.records import DecisionRecord
from app.core.reference import ReferencePack
from app.services.answer import Decided, change_document
from app.services.assessed import LineAssessment
from app.services.timekeeping import ClockSkew

EXAMINED_BY_MODEL = "model"
EXAMINED_BY_EXPLORATION = "exploration"
NOT_EXAMINED = "none"


def policy_version_text(policy: Policy) -> str:
    """Return how a record names a policy: its source and version, as bundle:0."""
    return f"{policy.source}:{policy.version}"


def body_digest(submission: Submission) -> str:
    """Return the digest of an entry as understood: spelling and order do not change it."""
    return digest(submission_bytes(submission))


def record_of(
    decided: Decided, *, tenant: str, caller: str, reference: ReferencePack, response: bytes
) -> DecisionRecord:
    """Return the record of a decision; `caller` is the id of the key that asked."""
    assessment = decided.assessment
    entry, worst = assessment.submission.entry, assessment.worst
    bundle = decided.serving.bundle
    request = submission_bytes(assessment.submission)
    return DecisionRecord(
        decision_id=decided.decision_id,
        tenant=tenant,
        intent=assessment.submission.intent,
        entry_number=None if entry.entry_number is None else str(entry.entry_number),
        revision=entry.revision,
        body_digest=digest(request),
        scored_at=decided.scored_at,
        score=worst.score,
        probability=worst.probability,
        band=assessment.band.value,
        exploration=decided.draw.drawn,
        exploration_odds=decided.draw.odds,
        examined_because=examined_because(decided),
        history_seq=assessment.history_seq,
        degraded=bool(assessment.degraded_groups),
        model_version=bundle.version,
        model_digest=bundle.digest,
        policy_version=policy_version_text(decided.serving.policy),
        reference_digest=reference.digest,
        supersedes=decided.supersedes,
        request=request,
        evidence=canonical_json(evidence_document(decided, caller, reference)),
        response=response,
        index_keys=index_keys_of(entry, assessment.band),
    )


def examined_because(decided: Decided) -> str:
    """Return why the entry would be examined: model, screening, degraded, exploration or none."""
    verdicts = [each.verdict for each in decided.assessment.lines]
    if any(each.model_band is not Band.RELEASE for each in verdicts):
        return EXAMINED_BY_MODEL
    kinds = {floor.kind for each in verdicts for floor in each.floors}
    for kind in FloorKind:
        if kind in kinds:
            return kind.value
    return EXAMINED_BY_EXPLORATION if decided.draw.drawn else NOT_EXAMINED


def evidence_document(decided: Decided, caller: str, reference: ReferencePack) -> dict[str, Any]:
    """Return what was read and computed, exactly: rows with null for unknown, in log-odds.

    `clock_skew` is there only where the wall clock was not to be trusted.
    """
    assessment, serving = decided.assessment, decided.serving
    policy = serving.policy
    return {
        **_skew(decided.clock_skew),
        "caller": caller,
        "at": assessment.at.isoformat(),
        "explain": decided.explain.value,
        "lines": [_line(each) for each in assessment.lines],
        "screening_keys": list(assessment.screening_keys),
        "resubmission": change_document(assessment.resubmission),
        "degraded_groups": list(assessment.degraded_groups),
        "model": {"version": serving.bundle.version, "digest": serving.bundle.digest},
        "policy": {
            "version": policy.version,
            "source": policy.source,
            "review_at": policy.review_at,
            "hold_at": policy.hold_at,
            "exploration_rate": policy.exploration_rate,
        },
        "reference": {"version": reference.version, "digest": reference.digest},
        "exploration": {
            "drawn": decided.draw.drawn,
            "odds": decided.draw.odds,
            "key_id": decided.exploration_key_id,
        },
    }


def _skew(skew: ClockSkew | None) -> dict[str, Any]:
    if skew is None:
        return {}
    return {"clock_skew": {"jumped_s": skew.jumped_s, "behind_s": skew.behind_s}}


def _line(line: LineAssessment) -> dict[str, Any]:
    explanation = line.explanation
    return {
        "line_number": line.line.line_number,
        "row": line.row.tolist(),  # NaN, an unknown, is written as null
        "raw_score": line.raw_score,
        "contributions": None if explanation is None else list(explanation.contributions),
        "history": line_history_to_json(line.facts.history),
        "hits": [[each.entity_id, each.role, each.strength.value] for each in line.facts.hits],
        "model_band": line.verdict.model_band.value,
        "floors": [[each.kind.value, each.band.value] for each in line.verdict.floors],
        "findings": [
            {
                "code": each.code,
                "regime": each.regime,
                "floor": None if each.floor is None else each.floor.value,
                "text": each.text,
                "source": each.source,
            }
            for each in line.findings
        ],
    }
