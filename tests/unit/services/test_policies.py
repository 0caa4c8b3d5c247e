"""Policies by people: who may, what stops a change, and what happens by time alone."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.adapters.migration import migrate_control
from app.core.errors import (
    Conflict,
    EntryRiskError,
    Forbidden,
    InvalidField,
    LedgerUnavailable,
    PreconditionFailed,
    PreconditionRequired,
)
from app.core.governance import (
    Against,
    Direction,
    Floors,
    GuardrailFailed,
    InvalidPolicy,
    PolicyDocument,
    SelfApproval,
    StaleEvaluation,
    State,
    Summary,
    WrongState,
)
from app.core.governance.records import Change, Kind, Plan
from app.core.people import Person
from app.services.policies import Judged, LivePolicy, Policies
from app.services.policies_due import DuePolicies
from app.services.policies_ports import InService, PolicyStore
from app.services.policies_serving import ModelsInService
from tests.desks import bench
from tests.policy_desk import BASELINE, REASON, PolicyDesk, open_desk
from tests.policy_documents import AGAINST, CALM, evaluation, policy

TIGHTER, LOOSER = policy(550, 780), policy(650, 850)
OTHER = replace(AGAINST, model_digest="sha256:" + "f" * 64)


class Served:
    """What is in service, as a test says."""

    def __init__(self) -> None:
        self.now = AGAINST

    def against(self) -> Against:
        return self.now

    def baseline(self) -> PolicyDocument:
        return BASELINE


@dataclass
class Room:
    """The use cases over a store in a file, with its people."""

    desk: PolicyDesk
    served: Served
    use: Policies
    due: DuePolicies

    def who(self, login: str) -> Person:
        return self.desk.store.person("acme", self.desk.ids[login])

    def submit(
        self, document: PolicyDocument = TIGHTER, figures: Summary = CALM, **more: Any
    ) -> Judged:
        """Draft, evaluate and submit as ann; the evaluation is told apart by `note`."""
        ann, note = self.who("ann"), more.pop("note", "")
        made = do(self.use.draft(ann, document.to_json(), REASON))
        found = do(
            self.use.keep_evaluation(
                ann, made.version, evaluation(document, figures, detail={"note": note})
            )
        )
        judged: Judged = do(self.use.submit(ann, made.version, found.evaluation_id, REASON, **more))
        return judged

    def approve(self, change: Change, login: str = "ben") -> Change:
        judged: Judged = do(
            self.use.approve(self.who(login), change.change_id, change.etag, REASON)
        )
        return judged.change

    def live(self) -> LivePolicy:
        found: LivePolicy = do(self.use.live("acme"))
        return found

    def state(self, change: Change) -> State:
        found: Change = do(self.use.change("acme", change.change_id))
        return found.state

    def put_live(self, document: PolicyDocument = TIGHTER, **more: Any) -> Change:
        change = self.approve(self.submit(document, **more).change)
        do(self.use.activate(self.who("ann"), change.change_id, change.etag, REASON))
        return change

    def tick(self) -> int:
        count: int = do(self.due.tick())
        return count

    def later(self, **by: float) -> None:
        self.desk.clock.moment += timedelta(**by)


def do(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("control") / "empty.db"
    migrate_control(f"sqlite:///{path}")
    return path


class Now:
    """The desk's clock as the services read it."""

    def __init__(self, desk: PolicyDesk) -> None:
        self._desk = desk

    def now(self) -> datetime:
        return self._desk.clock()


@pytest.fixture
def room(empty: Path, tmp_path: Path) -> Iterator[Room]:
    shutil.copy(empty, tmp_path / "control.db")
    with open_desk(f"sqlite:///{tmp_path / 'control.db'}") as desk:
        served, clock = Served(), Now(desk)
        store: PolicyStore = desk.store
        service: InService = served
        yield Room(
            desk,
            served,
            Policies(store, service, clock, Floors(recall=0.5)),
            DuePolicies(store, service, clock),
        )


def test_a_tightening_goes_live_by_the_word_of_another(room: Room) -> None:
    judged = room.submit()
    assert judged.change.direction is Direction.TIGHTENING
    assert judged.warnings == ("recall_below_floor",)
    before = room.live()
    assert (before.activation, before.document, before.etag) == (None, BASELINE, '"live.0"')
    change = room.approve(judged.change)
    assert change.state is State.APPROVED
    made = do(room.use.activate(room.who("ann"), change.change_id, change.etag, REASON))
    assert (made.kind, made.version) == (Kind.ACTIVATE, 1)
    assert (room.live().document, room.live().etag) == (TIGHTER, '"live.1"')
    then: LivePolicy = do(room.use.live("acme", made.at - timedelta(seconds=1)))
    assert then.document == BASELINE


