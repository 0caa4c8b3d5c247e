"""What the use cases of policies need from outside; adapters satisfy these by shape."""

from datetime import datetime
from typing import Protocol

from app.core.governance import Against, Direction, EvaluationDocument, PolicyDocument, State
from app.core.governance.records import (
    Activation,
    Base,
    Change,
    Plan,
    PolicyVersion,
    StoredEvaluation,
)
from app.core.people import Person


class InService(Protocol):
    """What serves now: what evaluations are held against, and the baseline under all policies."""

    def against(self) -> Against:
        """Return the digests of model, features and lists; ModelUnavailable without a model."""
        ...

    def baseline(self) -> PolicyDocument:
        """Return the bundle's own policy; ModelUnavailable without a model."""
        ...


class PolicyStore(Protocol):
    """Where policies are kept; every method blocks, and every change is told to the audit.

    What is not the tenant's raises NotFound; what came too late ChangeInFlight; what the rules do
    not allow is refused by the store itself.
    """

    def person(self, tenant: str, user_id: str) -> Person:
        """Return someone of the tenant."""
        ...

    def add(
        self, tenant: str, document: PolicyDocument, *, author: str, reason: str
    ) -> PolicyVersion:
        """Keep a policy as the next version; the same document again is the version it has."""
        ...

    def evaluate(
        self, tenant: str, version: int, document: EvaluationDocument, *, by: str
    ) -> StoredEvaluation:
        """Keep an evaluation of a version."""
        ...

    def submit(  # noqa: PLR0913 - what a change is, by name
        self,
        policy: PolicyVersion,
        evaluation: StoredEvaluation,
        base: Base,
        direction: Direction,
        *,
        by: str,
        reason: str,
        is_emergency: bool = False,
    ) -> Change:
        """Ask that a version goes live in place of `base`."""
        ...

    def approve(self, change: Change, *, by: str, reason: str) -> Change:
        """Add one person's word."""
        ...

    def move_on(
        self, change: Change, to: State, *, by: str, reason: str, plan: Plan | None = None
    ) -> Change:
        """Reject, schedule, or end a change that is not live."""
        ...

    def activate(self, change: Change, *, by: str, reason: str) -> Activation:
        """Put a change live as a whole."""
        ...

    def activate_at_once(self, change: Change, *, by: str, reason: str) -> Activation:
        """Put an emergency tightening live for 24 hours."""
        ...

    def begin_canary(self, change: Change, plan: Plan, *, by: str, reason: str) -> Activation:
        """Put a change live on a part of the entries."""
        ...

    def revert(self, tenant: str, expected: int, *, by: str, reason: str) -> Activation:
        """End a canary, else go one step back."""
        ...

    def lapse(self, tenant: str, expected: int, *, by: str, reason: str) -> Activation:
        """End an emergency that nobody approved."""
        ...

    def policy(self, tenant: str, version: int) -> PolicyVersion:
        """Return a version."""
        ...

    def evaluation(self, tenant: str, evaluation_id: str) -> StoredEvaluation:
        """Return an evaluation."""
        ...

    def change(self, tenant: str, change_id: str) -> Change:
        """Return a change as it stands."""
        ...

    def changes(
        self, tenant: str | None = None, *, states: frozenset[State] | None = None, limit: int = 200
    ) -> list[Change]:
        """Return changes, newest first, of one tenant or all."""
        ...

    def live(self, tenant: str, at: datetime | None = None) -> Activation | None:
        """Return what is live, or was; None: the baseline."""
        ...

    def activations(self, tenant: str, *, since: datetime) -> list[Activation]:
        """Return a tenant's activations from a moment on, oldest first."""
        ...

    def all_live(self) -> list[Activation]:
        """Return what is live of every tenant for which anything ever went live."""
        ...
