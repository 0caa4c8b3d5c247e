"""What a shard comes to, what is kept of it, and what a later run may skip."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.reliability import __main__ as runner
from tests.reliability.findings import (
    QUIET,
    Found,
    Verdict,
    keep_record,
    may_skip,
    read_records,
)
from tests.reliability.flushes import in_order
from tests.reliability.shards import SHARDS, Shard, chosen
from tests.reliability.soak import slope

BUSY = QUIET + 0.1
WRITE = "7 pwrite64(5</d/ledger.db-wal>, 1, 2, 3) = 2"
SENT = '7 write(9<socket:[1]>, "HTTP/1.1 200 OK", 15) = 15'


def test_a_broken_promise_is_a_failure_on_any_machine() -> None:
    found = Found()
    found.must(False, "acknowledged and not stored")
    assert found.verdict(0.0) is found.verdict(BUSY) is Verdict.FAIL


def test_a_late_answer_fails_on_a_quiet_machine_and_says_nothing_on_a_busy_one() -> None:
    found = Found()
    found.in_time(True, "in time")
    assert found.verdict(BUSY) is Verdict.PASS
    found.in_time(False, "late")
    assert (found.verdict(0.0), found.verdict(BUSY)) == (Verdict.FAIL, Verdict.INCONCLUSIVE)


def test_a_ratio_on_a_busy_machine_is_no_pass() -> None:
    found = Found()
    found.compare(True, "not above twice that before")
    assert (found.verdict(0.0), found.verdict(BUSY)) == (Verdict.PASS, Verdict.INCONCLUSIVE)


def test_what_was_tried_in_part_is_no_pass() -> None:
    found = Found(partial=True)
    assert found.verdict(0.0) is Verdict.INCONCLUSIVE
    found.must(False, "acknowledged and not stored")
    assert found.verdict(0.0) is Verdict.FAIL


def test_a_shard_whose_program_is_absent_was_not_run() -> None:
    def run() -> Found:
        raise AssertionError("it must not run")

    record = runner.run_one(Shard("X1", "P1", run, ("no-such-program",)))
    assert (record["verdict"], record["why"]) == ("not run", ["no no-such-program"])


def test_only_a_pass_of_the_same_unchanged_commit_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "reliability" / "records.json"
    keep_record(file, "R1", {"commit": "abc", "verdict": Verdict.PASS})
    keep_record(file, "R5", {"commit": "abc", "verdict": Verdict.INCONCLUSIVE})
    kept = read_records(file)
    assert set(kept) == {"R1", "R5"}
    assert may_skip(kept["R1"], "abc")
    assert not may_skip(kept["R1"], "def")
    assert not may_skip({**kept["R1"], "commit": "abc+changes"}, "abc+changes")
    assert not may_skip(kept["R5"], "abc")
    assert not may_skip(kept.get("L7"), "abc")


def test_shards_have_names_of_their_own_and_r1_means_all_its_parts() -> None:
    assert len({each.name for each in SHARDS}) == len(SHARDS)
    assert {each.name for each in chosen(["R1"])} == {
        f"R1-{kind}-{half}" for kind in ("sqlite", "postgresql") for half in (1, 2)
    }
    with pytest.raises(SystemExit, match="R99"):
        chosen(["R4", "R99"])


def test_a_shard_that_does_not_come_to_an_end_is_ended_and_failed() -> None:
    record = runner.run_one(replace(SHARDS[0], needs=()), limit_s=0.2)
    assert (record["verdict"], record["why"]) == ("fail", ["not over after 0.2 s"])


def test_an_answer_counts_as_flushed_only_after_the_last_write_before_it() -> None:
    synced, other = "7 fsync(5</d/ledger.db-wal>) = 0", "7 fsync(4</d/control.db-wal>) = 0"
    begun, done = "8 fsync(5</d/ledger.db-wal> <unfinished ...>", "8 <... fsync resumed>) = 0"
    assert in_order("\n".join([WRITE, synced, SENT] * 2)) == (2, 0)
    assert in_order("\n".join([WRITE, begun, done, SENT])) == (1, 0)
    for rows in (
        [WRITE, SENT],
        [synced, WRITE, SENT],
        [WRITE, other, SENT],
        [SENT],
        [WRITE, begun, SENT],
    ):
        assert in_order("\n".join(rows)) == (0, 1)


def test_a_slope_is_that_of_the_line_through_the_points() -> None:
    assert slope([(0, 1), (10, 3), (20, 5)]) == pytest.approx(0.2)
    assert slope([(1, 1)]) == 0


def test_what_is_recorded_is_shown_as_rows_of_a_table() -> None:
    record = {"commit": "abc", "verdict": "fail", "figures": {"missing": 1}, "date": "2026-11-24"}
    (row,) = runner.table({"R1": record | {"why": ["not stored"], "load": 1, "others_share": 0.2}})
    assert row == "| R1 | fail | missing 1; not stored | 1 / 0.2 | abc | 2026-11-24 |"
