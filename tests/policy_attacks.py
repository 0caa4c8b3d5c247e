"""A random life of one tenant's policies, with attacks by statements typed into the database.

After each step every new activation is held against the rules, read from the rows by Python: an
activation that they do not allow is a bypass, and so is a row that is no more as it was.
"""

from contextlib import suppress
from random import Random
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from app.adapters.policies_sql import SqlPolicies
from app.core.access import Role
from app.core.errors import EntryRiskError
from app.core.governance import (
    Approver,
    Direction,
    PolicyDocument,
    State,
    direction_of,
    is_enough,
    read_evaluation,
    read_policy,
)
from app.core.governance.records import Base, Change, Plan
from app.core.json_text import parse_json
from tests.policy_desk import BASELINE, REASON, ROLES, Clock
from tests.policy_documents import evaluation, policy

STEPS = 24
_STATES = ("approved", "scheduled", "canary", "active", "rejected", "superseded")
_OWN = "change_id IN (SELECT change_id FROM policy_changes WHERE tenant = :t)"
_TABLES = {
    "policies": "tenant = :t",
    "policy_evaluations": "tenant = :t",
    "policy_changes": "tenant = :t",
    "policy_approvals": _OWN,
    "policy_events": _OWN,
    "policy_activations": "tenant = :t",
}
Rows = dict[str, set[tuple[Any, ...]]]