@pytest.mark.parametrize(
    ("login", "act"),
    [
        ("ben", lambda use, who: use.draft(who, TIGHTER.to_json(), REASON)),
        ("ben", lambda use, who: use.keep_evaluation(who, 1, {})),
        ("vic", lambda use, who: use.submit(who, 1, "E", REASON)),
        ("ann", lambda use, who: use.approve(who, "C", "x", REASON)),
        ("dan", lambda use, who: use.approve(who, "C", "x", REASON)),
        ("ann", lambda use, who: use.reject(who, "C", "x", REASON)),
        ("vic", lambda use, who: use.activate(who, "C", "x", REASON)),
        ("vic", lambda use, who: use.revert(who, "x", REASON)),
    ],
)
def test_who_may_not_is_refused_and_a_service_account_always(
    room: Room, login: str, act: Callable[[Policies, Person | None], Coroutine[Any, Any, Any]]
) -> None:
    with pytest.raises(Forbidden):
        do(act(room.use, room.who(login)))
    with pytest.raises(Forbidden, match="service account"):
        do(act(room.use, None))


def test_own_work_a_short_reason_and_a_wrong_document_are_refused(room: Room) -> None:
    eve = room.who("eve")
    made = do(room.use.draft(eve, TIGHTER.to_json(), REASON))
    found = do(room.use.keep_evaluation(eve, made.version, evaluation(TIGHTER)))
    change = do(room.use.submit(eve, made.version, found.evaluation_id, REASON)).change
    with pytest.raises(SelfApproval):
        room.approve(change, "eve")
    with pytest.raises(InvalidField, match="reason"):
        do(room.use.draft(eve, TIGHTER.to_json(), "why not"))
    with pytest.raises(InvalidPolicy):
        do(room.use.draft(eve, {"review_at": 1}, REASON))


def test_a_change_wants_the_etag_of_what_was_read(room: Room) -> None:
    change = room.submit().change
    ben = room.who("ben")
    with pytest.raises(PreconditionRequired):
        do(room.use.approve(ben, change.change_id, None, REASON))
    room.approve(change)
    with pytest.raises(PreconditionFailed):
        do(room.use.reject(ben, change.change_id, change.etag, REASON))
    change = do(room.use.change("acme", change.change_id))
    assert do(room.use.reject(ben, change.change_id, change.etag, REASON)).state is State.REJECTED


def test_what_is_live_or_of_another_version_is_not_submitted(room: Room) -> None:
    room.put_live()
    with pytest.raises(Conflict, match="live already"):
        room.submit(note="again")
    ann = room.who("ann")
    made = do(room.use.draft(ann, policy(540, 780).to_json(), REASON))
    other = room.desk.store.changes("acme")[0].evaluation_id
    with pytest.raises(Conflict, match="another version"):
        do(room.use.submit(ann, made.version, other, REASON))


def test_a_hard_guardrail_stops_it_when_submitted_and_names_itself(room: Room) -> None:
    with pytest.raises(GuardrailFailed) as refused:
        room.submit(figures=replace(CALM, listed_below_hold=1, known_bad_missed=2))
    found = [each.code for each in refused.value.problems]
    assert found == ["listed_below_hold", "known_bad_missed"]


def test_steps_of_a_week_add_up(room: Room) -> None:
    large = replace(CALM, alerts_per_day_proposed=120.0)
    room.put_live(policy(590), figures=large)
    room.put_live(policy(580), figures=large)
    with pytest.raises(GuardrailFailed, match="approved away"):
        room.submit(policy(570), large)
    room.later(days=7)
    assert room.submit(policy(570), large, note="later").change.state is State.SUBMITTED


def test_a_stale_evaluation_is_neither_submitted_nor_approved_nor_activated(room: Room) -> None:
    change = room.submit().change
    room.served.now = OTHER
    with pytest.raises(StaleEvaluation):
        room.submit(LOOSER)
    with pytest.raises(StaleEvaluation):
        room.approve(change)
    room.served.now = AGAINST
    change = room.approve(change)
    room.later(days=8)
    with pytest.raises(StaleEvaluation):
        do(room.use.activate(room.who("ann"), change.change_id, change.etag, REASON))


def test_what_is_not_approved_is_not_activated_and_not_approved_twice(room: Room) -> None:
    change = room.submit().change
    with pytest.raises(WrongState):
        do(room.use.activate(room.who("ann"), change.change_id, change.etag, REASON))
    change = room.approve(change)
    with pytest.raises(WrongState):
        room.approve(change, "cyd")


def test_one_step_back_wants_what_is_live_to_be_what_was_read(room: Room) -> None:
    with pytest.raises(EntryRiskError, match="no way back"):
        do(room.use.revert(room.who("ben"), '"live.0"', REASON))
    room.put_live()
    with pytest.raises(PreconditionFailed):
        do(room.use.revert(room.who("ben"), '"live.0"', REASON))
    made = do(room.use.revert(room.who("ben"), '"live.1"', REASON))
    assert (made.kind, made.version, room.live().document) == (Kind.ROLLBACK, 0, BASELINE)


def test_an_emergency_lapses_after_a_day_and_not_before(room: Room) -> None:
    with pytest.raises(Conflict, match="emergency loosening"):
        room.submit(LOOSER, is_emergency=True)
    change = room.submit(is_emergency=True).change
    made = do(room.use.activate(room.who("ann"), change.change_id, change.etag, REASON))
    assert made.kind is Kind.EMERGENCY
    room.later(hours=23)
    assert room.tick() == 0
    room.later(hours=1)
    assert room.tick() == 1
    assert (room.live().document, room.state(change)) == (BASELINE, State.EXPIRED)


