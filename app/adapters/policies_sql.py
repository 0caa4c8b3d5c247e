"""Policies in the control database: every change is a new row, with its audit event (blocking)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from ulid import ULID

from app.adapters.audit_sql import append
from app.adapters.control_database import unavailable
from app.adapters.policies_live import (
    begin_canary,
    confirm,
    end_canary,
    go_back,
    go_live,
    go_live_at_once,
    move,
)
from app.adapters.policies_queries import SqlPolicyReads
from app.adapters.policies_reading import (
    evaluation_of,
    find_change,
    find_evaluation,
    live_of,
    plan_text,
    policy_of,
)
from app.adapters.policies_refused import refusal_of
from app.adapters.policies_schema import (
    approvals,
    changes,
    evaluations,
    policies,
)
from app.core.audit import Action, Deed
from app.core.errors import NotFound
from app.core.governance import ChangeInFlight, Direction, EvaluationDocument, PolicyDocument, State
from app.core.governance.records import (
    Activation,
    Base,
    Change,
    Kind,
    Plan,
    PolicyVersion,
    StoredEvaluation,
)


class SqlPolicies(SqlPolicyReads):
    """Versions, evaluations, changes and activations of all tenants; what a row must not be is
    refused by the database itself (migrations/control/v0005_policies.py)."""

    def add(
        self, tenant: str, document: PolicyDocument, *, author: str, reason: str
    ) -> PolicyVersion:
        """Keep a policy as the next version; the same document again is the version it has."""
        with self._changing() as connection:
            same = select(policies).where(
                policies.c.tenant == tenant, policies.c.digest == document.digest
            )
            known = connection.execute(same).mappings().one_or_none()
            if known is not None:
                return policy_of(known)
            last = select(func.max(policies.c.version)).where(policies.c.tenant == tenant)
            made = PolicyVersion(
                tenant=tenant,
                version=1 + (connection.execute(last).scalar() or 0),
                document=document,
                author=author,
                created_at=self._control.now(),
            )
            row = {
                "tenant": tenant,
                "version": made.version,
                "digest": made.digest,
                "document": document.canonical.decode(),
                "author": author,
                "created_at": made.created_at,
            }
            connection.execute(insert(policies), row)
            details = {"after": made.digest, "reason": reason}
            self._tell(
                connection, tenant, author, Action.POLICY_WRITTEN, f"{made.version}", details
            )
        return made

    def evaluate(
        self, tenant: str, version: int, document: EvaluationDocument, *, by: str
    ) -> StoredEvaluation:
        """Keep an evaluation of a version; the same again is the one that is kept."""
        with self._changing() as connection:
            same = select(evaluations).where(
                evaluations.c.tenant == tenant, evaluations.c.digest == document.digest
            )
            known = connection.execute(same).mappings().one_or_none()
            if known is not None:
                return evaluation_of(known)
            row = {
                "evaluation_id": str(ULID()),
                "tenant": tenant,
                "version": version,
                "policy_digest": document.policy_digest,
                "digest": document.digest,
                "document": document.canonical.decode(),
                "made_by": by,
                "made_at": self._control.now(),
            }
            connection.execute(insert(evaluations), row)
            subject = str(row["evaluation_id"])
            details = {"version": f"{version}", "after": document.digest}
            self._tell(connection, tenant, by, Action.POLICY_EVALUATED, subject, details)
            return find_evaluation(connection, tenant, subject)

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
        """Ask that a version goes live in place of `base`, which is live now."""
        tenant, now = policy.tenant, self._control.now()
        row = {
            "change_id": str(ULID.from_datetime(now)),
            "tenant": tenant,
            "version": policy.version,
            "policy_digest": policy.digest,
            "evaluation_id": evaluation.evaluation_id,
            "evaluation_digest": evaluation.document.digest,
            "base_version": base.version,
            "base_digest": base.document.digest,
            "base_document": base.document.canonical.decode(),
            "direction": str(direction),
            "is_emergency": int(is_emergency),
            "policy_author": policy.author,
            "submitted_by": by,
            "reason": reason,
            "submitted_at": now,
        }
        with self._changing() as connection:
            connection.execute(insert(changes), row)
            change = find_change(connection, tenant, str(row["change_id"]))
            move(connection, change, State.SUBMITTED, by, reason, now)
            details = {"before": base.document.digest, "after": policy.digest, "reason": reason}
            details |= {"evaluation": evaluation.evaluation_id, "direction": str(direction)}
            self._tell(connection, tenant, by, Action.CHANGE_SUBMITTED, change.change_id, details)
            return find_change(connection, tenant, change.change_id)

    def approve(self, change: Change, *, by: str, reason: str) -> Change:
        """Add one person's word; the last that is wanted makes the change `approved`.

        An emergency that is live already stays live for good by it.
        """
        tenant, now = change.tenant, self._control.now()
        row = {
            "change_id": change.change_id,
            "approver": by,
            "policy_digest": change.policy_digest,
            "evaluation_digest": change.evaluation_digest,
            "reason": reason,
            "approved_at": now,
        }
        with self._moving(change) as connection:
            connection.execute(insert(approvals), row)
            details = {"after": change.policy_digest, "reason": reason}
            details["evaluation"] = change.evaluation_digest
            self._tell(connection, tenant, by, Action.CHANGE_APPROVED, change.change_id, details)
            found = find_change(connection, tenant, change.change_id)
            if found.is_carried and found.state is State.SUBMITTED:
                move(connection, found, State.APPROVED, by, reason, now)
            elif found.is_carried:
                made = confirm(connection, found, by, reason, now)
                self._tell_live(connection, made, found)
            return find_change(connection, tenant, change.change_id)

    def move_on(
        self, change: Change, to: State, *, by: str, reason: str, plan: Plan | None = None
    ) -> Change:
        """Reject, schedule (with a plan), or end a change that is not live."""
        with self._moving(change) as connection:
            details = "{}" if plan is None else plan_text(plan)
            move(connection, change, to, by, reason, self._control.now(), details)
            told = {"before": str(change.state), "after": str(to), "reason": reason}
            subject = change.change_id
            self._tell(connection, change.tenant, by, Action.CHANGE_MOVED, subject, told)
            return find_change(connection, change.tenant, change.change_id)

    def activate(self, change: Change, *, by: str, reason: str) -> Activation:
        """Put a change live as a whole: what was live is superseded in the same transaction."""
        with self._moving(change) as connection:
            made = go_live(connection, change, by, reason, self._control.now())
            self._tell_live(connection, made, change)
        return made

    def activate_at_once(self, change: Change, *, by: str, reason: str) -> Activation:
        """Put an emergency tightening live for 24 hours."""
        with self._moving(change) as connection:
            made = go_live_at_once(connection, change, by, reason, self._control.now())
            self._tell_live(connection, made, change)
        return made

    def begin_canary(self, change: Change, plan: Plan, *, by: str, reason: str) -> Activation:
        """Put a change live on a part of the entries."""
        with self._moving(change) as connection:
            made = begin_canary(connection, change, plan, by, reason, self._control.now())
            self._tell_live(connection, made, change)
        return made

    def revert(self, tenant: str, expected: int, *, by: str, reason: str) -> Activation:
        """End a canary, else go one step back to what was live before; a new record either way.

        ChangeInFlight where activation `expected` is not what is live; NotFound where the baseline
        is.
        """
        return self._back(tenant, expected, Kind.ROLLBACK, by, reason)

    def lapse(self, tenant: str, expected: int, *, by: str, reason: str) -> Activation:
        """End an emergency that nobody approved."""
        return self._back(tenant, expected, Kind.LAPSE, by, reason)

    def _back(self, tenant: str, expected: int, kind: Kind, by: str, reason: str) -> Activation:
        with self._changing() as connection:
            live = live_of(connection, tenant)
            if live is None:
                raise NotFound("The bundle's baseline is live: there is no way back.")
            if live.number != expected:
                raise ChangeInFlight("Another policy is live by now; read it again.")
            now = self._control.now()
            if live.kind is Kind.CANARY:
                made = end_canary(connection, live, by, reason, now)
            else:
                made = go_back(connection, live, kind, by, reason, now)
            self._tell_live(connection, made, None, live.policy_digest)
        return made

    def _tell_live(
        self,
        connection: Connection,
        made: Activation,
        change: Change | None,
        before: str | None = None,
    ) -> None:
        details = {
            "kind": str(made.kind),
            "before": (change.base.document.digest if change else before) or "baseline",
            "after": made.policy_digest or "baseline",
            "reason": made.reason,
        }
        if change is not None:
            details |= {
                "change": change.change_id,
                "evaluation": change.evaluation_id,
                "approvals": " ".join(each.approver for each in change.approvals),
            }
        subject = f"{made.number}"
        self._tell(connection, made.tenant, made.actor, Action.POLICY_ACTIVATED, subject, details)

    def _tell(  # noqa: PLR0913, PLR0917 - the deed's parts
        self,
        connection: Connection,
        tenant: str,
        actor: str,
        action: Action,
        subject: str,
        details: Mapping[str, str],
    ) -> None:
        who = actor if ":" in actor or not actor.strip() else f"user:{actor}"
        deed = Deed(tenant=tenant, actor=who, action=action, subject=subject, details=details)
        append(connection, self._control.now(), deed)

    @contextmanager
    def _moving(self, seen: Change) -> Iterator[Connection]:
        """Give a transaction in which the change is as it was seen; ChangeInFlight if not."""
        with self._changing() as connection:
            found = find_change(connection, seen.tenant, seen.change_id)
            if found.etag != seen.etag:
                raise ChangeInFlight("The change has moved on; read it again.")
            yield connection

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        try:
            with self._control.writer.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise refusal_of(error) from error
        except SQLAlchemyError as error:
            raise unavailable(error) from error
