"""The entries of a job are cut into chunks in order, none lost, none made."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.jobs import (
    CHUNK_BYTES,
    CHUNK_ENTRIES,
    Chunk,
    JobLimits,
    JobState,
    chunks_of,
    count_entries,
    job_document,
)
from app.core.refusals import InvalidJob
from tests.fakes import NOW
from tests.job_records import job

LIMITS = JobLimits(max_entries=200, max_line_bytes=300 * 1024)


def cut(*lines: bytes, limits: JobLimits = LIMITS) -> list[Chunk]:
    return list(chunks_of(lines, limits))


def flat(chunks: Sequence[Chunk]) -> list[bytes]:
    return [line for each in chunks for line in each.lines]


@given(st.lists(st.sampled_from([b"", b" ", b"{}", b'{"a":1}', b"x" * 90_000]), max_size=199))
def test_every_line_that_says_something_is_in_its_place(lines: list[bytes]) -> None:
    said = [each for each in lines if each.strip()]
    if not said:
        with pytest.raises(InvalidJob):
            cut(*lines)
        return
    chunks = cut(*lines)
    assert flat(chunks) == said
    assert [each.number for each in chunks] == list(range(len(chunks)))
    assert [each.first for each in chunks] == [
        count_entries(chunks[:at]) for at in range(len(chunks))
    ]
    assert all(1 <= len(each.lines) <= CHUNK_ENTRIES for each in chunks)
    sizes = [sum(map(len, each.lines)) for each in chunks]
    assert all(size <= CHUNK_BYTES for size in sizes)


def test_a_line_larger_than_a_chunk_has_one_of_its_own() -> None:
    large = b"x" * (CHUNK_BYTES + 1)
    assert [each.lines for each in cut(b"a", large, b"b")] == [(b"a",), (large,), (b"b",)]


def test_a_byte_order_mark_and_windows_line_ends_are_passed_over() -> None:
    assert flat(cut(b"\xef\xbb\xbf{}\r\n", b"{}\r\n")) == [b"{}", b"{}"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "entries_count"),
        ([b"\n", b"  "], "entries_count"),
        ([b"{}"] * 201, "entries_count"),
        ([b"{}", b"x" * (300 * 1024 + 1)], "line_too_long"),
    ],
)
def test_what_is_no_job_is_refused_whole(lines: list[bytes], code: str) -> None:
    with pytest.raises(InvalidJob) as refused:
        cut(*lines)
    assert refused.value.problems[0].code == code
    if code == "line_too_long":
        assert "line 2" in refused.value.problems[0].message


def test_a_job_shows_how_far_it_is_and_no_entry() -> None:
    shown = job_document(job(scored=1, refused=1, started_at=NOW))
    assert shown["done"] == 2
    assert shown["started_at"] == "2026-11-24T02:31:07.412Z"
    assert shown["finished_at"] is None
    assert "idempotency_key" not in shown


def test_three_states_are_final() -> None:
    final = {each for each in JobState if not each.is_open}
    assert final == {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
