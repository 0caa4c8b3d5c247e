"""How much work jobs and webhooks have before them and behind them, for whoever watches."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from app.core.backlog import Backlog
from app.core.refusals import JobsUnavailable

LOOK_EVERY_S = 15.0  # what Prometheus scrapes by default is no older

log = structlog.get_logger(__name__)


class Backlogs(Protocol):
    """Where jobs and deliveries are counted."""

    def read(self) -> Backlog:
        """Return the counts of now (blocking); JobsUnavailable."""
        ...


@dataclass(slots=True)
class Tally:
    """What this process did since its start, by outcome, and what was kept when it last looked.

    `ended` counts jobs by their final state, `attempts` those to deliver a webhook: `delivered`,
    `failed` (to be tried again) or `dead` (given up).
    """

    ended: dict[str, int] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    backlog: Backlog = field(default_factory=Backlog)

    def job_ended(self, state: str) -> None:
        """Count a job that ended here."""
        self.ended[state] = self.ended.get(state, 0) + 1

    def tried(self, outcome: str) -> None:
        """Count an attempt to deliver."""
        self.attempts[outcome] = self.attempts.get(outcome, 0) + 1

    async def look(self, backlogs: Backlogs) -> None:
        """Take in what is kept now; what was seen before stays where it cannot be read."""
        try:
            self.backlog = await asyncio.to_thread(backlogs.read)
        except JobsUnavailable as error:
            log.warning("jobs_not_counted", detail=error.detail)

    async def watch(self, backlogs: Backlogs, every_s: float = LOOK_EVERY_S) -> None:
        """Look for ever."""
        while True:
            await self.look(backlogs)
            await asyncio.sleep(every_s)
