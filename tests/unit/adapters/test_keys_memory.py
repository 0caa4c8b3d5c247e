"""Keys are remembered for a moment, strangers apart from keys in use."""

from datetime import UTC, datetime

import pytest

from app.adapters.keys_memory import MAX_FOUND, MAX_UNKNOWN, KeyMemory
from app.adapters.keys_secret import (
    checked_pepper,
    checked_prefix,
    keyed_hash,
    make_secret,
    prefix_of,
)
from app.core.errors import InvalidField
from app.core.records import ApiKey

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def key(key_id: str = "1") -> ApiKey:
    return ApiKey(
        key_id=key_id,
        tenant="acme",
        name="test",
        prefix="abcdefgh",
        scopes=frozenset({"score:write"}),
        created_at=MOMENT,
    )


def remembering(time: Time) -> KeyMemory:
    return KeyMemory(2.0, time)


def test_a_key_is_recalled_until_its_time_is_over() -> None:
    time = Time()
    memory = remembering(time)
    memory.keep(b"hash", key(), time.now)
    time.now += 1.9
    assert memory.recall(b"hash") == (True, key())
    time.now += 0.1
    assert memory.recall(b"hash") == (False, None)


def test_a_stranger_is_recalled_too() -> None:
    time = Time()
    memory = remembering(time)
    memory.keep(b"hash", None, time.now)
    assert memory.recall(b"hash") == (True, None)
    time.now += 2
    assert memory.recall(b"hash") == (False, None)


def test_the_time_runs_from_the_start_of_the_lookup() -> None:
    time = Time()
    memory = remembering(time)
    memory.keep(b"hash", key(), time.now - 2)
    assert memory.recall(b"hash") == (False, None)


def test_strangers_do_not_push_out_keys() -> None:
    time = Time()
    memory = remembering(time)
    memory.keep(b"hash", key(), time.now)
    for number in range(2 * MAX_UNKNOWN):
        memory.keep(number.to_bytes(4, "big"), None, time.now)
    assert memory.recall(b"hash") == (True, key())
    assert memory.recall((0).to_bytes(4, "big")) == (False, None)


def test_keys_are_bounded_too() -> None:
    time = Time()
    memory = remembering(time)
    for number in range(MAX_FOUND + 1):
        memory.keep(number.to_bytes(4, "big"), key(str(number)), time.now)
    assert memory.recall((0).to_bytes(4, "big")) == (False, None)
    assert memory.recall((1).to_bytes(4, "big")) == (True, key("1"))


def test_a_forgotten_key_is_not_remembered_by_a_lookup_that_began_before() -> None:
    time = Time()
    memory = remembering(time)
    memory.keep(b"hash", key(), time.now)
    memory.keep(b"other", key("2"), time.now)
    began = time.now
    time.now += 0.1
    memory.forget_key("1")
    memory.keep(b"hash", key(), began)
    assert memory.recall(b"hash") == (False, None)
    assert memory.recall(b"other") == (True, key("2"))


def test_a_hash_is_forgotten_whether_it_was_known_or_not() -> None:
    time = Time()
    memory = remembering(time)
    memory.keep(b"known", key(), time.now)
    memory.keep(b"stranger", None, time.now)
    memory.forget(b"known")
    memory.forget(b"stranger")
    assert memory.recall(b"known") == memory.recall(b"stranger") == (False, None)


def test_a_secret_has_a_prefix_and_160_random_bits() -> None:
    secrets = {make_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        mark, prefix, rest = secret.split("_")
        assert (mark, len(prefix), len(rest)) == ("erk", 8, 27)
        assert prefix_of(secret) == prefix


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "erk_short_" + "a" * 27,
        "erk_abcdefgh_" + "a" * 21,
        "erk_abcdefgh_" + "a" * 129,
        "erk_abcdefgh_" + "a" * 26 + "-",
        "xyz_abcdefgh_" + "a" * 27,
        "erk_abcdefgh_" + "a" * 27 + "\n",
        "erk_abcdéfgh_" + "a" * 27,
    ],
)
def test_what_is_not_of_the_form_is_no_secret(secret: str) -> None:
    assert prefix_of(secret) is None
    with pytest.raises(InvalidField) as refused:
        checked_prefix(secret)
    assert secret == "" or secret not in str(refused.value)


def test_the_hash_depends_on_the_pepper() -> None:
    assert len(keyed_hash(b"p" * 32, "secret")) == 32
    assert keyed_hash(b"p" * 32, "secret") != keyed_hash(b"q" * 32, "secret")


def test_a_short_pepper_is_refused() -> None:
    assert checked_pepper(b"p" * 16) == b"p" * 16
    with pytest.raises(InvalidField, match="15 bytes"):
        checked_pepper(b"p" * 15)
