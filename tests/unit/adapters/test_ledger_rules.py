"""What an append writes, replays and refuses, told without a database."""

import asyncio
from collections.abc import Iterator

import pytest

from app.adapters.ledger_rules import (
    KeptClaim,
    KeptFiling,
    Known,
    KnownEvent,
    Repeat,
    Writing,
    judge,
)
from app.core.errors import Conflict, IdempotencyMismatch
from app.core.records import Appended, StoredResponse
from tests.ledger_records import append, claim, draft, explanation, record


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def replay(body: bytes) -> Appended:
    return Appended((), (), StoredResponse(body))


def test_the_first_filing_of_an_entry_is_said_to_be_the_first(
    loop: asyncio.AbstractEventLoop,
) -> None:
    once = append(record(), loop=loop)
    assert judge(once, Known()) == Writing(once, (True,))


def test_a_later_revision_is_a_filing_but_not_the_first(loop: asyncio.AbstractEventLoop) -> None:
    later = append(record(revision=2, body_digest="body-2"), loop=loop)
    known = Known(filed={("acme", "B7603245278")})
    assert judge(later, known) == Writing(later, (False,))


def test_drafts_are_free_and_never_a_filing(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    for _ in range(2):
        free = append(draft(), loop=loop)
        assert judge(free, known) == Writing(free, (False,))
    assert not known.filed


def test_a_filed_record_without_entry_number_is_never_the_first_of_one(
    loop: asyncio.AbstractEventLoop,
) -> None:
    unnumbered = append(record(entry_number=None), loop=loop)
    assert judge(unnumbered, Known()) == Writing(unnumbered, (False,))


def test_within_one_append_only_one_record_is_the_first(loop: asyncio.AbstractEventLoop) -> None:
    both = append(record(), record(), record(entry_number="B7600000009"), loop=loop)
    assert judge(both, Known()) == Writing(both, (True, False, True))


def test_the_same_filing_in_one_group_replays_the_first_answer(
    loop: asyncio.AbstractEventLoop,
) -> None:
    known = Known()
    judge(append(record(response=b"first"), loop=loop), known)
    assert judge(append(record(response=b"second"), loop=loop), known) == replay(b"first")


def test_the_same_filing_with_another_body_is_refused(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    judge(append(record(), loop=loop), known)
    with pytest.raises(Conflict, match="another body"):
        judge(append(record(body_digest="body-2"), loop=loop), known)


@pytest.mark.parametrize(
    "change",
    [{"model_digest": "sha256:9"}, {"policy_version": "8"}, {"reference_digest": "sha256:9"}],
)
def test_the_same_body_after_a_change_is_a_new_decision(
    loop: asyncio.AbstractEventLoop, change: dict[str, str]
) -> None:
    known = Known()
    first = record()
    judge(append(first, loop=loop), known)
    again = append(record(**change, supersedes=first.decision_id), loop=loop)
    assert judge(again, known) == Writing(again, (False,))


def test_a_decision_that_does_not_name_what_it_supersedes_is_refused(
    loop: asyncio.AbstractEventLoop,
) -> None:
    known = Known()
    judge(append(record(), loop=loop), known)
    with pytest.raises(Conflict, match="meanwhile"):
        judge(append(record(policy_version="8"), loop=loop), known)


def test_an_erased_answer_cannot_be_replayed(loop: asyncio.AbstractEventLoop) -> None:
    same = record()
    decided_by = (same.model_digest, same.policy_version, same.reference_digest)
    kept = KeptFiling("old", same.body_digest, decided_by, None)
    known = Known(filings={("acme", "B7603245278", 1): kept})
    with pytest.raises(Conflict, match="erased"):
        judge(append(same, loop=loop), known)


def test_a_claim_with_the_same_body_replays(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    first = append(record(), claim=claim(), claimed_response=b"first", loop=loop)
    assert judge(first, known) == Writing(first, (True,))
    second = append(record(), claim=claim(), claimed_response=b"second", loop=loop)
    assert judge(second, known) == replay(b"first")


def test_a_claim_with_another_body_is_refused(loop: asyncio.AbstractEventLoop) -> None:
    known = Known(claims={("acme", "/v1/score", "key-1"): KeptClaim("body-1", b"first")})
    other = claim(body_digest="body-2")
    with pytest.raises(IdempotencyMismatch):
        judge(append(record(), claim=other, claimed_response=b"", loop=loop), known)
    assert not known.filed


def test_a_claim_frees_from_the_binding_of_the_filing(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    judge(append(record(), loop=loop), known)
    keyed = append(record(body_digest="body-2"), claim=claim(), claimed_response=b"", loop=loop)
    assert judge(keyed, known) == Writing(keyed, (False,))


def test_several_records_at_once_are_not_bound(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    judge(append(record(), loop=loop), known)
    both = append(record(body_digest="body-2"), draft(), loop=loop)
    assert judge(both, known) == Writing(both, (False, False))


def test_tenants_do_not_meet(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    judge(append(record(), claim=claim(), claimed_response=b"", loop=loop), known)
    theirs = append(
        record(tenant="zenith", body_digest="body-2"),
        claim=claim(tenant="zenith", body_digest="body-2"),
        claimed_response=b"",
        loop=loop,
    )
    assert judge(theirs, known) == Writing(theirs, (True,))


def test_an_append_of_a_claim_alone_writes_just_that(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    alone = append(claim=claim(), claimed_response=b"refusal", loop=loop)
    assert judge(alone, known) == Writing(alone, ())
    assert judge(append(claim=claim(), loop=loop), known) == replay(b"refusal")


def test_an_event_is_written_and_never_a_filing(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    new = append(explanation(), loop=loop)
    assert judge(new, known) == Writing(new, (False,))
    assert not known.filed


def test_the_same_event_in_one_group_waits_for_the_number_of_the_first(
    loop: asyncio.AbstractEventLoop,
) -> None:
    known = Known()
    given = explanation(subject="typo")
    judge(append(given, loop=loop), known)
    repeat = judge(append(given, loop=loop), known)
    assert isinstance(repeat, Repeat)
    known.events["acme", "explanation", "typo"].seq = 9
    assert repeat.appended() == Appended((9,), (False,))


def test_a_refused_event_leaves_what_is_known_as_it_was(loop: asyncio.AbstractEventLoop) -> None:
    known = Known()
    orphan = explanation(corrects="nothing")
    with pytest.raises(Conflict, match="not there"):
        judge(append(explanation(), orphan, claim=claim(), loop=loop), known)
    assert known == Known()


def test_two_of_one_append_cannot_correct_the_same(loop: asyncio.AbstractEventLoop) -> None:
    known = Known(events={("acme", "explanation", "typo"): KnownEvent(b"{}", 1)})
    both = append(explanation(corrects="typo"), explanation(corrects="typo"), loop=loop)
    with pytest.raises(Conflict, match="corrected before"):
        judge(both, known)


def test_an_erased_event_is_not_repeated(loop: asyncio.AbstractEventLoop) -> None:
    known = Known(events={("acme", "explanation", "typo"): KnownEvent(None, 1)})
    with pytest.raises(Conflict, match="another document"):
        judge(append(explanation(subject="typo"), loop=loop), known)
