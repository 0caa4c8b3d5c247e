"""What is kept of policies: versions, evaluations, changes with approvals, and activations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.governance.changes import State
from app.core.governance.direction import Direction
from app.core.governance.document import PolicyDocument
from app.core.governance.summary import EvaluationDocument

EMERGENCY_LASTS = timedelta(hours=24)
WHOLE = 10_000  # a canary's share is counted in ten-thousandths


class Kind(StrEnum):
    """Why something went live."""

    ACTIVATE = "activate"
    CANARY = "canary"
    END_CANARY = "end-canary"
    ROLLBACK = "rollback"
    EMERGENCY = "emergency"
    LAPSE = "lapse"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """An immutable policy of a tenant; versions count from 1, 0 is the bundle's baseline."""

    tenant: str
    version: int
    document: PolicyDocument
    author: str
    created_at: datetime

    @property
    def digest(self) -> str:
        """The name of exactly this policy."""
        return self.document.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvaluation:
    """A frozen evaluation of a version."""

    evaluation_id: str
    tenant: str
    version: int
    document: EvaluationDocument
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a change is measured against: what was live when it was submitted."""

    version: int
    document: PolicyDocument


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's word for exactly these digests, or what is left of it."""

    approver: str
    policy_digest: str
    evaluation_digest: str
    reason: str
    approved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A request to exchange what is live for a version; `events` is how often it moved on."""

    change_id: str
    tenant: str
    version: int
    policy_digest: str
    evaluation_id: str
    evaluation_digest: str
    base: Base
    direction: Direction
    is_emergency: bool
    policy_author: str
    submitted_by: str
    reason: str
    submitted_at: datetime
    state: State = State.EVALUATED
    events: int = 0
    approvals: tuple[Approval, ...] = ()
    is_carried: bool = False
    scheduled: "Plan | None" = None

    @property
    def authors(self) -> frozenset[str]:
        """Who may not approve it."""
        return frozenset({self.policy_author, self.submitted_by})

    @property
    def etag(self) -> str:
        """Another text for every state and approval."""
        return f'"{self.change_id}.{self.events}.{len(self.approvals)}"'


@dataclass(frozen=True, slots=True)
class Plan:
    """When a change goes live, and on which part of the entries first, for how many hours.

    `share` is in ten-thousandths of entries by hash; `port` is one port of entry; neither: the
    change goes live as a whole.
    """

    at: datetime
    share: int = 0
    port: str | None = None
    hours: float = 0.0

    @property
    def has_canary(self) -> bool:
        """Whether it goes live on a part first."""
        return bool(self.share or self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What was live from a moment on: a version (0: the baseline), and a canary beside it.

    `ends_at` is when a canary has run long enough, or when an emergency tightening lapses.
    """

    tenant: str
    number: int
    kind: Kind
    version: int
    policy_digest: str
    change_id: str | None
    canary_version: int | None
    canary_share: int
    canary_port: str | None
    ends_at: datetime | None
    falls_back_to: int
    actor: str
    reason: str
    at: datetime
