"""How far a history has come, as bytes that say what they are, and names that hide who it is of."""

import pytest

from app.core.errors import DataRefused
from app.core.history.projected import HistoryHead, anchor_of, scope_of

HEAD = HistoryHead(2**40, anchor_of("D9"), True, anchor_of("D1"))


def test_a_head_is_the_same_after_its_bytes() -> None:
    for head in (HEAD, HistoryHead(0, 0, False)):
        assert HistoryHead.unpack(head.pack()) == head


@pytest.mark.parametrize("place", range(len(HEAD.pack())))
def test_a_head_with_a_bit_changed_is_refused(place: int) -> None:
    data = bytearray(HEAD.pack())
    data[place] ^= 1
    with pytest.raises(DataRefused, match="history head"):
        HistoryHead.unpack(bytes(data))


@pytest.mark.parametrize("data", [b"", HEAD.pack()[:-1], HEAD.pack() + b"\0"])
def test_a_head_of_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(DataRefused, match="history head"):
        HistoryHead.unpack(data)


def test_scopes_differ_by_seed_and_tenant_and_name_neither() -> None:
    scopes = {scope_of(seed, tenant).text for seed in ("s1", "s2") for tenant in ("acme", "zenith")}
    assert len(scopes) == 4
    assert not any("acme" in text or "s1" in text for text in scopes)
    assert scope_of("s1", "acme")._replace(is_draft=True).text.endswith("-draft")


def test_anchors_tell_facts_apart_and_are_never_the_mark_of_none() -> None:
    assert anchor_of("D1") != anchor_of("D2")
    assert anchor_of("D1") != 0
