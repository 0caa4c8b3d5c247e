"""The hash chain: what it covers, and that every change to it is found."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.chain import (
    GENESIS,
    Link,
    canonical,
    first_break,
    link_fields,
    link_hash,
    payload_digest,
    record_digest,
)


def linked(*, tenant: str = "acme", stream: str = "main", count: int = 4) -> list[Link]:
    links: list[Link] = []
    for number in range(1, count + 1):
        bare = Link(
            tenant=tenant,
            stream=stream,
            epoch=1 + number // 3,
            number=number,
            seq=10 * number,
            kind="decision",
            subject=f"id-{number}",
            record_digest=record_digest({"score": number}),
            payload_digest=payload_digest(b"salt", [b"a", b"b"]),
            prev_hash=links[-1].hash if links else GENESIS,
        )
        links.append(replace(bare, hash=link_hash(bare)))
    return links


def altered(link: Link, **changes: object) -> Link:
    return replace(link, **changes)  # type: ignore[arg-type]  # fields by name


def rehashed(links: list[Link], place: int, **changes: object) -> list[Link]:
    """The chain as a forger would leave it who knows to hash again, but only that link."""
    changed = altered(links[place], **changes)
    return [*links[:place], replace(changed, hash=link_hash(changed)), *links[place + 1 :]]


def test_a_chain_as_written_has_no_break() -> None:
    assert first_break(linked()) is None


def test_streams_and_tenants_are_chains_of_their_own() -> None:
    streams = [linked(), linked(stream="other"), linked(tenant="zenith", stream="other")]
    assert first_break(link for links in streams for link in links) is None


def test_an_empty_chain_has_no_break() -> None:
    assert first_break([]) is None


@pytest.mark.parametrize("field", sorted(set(link_fields(linked()[0])) - {"tenant", "stream"}))
def test_every_field_of_a_link_is_covered_by_its_hash(field: str) -> None:
    links = linked()
    value = getattr(links[1], field)
    other = value + 100 if isinstance(value, int) else "f" * 64
    links[1] = altered(links[1], **{field: other})
    found = first_break(links)
    assert found is not None
    assert found.seq in {links[1].seq, links[2].seq}


def test_a_link_hashed_again_is_betrayed_by_the_next() -> None:
    found = first_break(rehashed(linked(), 1, record_digest="0" * 64))
    assert found is not None
    assert (found.number, found.problem) == (
        3,
        "the previous hash is not that of the link before",
    )


def test_a_deleted_link_is_found() -> None:
    links = linked()
    del links[1]
    found = first_break(links)
    assert found is not None
    assert (found.tenant, found.stream, found.number, found.seq) == ("acme", "main", 3, 30)
    assert found.problem == "found link 3, wanted 2"


def test_a_cut_head_is_found() -> None:
    found = first_break(linked()[1:])
    assert found is not None
    assert found.problem == "found link 2, wanted 1"


def test_a_falling_epoch_is_found_even_when_hashed_again() -> None:
    found = first_break(rehashed(linked(), 3, epoch=1))
    assert found is not None
    assert found.problem == "found epoch 1 after 2"


def test_a_seq_that_does_not_rise_is_found_even_when_hashed_again() -> None:
    found = first_break(rehashed(linked(), 3, seq=30))
    assert found is not None
    assert found.problem == "found seq 30 after 30"


def test_a_cut_tail_is_not_found_without_a_checkpoint() -> None:
    assert first_break(linked()[:-1]) is None


def test_a_hash_can_be_checked_without_this_project() -> None:
    link = linked()[2]
    fields = json.dumps(link_fields(link), sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(fields.encode()).hexdigest() == link.hash


def test_canonical_json_does_not_depend_on_the_order_of_fields() -> None:
    assert (
        canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1}) == '{"a":"é","b":1}'.encode()
    )


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        record_digest({"probability": float("nan")})


def test_a_payload_cannot_be_cut_elsewhere_with_the_same_digest() -> None:
    assert payload_digest(b"s", [b"ab", b"c"]) != payload_digest(b"s", [b"a", b"bc"])


def test_the_salt_is_part_of_a_payload_digest() -> None:
    assert payload_digest(b"s", [b"a"]) != payload_digest(b"t", [b"a"])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_survives_canonical_json_bit_for_bit(number: float) -> None:
    assert json.loads(canonical({"p": number}))["p"].hex() == number.hex()


@given(st.data())
def test_any_one_changed_character_is_found(data: st.DataObject) -> None:
    links = linked(count=3)
    place = data.draw(st.integers(0, 2))
    field = data.draw(st.sampled_from(["record_digest", "payload_digest", "prev_hash", "hash"]))
    text = getattr(links[place], field)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
    links[place] = altered(links[place], **{field: changed})
    assert first_break(links) is not None
