"""How many jobs and deliveries are in which state, counted over the database of jobs."""

from sqlalchemy import Column, func, select

from app.adapters.jobs_database import JobsDatabase
from app.adapters.jobs_schema import deliveries, jobs
from app.core.backlog import Backlog


class SqlBacklog:
    """The port Backlogs over `database`; it blocks, failures are JobsUnavailable."""

    def __init__(self, database: JobsDatabase) -> None:
        """Count in `database`."""
        self._database = database

    def read(self) -> Backlog:
        """Return the counts of now (blocking)."""
        return Backlog(self._by(jobs.c.state), self._by(deliveries.c.state))

    def _by(self, state: Column[str]) -> dict[str, int]:
        query = select(state, func.count()).group_by(state)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}