def test_an_emergency_that_is_approved_stays(room: Room) -> None:
    change = room.submit(is_emergency=True).change
    do(room.use.activate(room.who("ann"), change.change_id, change.etag, REASON))
    room.approve(do(room.use.change("acme", change.change_id)))
    room.later(hours=25)
    assert room.tick() == 0
    assert room.live().document == TIGHTER


def schedule(room: Room, change: Change, plan: Plan) -> Change:
    found: Change = do(
        room.use.schedule(room.who("ben"), change.change_id, change.etag, plan, REASON)
    )
    return found


def test_a_scheduled_change_goes_live_when_it_is_due(room: Room) -> None:
    change = room.approve(room.submit().change)
    change = schedule(room, change, Plan(room.desk.clock.moment + timedelta(hours=2)))
    assert change.state is State.SCHEDULED
    assert room.tick() == 0
    room.later(hours=2)
    assert (room.tick(), room.live().document) == (1, TIGHTER)


def test_a_canary_runs_its_hours_and_then_the_change_is_live(room: Room) -> None:
    change = room.approve(room.submit().change)
    schedule(room, change, Plan(room.desk.clock.moment, share=500, hours=3))
    assert room.tick() == 1
    assert (room.state(change), room.live().document) == (State.CANARY, BASELINE)
    assert room.tick() == 0
    room.later(hours=3)
    assert room.tick() == 1
    assert (room.state(change), room.live().document) == (State.ACTIVE, TIGHTER)


def test_a_canary_whose_evaluation_has_gone_stale_ends_without_going_live(room: Room) -> None:
    change = room.approve(room.submit().change)
    schedule(room, change, Plan(room.desk.clock.moment, port="2704", hours=3))
    room.tick()
    room.served.now = OTHER
    room.later(hours=3)
    assert room.tick() == 1
    assert (room.state(change), room.live().document) == (State.REVERTED, BASELINE)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (Plan(datetime(2020, 1, 1, tzinfo=UTC)), "at"),
        (Plan(datetime(2030, 1, 1, tzinfo=UTC), share=10_000, hours=1), "share"),
        (Plan(datetime(2030, 1, 1, tzinfo=UTC), share=1), "hours"),
        (Plan(datetime(2030, 1, 1, tzinfo=UTC), hours=1), "hours"),
        (Plan(datetime(2030, 1, 1, tzinfo=UTC), share=1, hours=337), "hours"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(room: Room, plan: Plan, field: str) -> None:
    change = room.approve(room.submit().change)
    with pytest.raises(InvalidField, match=field):
        schedule(room, change, plan)


def test_a_promoted_model_or_list_turns_open_requests_stale(room: Room) -> None:
    submitted = room.submit().change
    approved = room.approve(room.submit(policy(560)).change)
    room.served.now = OTHER
    assert room.tick() == 2
    assert {room.state(submitted), room.state(approved)} == {State.STALE}
    assert room.tick() == 0


def test_an_expired_policy_gives_way_to_what_was_before(room: Room) -> None:
    ends = datetime(2026, 11, 25, tzinfo=UTC)
    room.put_live(policy(550, 780, expires_at=ends))
    assert room.tick() == 0
    room.later(days=1)
    assert (room.tick(), room.live().document) == (1, BASELINE)
    assert room.tick() == 0


def test_what_is_due_and_cannot_be_is_logged_and_the_rest_goes_on(room: Room) -> None:
    change = room.approve(room.submit().change)
    schedule(room, change, Plan(room.desk.clock.moment))
    room.desk.people.change("ben", frozenset({"viewer"}))
    with capture_logs() as logs:
        assert room.tick() == 0
    assert [(each["event"], each["code"]) for each in logs] == [
        ("policy_not_moved_on", "forbidden")
    ]


def test_the_watch_goes_on_when_the_database_does_not_answer(room: Room) -> None:
    async def watch() -> None:
        asked, twice = [], asyncio.Event()
        loop = asyncio.get_running_loop()

        def refuse() -> Any:
            asked.append(1)
            if len(asked) > 1:
                loop.call_soon_threadsafe(twice.set)
            raise LedgerUnavailable

        room.desk.store.all_live = refuse  # type: ignore[method-assign]  # a database that is gone
        with capture_logs() as logs:
            watching = asyncio.create_task(room.due.watch(0.001))
            await twice.wait()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        assert logs[0]["event"] == "policies_not_looked_at"

    do(watch())


def test_evaluations_are_held_against_the_bundle_and_lists_in_service() -> None:
    async def look() -> None:
        with bench() as at:
            await at.models.reload()
            service = ModelsInService(at.models)
            serving = at.models.serving
            assert service.against().model_digest == serving.bundle.digest
            assert service.against().lists_digest == serving.reference.digest
            assert service.baseline().cuts.review_at == serving.policy.review_at
            await at.models.close()

    do(look())
