"""A receipt proves one decision of its tenant, and any other byte is found."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from app.core.chain import link_hash
from app.core.errors import LedgerUnavailable, NotFound
from app.core.model.signing import PublicKey
from app.core.receipt import receipt_problem
from app.core.receipt_canonical import canonical_bytes
from app.core.records import DecisionRecord
from app.services.receipts import Receipts
from tests.desks import LISTED, RELEASING, Bench, bench, filed, line, run, with_policy
from tests.proofs import SIGNER, MemoryLinks, link_at, receipts_at

KEYS = (SIGNER.public_key,)


def receipt_of(document: dict[str, Any], at: Bench) -> bytes:
    async def made() -> bytes:
        await at.models.reload()
        answer = await at.score(document)
        return await receipts_at(at).receipt("acme", answer["decision_id"])

    found: bytes = run(made())
    return found


def clean() -> bytes:
    with bench(with_policy(RELEASING)) as at:
        return receipt_of(filed(), at)


def test_a_clean_decision_has_the_proof_of_a_search_that_found_nothing() -> None:
    data = clean()
    receipt = json.loads(data)["receipt"]
    assert receipt_problem(data, KEYS) is None
    assert receipt["band"] == "release"
    assert receipt["searched"]["hits"] == []
    assert receipt["searched"]["names"]
    assert receipt["searched"]["lists"]["digest"] == receipt["answer"]["reference"]["digest"]


def test_a_receipt_says_what_was_asked_known_searched_and_answered() -> None:
    maker = line(manufacturer={"name": LISTED, "country": "CN"})
    with bench() as at:
        data = receipt_of(filed("B76-0324527-8", maker), at)
        record = at.ledger.records[0]
    receipt = json.loads(data)["receipt"]
    assert receipt["input"] == {
        "digest": record.body_digest,
        "entry": json.loads(record.request),
    }
    assert receipt["answer"] == json.loads(record.response)
    assert receipt["caller"] == "K1"
    assert receipt["searched"]["hits"]
    assert receipt["lines"][0]["row"]
    assert receipt["model"] == {"version": record.model_version, "digest": record.model_digest}
    assert receipt["policy"]["hold_at"] >= receipt["policy"]["review_at"]
    link = link_at(1, "acme", record.decision_id)
    assert receipt["ledger"]["hash"] == link_hash(link)


def test_any_flipped_bit_is_found() -> None:
    data = clean()
    draws = random.Random(27)  # noqa: S311 - which bits are flipped, not a secret
    for _ in range(400):
        at, bit = draws.randrange(len(data)), 1 << draws.randrange(8)
        flipped = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
        assert receipt_problem(flipped, KEYS) is not None


def test_the_same_document_spelled_otherwise_is_refused() -> None:
    data = clean()
    spaced = json.dumps(json.loads(data)).encode()
    assert receipt_problem(spaced, KEYS) == "the bytes are not those that were given out"


def test_a_key_that_is_not_known_is_said_to_be_so() -> None:
    other = PublicKey(bytes(32))
    assert receipt_problem(clean(), [other]) == "the key that signed it is not known here"


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"[" * 100_000, b'{"receipt":1}', b"\xff"])
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    assert receipt_problem(data, KEYS) == "the bytes are no receipt"


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": "none"},
        {"value": 7},
        {"value": "ab"},
        {"value": "AB" * 64},
        {"more": 1},
    ],
)
def test_a_signature_of_another_form_is_refused(changes: dict[str, Any]) -> None:
    found = json.loads(clean())
    found["signature"] |= changes
    assert receipt_problem(canonical_bytes(found), KEYS) == "the bytes are no receipt of this form"


def test_a_receipt_is_given_to_its_own_tenant_alone() -> None:
    async def asked(at: Bench) -> None:
        await at.models.reload()
        answer = await at.score(filed())
        await receipts_at(at).receipt("zenith", answer["decision_id"])

    with bench() as at, pytest.raises(NotFound):
        run(asked(at))


def test_an_erased_decision_has_no_receipt() -> None:
    async def asked(at: Bench) -> None:
        await at.models.reload()
        await at.score(filed())
        kept = at.ledger.kept[0]
        assert isinstance(kept, DecisionRecord)
        at.ledger.kept[0] = replace(kept, request=b"", evidence=b"", response=b"")
        await receipts_at(at).receipt("acme", "D1")

    with bench() as at, pytest.raises(NotFound, match="erased"):
        run(asked(at))


def test_a_decision_without_a_link_is_no_record() -> None:
    class NoLinks(MemoryLinks):
        async def link(self, tenant: str, decision_id: str) -> None:
            return None

    async def asked(at: Bench) -> None:
        await at.models.reload()
        await at.score(filed())
        await Receipts(at.desk, NoLinks(at.ledger), SIGNER).receipt("acme", "D1")

    with bench() as at, pytest.raises(LedgerUnavailable):
        run(asked(at))


def test_keys_that_signed_before_are_still_shown() -> None:
    older = PublicKey(bytes(range(32)))
    with bench() as at:
        receipts = Receipts(at.desk, MemoryLinks(at.ledger), SIGNER, (older, SIGNER.public_key))
        shown = receipts.keys()["keys"]
    assert [each["public_key"] for each in shown] == [
        SIGNER.public_key.raw.hex(),
        older.raw.hex(),
    ]
    assert [each["is_current"] for each in shown] == [True, False]
