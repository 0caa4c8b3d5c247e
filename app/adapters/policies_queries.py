"""Reading policies of all tenants (blocking); LedgerUnavailable where the database fails."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.accounts_schema import people
from app.adapters.accounts_sql import person_of
from app.adapters.control_database import ControlDatabase, unavailable
from app.adapters.policies_reading import (
    activation_of,
    change_of,
    find_change,
    find_evaluation,
    find_policy,
    policy_of,
)
from app.adapters.policies_schema import activations, policies, standing
from app.core.errors import NotFound
from app.core.governance import State
from app.core.governance.records import Activation, Change, PolicyVersion, StoredEvaluation
from app.core.people import Person


class SqlPolicyReads:
    """What can be asked of policies without changing any."""

    def __init__(self, control: ControlDatabase) -> None:
        self._control = control

    def person(self, tenant: str, user_id: str) -> Person:
        """Return someone of the tenant; NotFound."""
        same = people.c.user_id == user_id
        with self._reading() as connection:
            found = connection.execute(select(people).where(same, people.c.tenant == tenant))
            row = found.mappings().one_or_none()
        if row is None:
            raise NotFound("There is nobody of that id.")
        return person_of(row)

    def policy(self, tenant: str, version: int) -> PolicyVersion:
        """Return a version; NotFound."""
        with self._reading() as connection:
            return find_policy(connection, tenant, version)

    def policies(self, tenant: str, *, before: int | None, limit: int) -> list[PolicyVersion]:
        """Return a tenant's versions, newest first, those below `before`."""
        query = select(policies).where(policies.c.tenant == tenant)
        if before is not None:
            query = query.where(policies.c.version < before)
        query = query.order_by(policies.c.version.desc()).limit(limit)
        with self._reading() as connection:
            return [policy_of(row) for row in connection.execute(query).mappings()]

    def evaluation(self, tenant: str, evaluation_id: str) -> StoredEvaluation:
        """Return an evaluation; NotFound."""
        with self._reading() as connection:
            return find_evaluation(connection, tenant, evaluation_id)

    def change(self, tenant: str, change_id: str) -> Change:
        """Return a change as it stands; NotFound."""
        with self._reading() as connection:
            return find_change(connection, tenant, change_id)

    def changes(
        self, tenant: str | None = None, *, states: frozenset[State] | None = None, limit: int = 200
    ) -> list[Change]:
        """Return changes, newest first, of one tenant or all, in any of these states."""
        query = select(standing).order_by(standing.c.change_id.desc()).limit(limit)
        if tenant is not None:
            query = query.where(standing.c.tenant == tenant)
        if states is not None:
            query = query.where(standing.c.state.in_([str(each) for each in states]))
        with self._reading() as connection:
            return [change_of(connection, row) for row in connection.execute(query).mappings()]

    def live(self, tenant: str, at: datetime | None = None) -> Activation | None:
        """Return what is live, or was at a moment; None: the bundle's baseline."""
        query = select(activations).where(activations.c.tenant == tenant)
        if at is not None:
            query = query.where(activations.c.at <= at)
        query = query.order_by(activations.c.number.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else activation_of(row)

    def activations(self, tenant: str, *, since: datetime) -> list[Activation]:
        """Return a tenant's activations from a moment on, oldest first."""
        query = select(activations).where(activations.c.tenant == tenant, activations.c.at >= since)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(activations.c.number)).mappings().all()
        return [activation_of(row) for row in rows]

    def all_live(self) -> list[Activation]:
        """Return what is live of every tenant for which anything ever went live."""
        newest = select(activations.c.tenant, func.max(activations.c.number).label("number"))
        last = newest.group_by(activations.c.tenant).subquery()
        same = (activations.c.tenant == last.c.tenant) & (activations.c.number == last.c.number)
        query = select(activations).join(last, same).order_by(activations.c.tenant)
        with self._reading() as connection:
            return [activation_of(row) for row in connection.execute(query).mappings()]

    def numbers(self) -> Mapping[str, int]:
        """Return the number of what is live by tenant: what replicas look at each second."""
        newest = select(activations.c.tenant, func.max(activations.c.number))
        with self._reading() as connection:
            rows = connection.execute(newest.group_by(activations.c.tenant)).all()
        return {row[0]: row[1] for row in rows}

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._control.reader.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise unavailable(error) from error
