"""A control database with people, for tests of policies: who drafts, who approves, who may not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, text

from app.adapters.accounts_sql import SqlPeople
from app.adapters.audit_sql import SqlAudit
from app.adapters.control_database import ControlDatabase, open_control
from app.adapters.policies_sql import SqlPolicies
from app.core.governance import (
    Direction,
    PolicyDocument,
    direction_of,
    read_evaluation,
)
from app.core.governance.records import Base, Change
from tests.policy_documents import evaluation, policy

ROLES = {
    "ann": "tuner",
    "abe": "tuner",
    "ben": "approver",
    "cyd": "approver compliance",
    "dee": "approver compliance",
    "eve": "tuner approver compliance",
    "dan": "approver compliance administrator",
    "vic": "viewer",
}
REASON = "the backlog is two days by now"
BASELINE = policy()


class Clock:
    """Wall time that only moves when told, a millisecond at each look."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 24, 2, 31, 7, 412345, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment


@dataclass
class PolicyDesk:
    """The store, its people by login, and a way past it into the database."""

    url: str
    clock: Clock
    control: ControlDatabase
    store: SqlPolicies
    people: SqlPeople
    ids: dict[str, str]

    def base(self, tenant: str = "acme") -> Base:
        """Return what is live, the baseline where nothing went live."""
        live = self.store.live(tenant)
        if live is None or live.version == 0:
            return Base(version=0, document=BASELINE)
        return Base(version=live.version, document=self.store.policy(tenant, live.version).document)

    def submit(
        self,
        document: PolicyDocument,
        *,
        author: str = "ann",
        by: str = "ann",
        direction: Direction | None = None,
        is_emergency: bool = False,
    ) -> Change:
        """Draft, evaluate and submit a policy."""
        made = self.store.add("acme", document, author=self.ids[author], reason=REASON)
        evaluated = self.store.evaluate(
            "acme", made.version, read_evaluation(evaluation(document)), by=self.ids[by]
        )
        base = self.base()
        return self.store.submit(
            made,
            evaluated,
            base,
            direction_of(base.document, document) if direction is None else direction,
            by=self.ids[by],
            reason=REASON,
            is_emergency=is_emergency,
        )

    def approve(self, change: Change, *logins: str) -> Change:
        """Let people approve, one after the other."""
        for login in logins:
            change = self.store.approve(change, by=self.ids[login], reason=REASON)
        return change

    def put_live(self, document: PolicyDocument) -> Change:
        """Take a policy all the way."""
        change = self.submit(document)
        needed = ("ben",) if change.direction is Direction.TIGHTENING else ("ben", "cyd")
        change = self.approve(change, *needed)
        self.store.activate(change, by=self.ids["ann"], reason=REASON)
        return self.store.change("acme", change.change_id)

    def sql(self, statement: str, **values: Any) -> int:
        """Run a statement past the store; return how many rows it touched."""
        engine = create_engine(self.url)
        try:
            with engine.begin() as connection:
                return connection.execute(text(statement), values).rowcount
        finally:
            engine.dispose()

    def told(self) -> list[tuple[str, str, str]]:
        """Return actor, action and subject of every event on policies."""
        events = SqlAudit(self.control).all()
        found = [(each.deed.actor, str(each.deed.action), each.deed.subject) for each in events]
        return [each for each in found if not each[1].startswith("user.")]


@contextmanager
def open_desk(url: str) -> Iterator[PolicyDesk]:
    """Migrate, add people, and give the desk."""
    clock = Clock()
    control = open_control(url, clock, "command-line:root")
    people = SqlPeople(control)
    ids = {
        login: people.add("acme", login, frozenset(roles.split())).user_id
        for login, roles in ROLES.items()
    }
    ids["zed"] = people.add("zenith", "zed", frozenset({"approver", "compliance"})).user_id
    try:
        yield PolicyDesk(url, clock, control, SqlPolicies(control), people, ids)
    finally:
        control.close()
