"""Policies, summaries and people for tests: each shows only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from app.core.access import Role
from app.core.governance import CutPoints, PolicyDocument, Segment
from app.core.governance.direction import Direction
from app.core.governance.document import Dimension
from app.core.governance.guardrails import Proposal
from app.core.governance.summary import Against, Summary, summary_json
from app.core.people import Person
from app.core.policy import Band

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
AGAINST = Against("sha256:" + "a" * 64, "sha256:" + "b" * 64, "sha256:" + "c" * 64)
CALM = Summary(
    alerts_per_day_current=100.0,
    alerts_per_day_proposed=110.0,
    positives_below_line=12,
    matured_labels=400,
    days_of_data=60,
    listed_below_hold=0,
    known_bad_missed=0,
    is_model_canary_running=False,
    overlaps_regime_change=False,
    flagged_segments=0,
    recall_status="measured",
    recall_low=0.4,
    precision_low=0.1,
    utilisation=0.8,
    burden_ratio=1.1,
)

VALUES = {
    Dimension.ORIGIN: ("CN", "VN"),
    Dimension.HS_CHAPTER: ("52", "61"),
    Dimension.PORT_OF_ENTRY: ("2704",),
}
CUTS = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda two: CutPoints(*sorted(two)))
SEGMENTS = st.sampled_from([Segment(at, each) for at, found in VALUES.items() for each in found])
BANDS = st.sampled_from(Band)
POLICIES = st.builds(
    PolicyDocument,
    cuts=CUTS,
    overrides=st.dictionaries(SEGMENTS, CUTS, max_size=4),
    degraded=st.dictionaries(st.sampled_from(["lists", "history"]), BANDS),
    degraded_default=BANDS,
)


def policy(review_at: int = 600, hold_at: int = 800, **more: Any) -> PolicyDocument:
    return PolicyDocument(cuts=CutPoints(review_at, hold_at), **more)


def segment(value: str = "CN", dimension: Dimension = Dimension.ORIGIN) -> Segment:
    return Segment(dimension, value)


def proposal(summary: Summary = CALM, **more: Any) -> Proposal:
    base = Proposal(
        document=policy(),
        direction=Direction.TIGHTENING,
        summary=summary,
        evaluated_at=NOW,
        against=AGAINST,
        current=AGAINST,
        now=NOW,
    )
    return replace(base, **more)


def person(user_id: str, *roles: Role, disabled_at: datetime | None = None) -> Person:
    return Person(
        user_id=user_id,
        tenant="acme",
        login=user_id.lower(),
        roles=frozenset(roles),
        created_at=NOW,
        disabled_at=disabled_at,
    )


def evaluation(document: PolicyDocument, figures: Summary = CALM, **more: Any) -> dict[str, Any]:
    """Return an evaluation of a policy as JSON."""
    return {
        "policy_digest": document.digest,
        "model_digest": AGAINST.model_digest,
        "feature_digest": AGAINST.feature_digest,
        "lists_digest": AGAINST.lists_digest,
        "snapshot_digest": "sha256:" + "d" * 64,
        "summary": dict(summary_json(figures)),
        **more,
    }
