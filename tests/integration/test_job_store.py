"""Jobs are kept whole, worked on by one at a time, and have exactly one result a line."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from app.adapters.jobs_schema import jobs_metadata
from app.adapters.jobs_sql import MAX_STALLS, SqlJobStore
from app.core.errors import IdempotencyMismatch
from app.core.jobs import JobState
from app.core.refusals import JobsUnavailable, QuotaExceeded
from tests.fakes import NOW
from tests.job_records import KEEP, TERM, Stores, chunks, job, result_of
from tests.server_fixtures import FreshDatabase

LATER = NOW + TERM + timedelta(seconds=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Stores]]:
    """Both kinds of database, each made once."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('jobs') / 'jobs.db'}"
        else:
            fresh: FreshDatabase = request.getfixturevalue("fresh_database")
            url = stack.enter_context(fresh())
        stores = Stores(url)
        stack.callback(stores.database.close)
        yield url, stores


@pytest.fixture
def kept(opened: tuple[str, Stores]) -> Stores:
    """Stores with nothing in them."""
    opened[1].empty()
    return opened[1]


def test_migrations_make_the_tables_that_the_code_uses(opened: tuple[str, Stores]) -> None:
    wanted = set(jobs_metadata.tables)
    engine = create_engine(opened[0])
    options = {
        "include_name": lambda name, kind, _parents: kind != "table" or name in wanted,
        "compare_type": True,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, jobs_metadata) == []
    engine.dispose()


def test_a_job_is_kept_and_found_by_its_tenant_alone(kept: Stores) -> None:
    assert kept.jobs.add(job(), chunks(), 10) == (job(), True)
    assert kept.jobs.find("acme", "J1") == job()
    assert kept.jobs.find("other", "J1") is None
    assert kept.jobs.list("other", None, 10) == []


def test_the_same_key_gives_the_first_job_and_another_body_is_refused(kept: Stores) -> None:
    first = kept.add(job(idempotency_key="k"))
    again, is_new = kept.jobs.add(job("J2", idempotency_key="k"), chunks(), 10)
    assert (again, is_new) == (first, False)
    other = job("J3", idempotency_key="k", body_digest="sha256:1")
    with pytest.raises(IdempotencyMismatch):
        kept.jobs.add(other, chunks(), 10)
    kept.add(job("J4", idempotency_key="k", tenant="other"))


def test_racing_submissions_with_one_key_make_one_job(kept: Stores) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = threads.map(
            lambda at: kept.jobs.add(job(f"J{at}", idempotency_key="k"), chunks(), 10), range(8)
        )
        found = list(made)
    assert sum(is_new for _, is_new in found) == 1
    assert len({each.job_id for each, _ in found}) == 1


def test_a_tenant_has_so_many_open_jobs_and_no_more(kept: Stores) -> None:
    kept.add(job("J1"))
    with pytest.raises(QuotaExceeded):
        kept.add(job("J2"), max_open=1)
    kept.add(job("J3", tenant="other"), max_open=1)
    kept.jobs.cancel("acme", "J1", NOW)
    kept.add(job("J4"), max_open=1)


def test_a_job_is_worked_on_chunk_by_chunk_until_it_succeeds(kept: Stores) -> None:
    kept.add(job(entries=3), *chunks(2, 1))
    lease = kept.take()
    assert (lease.job.state, lease.job.started_at) == (JobState.RUNNING, NOW)
    assert kept.jobs.take(NOW, NOW + TERM) is None
    first = kept.jobs.next_chunk("J1")
    assert first == chunks(2, 1)[0]
    some = kept.jobs.put(lease, result_of(first, scored=1), NOW, NOW + TERM)
    assert some is not None
    assert (some.scored, some.refused, some.state) == (1, 1, JobState.RUNNING)
    assert kept.jobs.results("J1", 0, 10).results == result_of(first).results
    done = kept.work(lease)
    assert done is not None
    assert (done.state, done.done, done.finished_at) == (JobState.SUCCEEDED, 3, NOW)
    assert done.expires_at == NOW + KEEP
    assert kept.jobs.take(LATER, LATER + TERM) is None
    assert kept.jobs.next_chunk("J1") is None


def test_results_are_paged_by_index_across_chunks(kept: Stores) -> None:
    kept.add(job(entries=6), *chunks(2, 3, 1))
    lease = kept.take()
    kept.work(lease)
    kept.work(lease)
    page = kept.jobs.results("J1", 1, 3)
    assert page.results == tuple(b'result of {"n":%d}' % at for at in (1, 2, 3))
    assert page.next_index == 4
    assert kept.jobs.results("J1", 4, 3).next_index == 5
    assert kept.jobs.results("J1", 5, 3).results == ()


