"""Policies drafted, evaluated, submitted, approved, put live and taken back, by people."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.errors import (
    Conflict,
    InvalidField,
    PreconditionFailed,
    PreconditionRequired,
)
from app.core.governance import (
    Act,
    Direction,
    Floors,
    GuardrailFailed,
    PolicyDocument,
    Proposal,
    StaleEvaluation,
    State,
    Step,
    after,
    check_may,
    check_not_own,
    checked_reason,
    direction_of,
    hard_failures,
    is_stale,
    read_evaluation,
    read_policy,
    soft_failures,
)
from app.core.governance.guardrails import STEP_WINDOW
from app.core.governance.records import (
    WHOLE,
    Activation,
    Base,
    Change,
    Kind,
    Plan,
    PolicyVersion,
    StoredEvaluation,
)
from app.core.people import Person
from app.services.policies_ports import InService, PolicyStore
from app.services.ports import Clock

LONGEST_CANARY_H = 24 * 14
NO_FLOORS = Floors()


@dataclass(frozen=True, slots=True)
class LivePolicy:
    """What is live, or was: the activation (None: from the start), its policy and etag."""

    activation: Activation | None
    document: PolicyDocument

    @property
    def etag(self) -> str:
        """Another text for every activation."""
        return f'"live.{0 if self.activation is None else self.activation.number}"'


@dataclass(frozen=True, slots=True)
class Judged:
    """A change with the soft guardrails that its approvers see first."""

    change: Change
    warnings: tuple[str, ...]


class Policies:
    """The use cases over one store. A person is None for a service account, which may nothing.

    Whatever changes anything wants a reason of 20 characters and, but for a new policy, the etag
    of what was read: PreconditionRequired without one, PreconditionFailed for another.
    """

    def __init__(
        self, store: PolicyStore, service: InService, clock: Clock, floors: Floors = NO_FLOORS
    ) -> None:
        self._store = store
        self._service = service
        self._clock = clock
        self._floors = floors

    async def draft(self, person: Person | None, value: object, reason: str) -> PolicyVersion:
        """Keep a policy as a version; the same document again is the version it has."""
        who, why = check_may(person, Act.DRAFT), checked_reason(reason)
        document = read_policy(value)
        return await asyncio.to_thread(
            self._store.add, who.tenant, document, author=who.user_id, reason=why
        )

    async def keep_evaluation(
        self, person: Person | None, version: int, value: object
    ) -> StoredEvaluation:
        """Keep an evaluation, made elsewhere, of a version."""
        who = check_may(person, Act.EVALUATE)
        document = read_evaluation(value)
        return await asyncio.to_thread(
            self._store.evaluate, who.tenant, version, document, by=who.user_id
        )

    async def submit(
        self,
        person: Person | None,
        version: int,
        evaluation_id: str,
        reason: str,
        *,
        is_emergency: bool = False,
    ) -> Judged:
        """Ask that a version goes live in place of what is.

        StaleEvaluation for an evaluation of other things than serve now, GuardrailFailed with each
        hard guardrail that fails, Conflict for what is live already.
        """
        who, why = check_may(person, Act.SUBMIT), checked_reason(reason)
        return await asyncio.to_thread(
            self._submit, who, version, evaluation_id, why, is_emergency=is_emergency
        )

    async def approve(
        self, person: Person | None, change_id: str, if_match: str | None, reason: str
    ) -> Judged:
        """Add one's word to a change; the last that is wanted makes it approved."""
        who, why = check_may(person, Act.APPROVE), checked_reason(reason)

        def work() -> Judged:
            change = self._seen(who, change_id, if_match)
            check_not_own(who, change.authors)
            if not (change.is_emergency and change.state is State.ACTIVE):
                after(change.state, Step.APPROVE)
            warnings = self._judge(change)
            return Judged(self._store.approve(change, by=who.user_id, reason=why), warnings)

        return await asyncio.to_thread(work)

    async def reject(
        self, person: Person | None, change_id: str, if_match: str | None, reason: str
    ) -> Change:
        """End a change that is not live."""
        who, why = check_may(person, Act.REJECT), checked_reason(reason)

        def work() -> Change:
            change = self._seen(who, change_id, if_match)
            to = after(change.state, Step.REJECT)
            return self._store.move_on(change, to, by=who.user_id, reason=why)

        return await asyncio.to_thread(work)

    async def schedule(
        self, person: Person | None, change_id: str, if_match: str | None, plan: Plan, reason: str
    ) -> Change:
        """Say when an approved change goes live, and on which part first."""
        who, why = check_may(person, Act.SCHEDULE), checked_reason(reason)
        _check_plan(plan, self._clock.now())

        def work() -> Change:
            change = self._seen(who, change_id, if_match)
            to = after(change.state, Step.SCHEDULE)
            return self._store.move_on(change, to, by=who.user_id, reason=why, plan=plan)

        return await asyncio.to_thread(work)

    async def activate(
        self, person: Person | None, change_id: str, if_match: str | None, reason: str
    ) -> Activation:
        """Put an approved change live as a whole; an emergency at once, for 24 hours.

        The hard guardrails are held against what serves now, once more.
        """
        who, why = check_may(person, Act.ACTIVATE), checked_reason(reason)

        def work() -> Activation:
            change = self._seen(who, change_id, if_match)
            at_once = change.is_emergency and change.state is State.SUBMITTED
            after(change.state, Step.ACTIVATE_AT_ONCE if at_once else Step.ACTIVATE)
            self._judge(change)
            put = self._store.activate_at_once if at_once else self._store.activate
            return put(change, by=who.user_id, reason=why)

        return await asyncio.to_thread(work)

    async def revert(self, person: Person | None, if_match: str | None, reason: str) -> Activation:
        """End a canary, else go one step back to what was live before; always allowed."""
        who, why = check_may(person, Act.REVERT), checked_reason(reason)

        def work() -> Activation:
            live = self._live(who.tenant, None)
            _check_match(live.etag, if_match)
            number = 0 if live.activation is None else live.activation.number
            return self._store.revert(who.tenant, number, by=who.user_id, reason=why)

        return await asyncio.to_thread(work)

    async def change(self, tenant: str, change_id: str) -> Change:
        """Return a change of the tenant's; NotFound."""
        return await asyncio.to_thread(self._store.change, tenant, change_id)

    async def live(self, tenant: str, at: datetime | None = None) -> LivePolicy:
        """Return what is live, or was at a moment."""
        return await asyncio.to_thread(self._live, tenant, at)

    def _submit(
        self, who: Person, version: int, evaluation_id: str, reason: str, *, is_emergency: bool
    ) -> Judged:
        policy = self._store.policy(who.tenant, version)
        evaluation = self._store.evaluation(who.tenant, evaluation_id)
        if evaluation.version != version:
            raise Conflict("The evaluation is of another version.")
        base = self._base(who.tenant)
        if base.document.digest == policy.digest:
            raise Conflict("That policy is live already.")
        direction = direction_of(base.document, policy.document)
        if is_emergency and direction is not Direction.TIGHTENING:
            raise Conflict("There is no emergency loosening.")
        warnings = self._guard(policy, evaluation, direction)
        change = self._store.submit(
            policy,
            evaluation,
            base,
            direction,
            by=who.user_id,
            reason=reason,
            is_emergency=is_emergency,
        )
        return Judged(change, warnings)

    def _judge(self, change: Change) -> tuple[str, ...]:
        policy = self._store.policy(change.tenant, change.version)
        evaluation = self._store.evaluation(change.tenant, change.evaluation_id)
        return self._guard(policy, evaluation, change.direction)

    def _guard(
        self, policy: PolicyVersion, evaluation: StoredEvaluation, direction: Direction
    ) -> tuple[str, ...]:
        """Return the soft guardrails that fail; raise for a hard one."""
        now = self._clock.now()
        proposal = Proposal(
            document=policy.document,
            direction=direction,
            summary=evaluation.document.summary,
            evaluated_at=evaluation.made_at,
            against=evaluation.document.against,
            current=self._service.against(),
            now=now,
            steps=self._steps(policy.tenant, now),
        )
        if is_stale(proposal):
            raise StaleEvaluation("Model, features or lists are others by now, or it is too old.")
        failed = hard_failures(proposal)
        if failed:
            raise GuardrailFailed("What cannot be approved away failed.", failed)
        return tuple(each.code for each in soft_failures(proposal, self._floors))

    def _steps(self, tenant: str, now: datetime) -> tuple[float, ...]:
        """Return the changes in alerts that went live in the last 7 days, each change once."""
        live = self._store.activations(tenant, since=now - STEP_WINDOW)
        made = {each.change_id for each in live if each.kind in {Kind.ACTIVATE, Kind.EMERGENCY}}
        changes = [self._store.change(tenant, each) for each in sorted(filter(None, made))]
        found = [self._store.evaluation(tenant, each.evaluation_id) for each in changes]
        return tuple(each.document.summary.step for each in found)

    def _live(self, tenant: str, at: datetime | None) -> LivePolicy:
        live = self._store.live(tenant, at)
        if live is None or live.version == 0:
            return LivePolicy(live, self._service.baseline())
        return LivePolicy(live, self._store.policy(tenant, live.version).document)

    def _base(self, tenant: str) -> Base:
        live = self._live(tenant, None)
        version = 0 if live.activation is None else live.activation.version
        return Base(version=version, document=live.document)

    def _seen(self, who: Person, change_id: str, if_match: str | None) -> Change:
        change = self._store.change(who.tenant, change_id)
        _check_match(change.etag, if_match)
        return change


def _check_match(etag: str, if_match: str | None) -> None:
    if if_match is None:
        raise PreconditionRequired("wanted If-Match with the ETag of what is to be changed")
    if if_match != etag:
        raise PreconditionFailed("It is no longer as it was read; read it again.")


def _check_plan(plan: Plan, now: datetime) -> None:
    if plan.at < now - timedelta(minutes=1):
        raise InvalidField("at", "in_the_past", "found a moment that is past")
    if not 0 <= plan.share < WHOLE:
        raise InvalidField("share", "out_of_range", f"wanted 0 to {WHOLE - 1} ten-thousandths")
    if plan.has_canary is not (0 < plan.hours <= LONGEST_CANARY_H):
        wanted = f"a canary wants a share or a port, and more than 0 to {LONGEST_CANARY_H} hours"
        raise InvalidField("hours", "out_of_range", wanted)
