"""What is kept of jobs and deliveries is counted by state, and shown as metrics."""

import asyncio
from pathlib import Path

from app.adapters.jobs_backlog import SqlBacklog
from app.core.backlog import Backlog
from app.core.refusals import JobsUnavailable
from app.services.jobs_backlog import Tally
from app.telemetry import Telemetry
from tests.desks import bench, run, until
from tests.job_records import Stores, job, webhook
from tests.unit.wiring.test_telemetry import shown


class Told:
    """Counts that are there, or not."""

    def __init__(self) -> None:
        self.found: Backlog | None = Backlog({"queued": 2}, {"dead": 1})
        self.asked = 0

    def read(self) -> Backlog:
        self.asked += 1
        if self.found is None:
            raise JobsUnavailable("gone")
        return self.found


def test_jobs_and_deliveries_are_counted_by_state(tmp_path: Path) -> None:
    kept = Stores.in_folder(tmp_path)
    try:
        backlog = SqlBacklog(kept.database)
        assert backlog.read() == Backlog({}, {})
        kept.webhooks.add(webhook(), 5)
        kept.finish("J1")
        kept.add(job("J2"))
        kept.add(job("J3"))
        assert backlog.read() == Backlog({"succeeded": 1, "queued": 2}, {"pending": 1})
    finally:
        kept.database.close()


def test_what_was_seen_stays_where_it_cannot_be_read() -> None:
    tally, told = Tally(), Told()
    run(tally.look(told))
    told.found = None
    run(tally.look(told))
    assert tally.backlog == Backlog({"queued": 2}, {"dead": 1})


def test_the_watch_looks_again_and_again() -> None:
    tally, told = Tally(), Told()

    async def watched() -> None:
        watch = asyncio.create_task(tally.watch(told, 0.0))
        await until(lambda: told.asked >= 3)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)

    run(watched())


def test_they_are_shown_as_metrics_with_every_state() -> None:
    tally = Tally()
    run(tally.look(Told()))
    tally.job_ended("failed")
    tally.tried("failed")
    tally.tried("failed")
    with bench() as at:
        telemetry = Telemetry(at.models, "1.2.3")
        telemetry.show_jobs(tally)
        text = shown(telemetry)
    for line in (
        'entry_risk_jobs{state="queued"} 2.0',
        'entry_risk_jobs{state="running"} 0.0',
        'entry_risk_webhook_deliveries{state="dead"} 1.0',
        'entry_risk_jobs_ended_total{outcome="failed"} 1.0',
        'entry_risk_jobs_ended_total{outcome="succeeded"} 0.0',
        'entry_risk_webhook_attempts_total{outcome="failed"} 2.0',
        'entry_risk_webhook_attempts_total{outcome="dead"} 0.0',
    ):
        assert line in text