def test_a_lease_that_is_held_keeps_others_off_and_a_lost_one_writes_nothing(
    kept: Stores,
) -> None:
    kept.add(job())
    lost = kept.take()
    assert kept.jobs.renew(lost, NOW + 2 * TERM)
    assert kept.jobs.take(LATER, LATER + TERM) is None
    later = NOW + 2 * TERM + timedelta(seconds=1)
    held = kept.take(later)
    assert held.epoch > lost.epoch
    assert not kept.jobs.renew(lost, later + TERM)
    assert kept.work(lost, later) is None
    assert kept.jobs.results("J1", 0, 10).results == ()
    kept.jobs.release(lost, later)
    assert kept.jobs.take(later, later + TERM) is None
    assert kept.work(held, later) is not None


def test_a_chunk_has_its_results_once(kept: Stores) -> None:
    kept.add(job())
    lease = kept.take()
    chunk = kept.jobs.next_chunk("J1")
    assert chunk is not None
    assert kept.jobs.put(lease, result_of(chunk), NOW, NOW + TERM) is not None
    assert kept.jobs.put(lease, result_of(chunk), NOW, NOW + TERM) is None
    found = kept.jobs.find("acme", "J1")
    assert found is not None
    assert found.done == 1


def test_the_tenant_that_waited_longest_comes_first_and_its_oldest_job(kept: Stores) -> None:
    for name in ("J1", "J2"):
        kept.add(job(name))
    kept.add(job("J3", tenant="other"))
    served = []
    for second in range(4):
        now = NOW + timedelta(seconds=second)
        lease = kept.take(now)
        served.append(lease.job.job_id)
        kept.work(lease, now)
        kept.jobs.release(lease, now)
    assert served == ["J1", "J3", "J1", "J3"]


def test_a_waiting_job_is_cancelled_at_once_and_its_entries_are_forgotten(kept: Stores) -> None:
    kept.add(job())
    cancelled = kept.jobs.cancel("acme", "J1", NOW)
    assert cancelled is not None
    assert cancelled.state is JobState.CANCELLED
    assert kept.jobs.next_chunk("J1") is None
    assert kept.jobs.take(NOW, NOW + TERM) is None
    assert kept.jobs.cancel("acme", "J1", LATER) == cancelled
    assert kept.jobs.cancel("other", "J1", NOW) is None


def test_what_is_under_way_is_finished_before_a_job_is_cancelled(kept: Stores) -> None:
    kept.add(job())
    lease = kept.take()
    asked = kept.jobs.cancel("acme", "J1", NOW)
    assert asked is not None
    assert asked.state is JobState.CANCELLING
    ended = kept.work(lease)
    assert ended is not None
    assert (ended.state, ended.done) == (JobState.CANCELLED, 1)
    assert len(kept.jobs.results("J1", 0, 10).results) == 1


def test_a_job_whose_worker_died_is_cancelled_by_the_next(kept: Stores) -> None:
    kept.add(job("J1"))
    kept.add(job("J2"))
    kept.take()
    kept.jobs.cancel("acme", "J1", NOW)
    assert kept.take(LATER).job.job_id == "J2"
    found = kept.jobs.find("acme", "J1")
    assert found is not None
    assert found.state is JobState.CANCELLED


def test_a_job_that_kills_its_workers_is_given_up(kept: Stores) -> None:
    kept.add(job())
    now = NOW
    for _ in range(MAX_STALLS):
        kept.take(now)
        now += TERM + timedelta(seconds=1)
    assert kept.jobs.take(now, now + TERM) is None
    found = kept.jobs.find("acme", "J1")
    assert found is not None
    assert (found.state, found.problem) == (JobState.FAILED, "stalled")


def test_a_turn_that_ends_in_order_is_no_stall(kept: Stores) -> None:
    kept.add(job())
    for second in range(2 * MAX_STALLS):
        now = NOW + timedelta(seconds=second)
        kept.jobs.release(kept.take(now), now)


def test_where_one_process_works_its_leases_end_with_it(kept: Stores) -> None:
    kept.add(job())
    kept.take()
    again = SqlJobStore(kept.database, keep=KEEP)
    taken = again.take(NOW, NOW + TERM)
    assert (taken is None) == kept.database.is_shared


def test_an_ended_job_is_forgotten_after_its_time(kept: Stores) -> None:
    kept.finish("J1")
    kept.add(job("J2"))
    assert kept.jobs.forget(NOW + KEEP) == 0
    assert kept.jobs.forget(NOW + KEEP + timedelta(seconds=1)) == 1
    assert kept.jobs.find("acme", "J1") is None
    assert kept.jobs.results("J1", 0, 10).results == ()
    assert kept.jobs.find("acme", "J2") == job("J2")


def test_jobs_are_listed_newest_first_a_page_at_a_time(kept: Stores) -> None:
    for name in ("J1", "J2", "J3"):
        kept.add(job(name))
    assert [each.job_id for each in kept.jobs.list("acme", None, 2)] == ["J3", "J2"]
    assert [each.job_id for each in kept.jobs.list("acme", "J2", 2)] == ["J1"]


def test_a_database_that_fails_is_said(kept: Stores) -> None:
    kept.add(job("J1"), *chunks(1, 1))
    with pytest.raises(JobsUnavailable):
        kept.add(job("J2"), *chunks(1), *chunks(1))  # one number twice
    assert kept.jobs.find("acme", "J2") is None
