"""The answer of POST /v1/score as it is sent, stored and replayed: bytes, built once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from app.core.entry import EntryNumber
from app.core.policy import Draw
from app.core.resubmitted import MaterialChange
from app.core.screening import Hit
from app.services.assessed import Assessment, Explain, LineAssessment
from app.services.models import Serving
from app.services.timekeeping import ClockSkew


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An assessment with all that makes it a decision."""

    assessment: Assessment
    decision_id: str
    scored_at: datetime
    explain: Explain
    draw: Draw
    exploration_key_id: str
    supersedes: str | None
    serving: Serving
    clock_skew: ClockSkew | None = None


def moment_text(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC with milliseconds: 2026-11-24T02:31:07.412Z."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def answer_bytes(decided: Decided) -> bytes:
    """Return the answer's bytes; field order is that of docs/api.md, NaN is null."""
    return orjson.dumps(answer_document(decided))


def answer_document(decided: Decided) -> dict[str, Any]:
    """Return the answer as a document; what is not computed is left out, never guessed."""
    assessment = decided.assessment
    entry, worst = assessment.submission.entry, assessment.worst
    bundle, policy = decided.serving.bundle, decided.serving.policy
    reference = decided.serving.reference
    number = entry.entry_number
    return {
        "decision_id": decided.decision_id,
        "entry_number": number.printed if isinstance(number, EntryNumber) else number,
        "revision": entry.revision,
        "scored_at": moment_text(decided.scored_at),
        "score": worst.score,
        "probability": worst.probability,
        "band": assessment.band.value,
        "supersedes": decided.supersedes,
        "history_seq": assessment.history_seq,
        "lines": [_line(each, decided) for each in assessment.lines],
        "resubmission": change_document(assessment.resubmission),
        "screening": [hit_document(each) for each in assessment.hits],
        "preflight": [
            {
                "code": each.code,
                "severity": str(each.severity),
                "path": each.path,
                "text": each.text,
            }
            for each in assessment.findings
        ],
        "unknowns": list(assessment.unknowns),
        "exploration": decided.draw.drawn,
        "degraded": bool(assessment.degraded_groups),
        "degraded_groups": list(assessment.degraded_groups),
        "model": {"version": bundle.version, "digest": bundle.digest},
        "policy": {"version": policy.version, "source": policy.source},
        "reference": {"version": reference.version, "digest": reference.digest},
    }


def change_document(change: MaterialChange | None) -> dict[str, Any] | None:
    """Return which decision on the same goods is held against an entry, and what was changed."""
    if change is None:
        return None
    changed = [each.value for each in change.changed]
    return {"of": change.of, "changed": changed, "band": change.band.value}


def _line(line: LineAssessment, decided: Decided) -> dict[str, Any]:
    document: dict[str, Any] = {
        "line_number": line.line.line_number,
        "score": line.score,
        "probability": line.probability,
        "band": line.verdict.band.value,
        "floors": [each.kind.value for each in line.verdict.floors],
    }
    explanation = line.explanation
    if explanation is None:
        return document
    document["reasons"] = [
        {
            "code": each.code,
            "text": each.text,
            "group": each.group,
            "regime": each.regime,
            "contribution": each.contribution,
            "source": each.source,
            "kind": each.kind.value,
        }
        for each in explanation.reasons
    ]
    if decided.explain is Explain.FULL:
        names = decided.serving.bundle.schema.names
        document["raw_score"] = line.raw_score
        document["base_value"] = explanation.contributions[-1]
        document["contributions"] = [
            {"feature": name, "value": value, "contribution": contribution}
            for name, value, contribution in zip(
                names, line.row.tolist(), explanation.contributions[:-1], strict=True
            )
        ]
    return document


def hit_document(hit: Hit) -> dict[str, Any]:
    """Return one hit as it is shown."""
    return {
        "line_number": hit.line_number,
        "role": hit.role,
        "list": hit.list,
        "entity": hit.entity,
        "entity_id": hit.entity_id,
        "regime": hit.regime,
        "match": hit.match,
        "effective_from": None if hit.effective_from is None else hit.effective_from.isoformat(),
        "why": hit.why,
        "strength": hit.strength.value,
        "effective_to": None if hit.effective_to is None else hit.effective_to.isoformat(),
        "order": hit.order,
        "how": list(hit.how),
    }
