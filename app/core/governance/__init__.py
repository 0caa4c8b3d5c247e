"""Policies as immutable versions, and the change of one for another: pure, no clock, no store."""

from app.core.governance.changes import ENDS, TRANSITIONS, State, Step, after, checked_reason
from app.core.governance.direction import Direction, direction_of
from app.core.governance.document import (
    Capacity,
    CutPoints,
    Dimension,
    PolicyDocument,
    Segment,
    document_of,
)
from app.core.governance.guardrails import (
    Floors,
    Proposal,
    hard_failures,
    is_stale,
    soft_failures,
)
from app.core.governance.reading import read_policy
from app.core.governance.refusals import (
    ChangeInFlight,
    GuardrailFailed,
    InvalidPolicy,
    SelfApproval,
    StaleEvaluation,
    WrongState,
)
from app.core.governance.roles import Act, Approver, check_may, check_not_own, is_enough
from app.core.governance.summary import Against, EvaluationDocument, Summary, read_evaluation

__all__ = [
    "ENDS",
    "TRANSITIONS",
    "Act",
    "Against",
    "Approver",
    "Capacity",
    "ChangeInFlight",
    "CutPoints",
    "Dimension",
    "Direction",
    "EvaluationDocument",
    "Floors",
    "GuardrailFailed",
    "InvalidPolicy",
    "PolicyDocument",
    "Proposal",
    "Segment",
    "SelfApproval",
    "StaleEvaluation",
    "State",
    "Step",
    "Summary",
    "WrongState",
    "after",
    "check_may",
    "check_not_own",
    "checked_reason",
    "direction_of",
    "document_of",
    "hard_failures",
    "is_enough",
    "is_stale",
    "read_evaluation",
    "read_policy",
    "soft_failures",
]