def unsynced(engine: Engine) -> None:
    """Let SQLite not wait for the disk: a life is not held against a loss of power."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))


class Life:
    """One tenant from its first policy on; `bypasses` says what should not have been possible."""

    def __init__(self, engine: Engine, store: SqlPolicies, clock: Clock, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a life that can be lived again
        self.engine, self.store, self.clock = engine, store, clock
        self.tenant = f"tenant{seed}"
        self.people = [f"{login}{seed}" for login in ROLES]
        self.seen: list[Change] = []
        self.checked = 0
        self.attack = ""
        self.bypasses: list[str] = []
        self.activations = 0
        with engine.begin() as connection:
            for login, roles in ROLES.items():
                at = clock().replace(tzinfo=None)
                row = {"i": f"{login}{seed}", "t": self.tenant, "r": roles, "at": at}
                connection.execute(
                    text(
                        "INSERT INTO people (user_id, tenant, login, roles, created_at)"
                        " VALUES (:i, :t, :i, :r, :at)"
                    ),
                    row,
                )

    def run(self) -> list[str]:
        """Live, and return every bypass."""
        with suppress(EntryRiskError):
            self._submit()
        before = self._rows()
        for _ in range(STEPS):
            step = self.random.choice(
                [self._submit, *[self._approve] * 3, *[self._activate] * 3, self._move,
                 self._revert, self._promote, *[self._attack] * 6]
            )  # fmt: skip
            with suppress(EntryRiskError, DBAPIError):
                step()
            if step == self._attack:
                now = self._rows()
                self.bypasses += [
                    f"{self.attack}: a row of {table} was altered"
                    for table in _TABLES
                    if before[table] - now[table]
                ]
                before = now
            self._check(step.__name__)
        return self.bypasses

    def _submit(self) -> None:
        random = self.random
        low = random.randint(540, 620)
        document = policy(low, 800 + random.randint(-40, 20))
        author, by = self._someone("ann", "abe"), self._someone("ann", "abe")
        made = self.store.add(self.tenant, document, author=author, reason=REASON)
        found = read_evaluation(evaluation(document, detail={"for": self.tenant}))
        evaluated = self.store.evaluate(self.tenant, made.version, found, by=by)
        live = self.store.live(self.tenant)
        base = Base(version=0, document=BASELINE)
        if live is not None and live.version:
            kept = self.store.policy(self.tenant, live.version)
            base = Base(version=live.version, document=kept.document)
        direction = direction_of(base.document, document)
        if random.random() < 0.1:
            direction = Direction.TIGHTENING  # a lie, now and then
        change = self.store.submit(
            made, evaluated, base, direction, by=by, reason=REASON,
            is_emergency=random.random() < 0.2,
        )  # fmt: skip
        self.seen.append(change)

    def _someone(self, *likely: str) -> str:
        """Return one of these, mostly, else anybody."""
        if self.random.random() < 0.8:
            return self.people[list(ROLES).index(self.random.choice(likely))]
        return self.random.choice(self.people)

    def _change(self) -> Change:
        """Return a change, as it is or as it once was."""
        old = self.random.choice(self.seen[-2:])
        if self.random.random() < 0.1:
            return old
        self.seen.append(self.store.change(self.tenant, old.change_id))
        return self.seen[-1]

    def _approve(self) -> None:
        if self.seen:
            by = self._someone("ben", "cyd", "dee")
            self.store.approve(self._change(), by=by, reason=REASON)

    def _activate(self) -> None:
        if not self.seen:
            return
        change, by = self._change(), self.random.choice(self.people)
        way = self.random.choice(["whole", "whole", "canary", "at once"])
        if way == "whole":
            self.store.activate(change, by=by, reason=REASON)
        elif way == "canary":
            plan = Plan(self.clock(), share=500, hours=1)
            self.store.begin_canary(change, plan, by=by, reason=REASON)
        else:
            self.store.activate_at_once(change, by=by, reason=REASON)

    def _move(self) -> None:
        if self.seen:
            to = self.random.choice([State.REJECTED, State.STALE, State.SCHEDULED])
            self.store.move_on(self._change(), to, by=self.people[0], reason=REASON)

    def _revert(self) -> None:
        live = self.store.live(self.tenant)
        if live is not None:
            back = self.random.choice([self.store.revert, self.store.lapse])
            back(self.tenant, live.number, by="service", reason=REASON)

    def _promote(self) -> None:
        """Give someone other roles, or shut them out."""
        who, roles = self.random.choice(self.people), self.random.choice(list(ROLES.values()))
        self._sql("UPDATE people SET roles = :r WHERE user_id = :i", r=roles, i=who)

    def _attack(self) -> None:
        if not self.seen:
            return
        change = self.random.choice(self.seen[-3:])
        attack = self.random.choice(
            [self._forge_approval, self._forge_event, self._forge_activation, self._forge_change,
             self._alter, self._replace]
        )  # fmt: skip
        self.attack = attack.__name__
        attack(change)

    def _forge_approval(self, change: Change) -> None:
        other = self.random.choice(self.seen)
        digest = self.random.choice([change.policy_digest, other.policy_digest])
        self._sql(
            "INSERT INTO policy_approvals VALUES (:c, :who, :p, :e, :reason, :at)",
            c=change.change_id, who=self.random.choice(self.people), p=digest,
            e=change.evaluation_digest, reason=REASON, at=self._now(),
        )  # fmt: skip

    def _forge_event(self, change: Change) -> None:
        self._sql(
            "INSERT INTO policy_events SELECT s.change_id, 1 + (SELECT max(number) FROM"
            " policy_events e WHERE e.change_id = s.change_id), s.state, :to, 'nobody', 'none',"
            " '{}', :at FROM policy_standing s WHERE s.change_id = :c",
            to=self.random.choice(_STATES), at=self._now(), c=change.change_id,
        )  # fmt: skip

    def _forge_activation(self, change: Change) -> None:
        kind = self.random.choice(["activate", "activate", "rollback", "lapse", "emergency"])
        ends = self._now() if kind == "emergency" else None
        live = self.store.live(self.tenant)
        number = 0 if live is None else live.number
        fallback = self.random.choice([number, 0 if live is None else live.falls_back_to])
        self._sql(
            "INSERT INTO policy_activations (tenant, number, kind, version, policy_digest,"
            " change_id, ends_at, falls_back_to, actor, reason, at) VALUES"
            " (:t, :n, :k, :v, :d, :c, :ends, :back, 'nobody', 'none', :at)",
            t=self.tenant, n=number + self.random.choice([1, 1, 1, 2]), k=kind, v=change.version,
            d=change.policy_digest, c=change.change_id, ends=ends, back=fallback, at=self._now(),
        )  # fmt: skip

    def _forge_change(self, change: Change) -> None:
        """Ask again for the same, as a tightening, in another's name."""
        made = f"{change.change_id}{self.random.randint(0, 999)}"
        self._sql(
            "INSERT INTO policy_changes SELECT :new, tenant, version, policy_digest,"
            " evaluation_id, evaluation_digest, base_version, base_digest, base_document,"
            " 'tightening', :e, :a, :by, reason, submitted_at FROM policy_changes"
            " WHERE change_id = :c",
            new=made, e=self.random.choice([0, 1]), a=self.random.choice(self.people),
            by=self.random.choice(self.people), c=change.change_id,
        )  # fmt: skip
        self._sql(
            "INSERT INTO policy_events VALUES (:c, 1, 'evaluated', 'submitted', 'nobody', 'none',"
            " '{}', :at)",
            c=made, at=self._now(),
        )  # fmt: skip
        self.seen.append(self.store.change(self.tenant, made))

    def _alter(self, change: Change) -> None:
        self._sql(
            self.random.choice(
                [
                    "UPDATE policy_approvals SET approver = :who WHERE change_id = :c",
                    "UPDATE policy_approvals SET policy_digest = :p WHERE change_id = :c",
                    "UPDATE policy_changes SET direction = 'tightening' WHERE change_id = :c",
                    "UPDATE policy_changes SET submitted_by = :who WHERE change_id = :c",
                    "UPDATE policies SET document = '{}' WHERE tenant = :t",
                    "UPDATE policies SET author = :who WHERE tenant = :t",
                    "UPDATE policy_activations SET version = 1 WHERE tenant = :t",
                    "UPDATE policy_events SET to_state = 'approved' WHERE change_id = :c",
                    "DELETE FROM policy_events WHERE change_id = :c",
                    "DELETE FROM policy_activations WHERE tenant = :t",
                    "DELETE FROM policy_approvals WHERE change_id = :c",
                ]
            ),
            c=change.change_id, t=self.tenant, who=self.random.choice(self.people),
            p=change.policy_digest,
        )  # fmt: skip

    def _replace(self, change: Change) -> None:
        """Put a row in the place of another."""
        is_sqlite = self.engine.dialect.name == "sqlite"
        verb, end = ("INSERT OR REPLACE", "") if is_sqlite else (
            "INSERT", " ON CONFLICT DO NOTHING"
        )  # fmt: skip
        statement = self.random.choice(
            [
                "policy_approvals SELECT change_id, approver, 'x', 'x', reason, approved_at"
                " FROM policy_approvals WHERE change_id = :c",
                "policies SELECT tenant, version, digest, '{}', author, created_at"
                " FROM policies WHERE tenant = :t",
                "policies SELECT tenant, version + 99, digest, '{}', author, created_at"
                " FROM policies WHERE tenant = :t",
                "policy_activations SELECT * FROM policy_activations WHERE tenant = :t",
            ]
        )
        self._sql(f"{verb} INTO {statement}{end}", c=change.change_id, t=self.tenant)

    def _now(self) -> Any:
        moment = self.clock()
        is_sqlite = self.engine.dialect.name == "sqlite"
        return f"{moment:%Y-%m-%d %H:%M:%S.%f}" if is_sqlite else moment

    def _sql(self, statement: str, **values: Any) -> None:
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        with self.engine.begin() as connection:
            connection.execute(text(statement), used)

    def _rows(self) -> Rows:
        with self.engine.connect() as connection:
            return {
                table: {
                    tuple(row)
                    for row in connection.execute(
                        text(f"SELECT * FROM {table} WHERE {where}"),  # noqa: S608 - ours
                        {"t": self.tenant},
                    )
                }
                for table, where in _TABLES.items()
            }

    def _query(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement), values).mappings())

    def _check(self, step: str) -> None:
        """Hold every new activation against the rules."""
        for row in self._query(
            "SELECT * FROM policy_activations WHERE tenant = :t AND number > :n ORDER BY number",
            t=self.tenant, n=self.checked,
        ):  # fmt: skip
            self.checked = row["number"]
            self.activations += 1
            kind = row["kind"]
            if kind in {"activate", "canary", "emergency"} and not self._is_allowed(row):
                self.bypasses.append(f"{step}: {kind} of {row['version']} was not approved")

    def _document(self, version: int) -> PolicyDocument:
        if version == 0:
            return BASELINE
        (row,) = self._query(
            "SELECT document FROM policies WHERE tenant = :t AND version = :v",
            t=self.tenant, v=version,
        )  # fmt: skip
        return read_policy(parse_json(row["document"].encode()))

    def _is_allowed(self, row: Any) -> bool:
        (change,) = self._query(
            "SELECT * FROM policy_changes WHERE change_id = :c", c=row["change_id"]
        )
        version = row["canary_version"] or row["version"]
        after = self._document(version)
        base = self._document(change["base_version"])
        direction = direction_of(base, after)
        if change["version"] != version or change["policy_digest"] != after.digest:
            return False
        if row["kind"] == "emergency":
            return direction is Direction.TIGHTENING
        given = self._query(
            "SELECT a.approver, p.roles, p.disabled_at FROM policy_approvals a JOIN people p"
            " ON p.user_id = a.approver WHERE a.change_id = :c AND a.policy_digest = :p"
            " AND a.evaluation_digest = :e AND p.tenant = :t",
            c=row["change_id"], p=after.digest, e=change["evaluation_digest"], t=self.tenant,
        )  # fmt: skip
        approvers = [
            Approver(
                each["approver"],
                frozenset(map(Role, each["roles"].split())),
                is_in=each["disabled_at"] is None,
            )
            for each in given
        ]
        (author,) = self._query(
            "SELECT author FROM policies WHERE tenant = :t AND version = :v",
            t=self.tenant, v=version,
        )  # fmt: skip
        authors = {author["author"], change["policy_author"], change["submitted_by"]}
        return is_enough(direction, authors, approvers)
