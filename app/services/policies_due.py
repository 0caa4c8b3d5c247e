"""What happens to policies by time alone: schedules, ends of canaries, lapses, staleness."""

import asyncio
from collections.abc import Callable

import structlog

from app.core.errors import EntryRiskError
from app.core.governance import State
from app.core.governance.guardrails import EVALUATION_LIFETIME
from app.core.governance.records import Activation, Change, Kind
from app.services.policies_ports import InService, PolicyStore
from app.services.ports import Clock

ACTOR = "service:policies"
WAITING = frozenset({State.SUBMITTED, State.APPROVED, State.SCHEDULED})
log = structlog.get_logger(__name__)


class DuePolicies:
    """Moves on what is due; several processes may do so at once, of whom one wins each time."""

    def __init__(self, store: PolicyStore, service: InService, clock: Clock) -> None:
        self._store = store
        self._service = service
        self._clock = clock

    async def tick(self) -> int:
        """Move on everything that is due and return how much that was; a refusal is logged."""
        return await asyncio.to_thread(self._tick)

    async def watch(self, every_s: float) -> None:
        """Look for ever, every `every_s`; a database that does not answer is asked again."""
        while True:
            try:
                await self.tick()
            except EntryRiskError as error:
                log.warning("policies_not_looked_at", code=error.code)
            await asyncio.sleep(every_s)

    def _tick(self) -> int:
        done = sum(self._live(each) for each in self._store.all_live())
        return done + sum(self._waiting(each) for each in self._store.changes(states=WAITING))

    def _live(self, live: Activation) -> bool:
        now = self._clock.now()
        is_over = live.ends_at is not None and live.ends_at <= now
        if is_over and live.kind is Kind.CANARY:
            return self._end_canary(live)
        if is_over and live.kind is Kind.EMERGENCY:
            reason = "the emergency was not approved within 24 hours"
            return self._try(
                live.tenant,
                lambda: self._store.lapse(live.tenant, live.number, by=ACTOR, reason=reason),
            )
        if live.version == 0:
            return False
        expires_at = self._store.policy(live.tenant, live.version).document.expires_at
        if expires_at is None or expires_at > now:
            return False
        reason = "the policy has expired"
        return self._try(
            live.tenant,
            lambda: self._store.revert(live.tenant, live.number, by=ACTOR, reason=reason),
        )

    def _end_canary(self, live: Activation) -> bool:
        """Put the change of a canary live as a whole, unless it has gone stale meanwhile."""
        change = self._store.change(live.tenant, str(live.change_id))
        if self._is_stale(change):
            reason = "the evaluation went out of date while the change was in canary"
            return self._try(
                live.tenant,
                lambda: self._store.revert(live.tenant, live.number, by=ACTOR, reason=reason),
            )
        reason = "the canary has run its time"
        return self._try(live.tenant, lambda: self._store.activate(change, by=ACTOR, reason=reason))

    def _waiting(self, change: Change) -> bool:
        if self._is_stale(change):
            reason = "model, features or lists are others than when it was evaluated, or it is old"
            return self._try(
                change.tenant,
                lambda: self._store.move_on(change, State.STALE, by=ACTOR, reason=reason),
            )
        plan = change.scheduled
        if change.state is not State.SCHEDULED or plan is None or plan.at > self._clock.now():
            return False
        reason = "the change is due"
        if plan.has_canary:
            return self._try(
                change.tenant,
                lambda: self._store.begin_canary(change, plan, by=ACTOR, reason=reason),
            )
        return self._try(
            change.tenant, lambda: self._store.activate(change, by=ACTOR, reason=reason)
        )

    def _is_stale(self, change: Change) -> bool:
        evaluation = self._store.evaluation(change.tenant, change.evaluation_id)
        is_old = self._clock.now() - evaluation.made_at >= EVALUATION_LIFETIME
        return is_old or evaluation.document.against != self._service.against()

    def _try(self, tenant: str, work: Callable[[], object]) -> bool:
        try:
            work()
        except EntryRiskError as error:
            log.warning("policy_not_moved_on", tenant=tenant, code=error.code)
            return False
        return True
