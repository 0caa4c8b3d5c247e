"""API keys are found by their secret, of which no trace but a keyed hash is kept."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.adapters.keys_sql import MAX_LOOKUPS, SqlKeyStore, open_keys
from app.core.errors import Conflict, InvalidField, LedgerUnavailable, Overloaded
from app.core.records import ApiKey
from app.services.ports import KeyStore

PEPPER = b"p" * 32
SCOPES = frozenset({"score:write", "decision:read"})
CHOSEN = "erk_abcdefgh_" + "A1b2C3d4E5" * 3
REVOKED_WITHIN_S = 5.0


class Clock:
    """Wall time that only moves when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 24, 2, 31, 7, 412345, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(ledger_url: str, clock: Clock) -> Iterator[SqlKeyStore]:
    keys = open_keys(ledger_url, pepper=PEPPER, now=clock)
    yield keys
    keys.close()


def find(keys: SqlKeyStore, secret: str) -> ApiKey | None:
    return asyncio.run(keys.find(secret))


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread is doing."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_has_the_shape_of_the_port(keys: SqlKeyStore) -> None:
    port: KeyStore = keys
    assert port.list() == []


def test_a_key_is_found_by_its_secret(keys: SqlKeyStore, clock: Clock) -> None:
    key, secret = keys.create("acme", "broker system", SCOPES)
    assert find(keys, secret) == key
    assert (key.tenant, key.name, key.scopes, key.created_at) == (
        "acme",
        "broker system",
        SCOPES,
        clock.moment,
    )
    assert secret.startswith(f"erk_{key.prefix}_")


@pytest.mark.parametrize(
    "secret", ["", "erk_", "Bearer", CHOSEN, CHOSEN + "\0", "erk_é" + "a" * 40]
)
def test_an_unknown_secret_finds_nothing(keys: SqlKeyStore, secret: str) -> None:
    keys.create("acme", "other", SCOPES)
    assert find(keys, secret) is None
    assert find(keys, secret) is None


def test_a_shared_prefix_is_not_enough(keys: SqlKeyStore) -> None:
    key, _ = keys.create("acme", "first", SCOPES, secret=CHOSEN)
    other, _ = keys.create("zenith", "second", SCOPES, secret=CHOSEN[:-1] + "X")
    assert find(keys, CHOSEN) == key
    assert find(keys, CHOSEN[:-1] + "X") == other
    assert find(keys, CHOSEN[:-1] + "Y") is None


def test_a_chosen_secret_is_taken_once(keys: SqlKeyStore) -> None:
    _, secret = keys.create("acme", "demo", SCOPES, secret=CHOSEN)
    assert secret == CHOSEN
    with pytest.raises(Conflict):
        keys.create("acme", "demo", SCOPES, secret=CHOSEN)
    with pytest.raises(InvalidField, match="erk_"):
        keys.create("acme", "weak", SCOPES, secret="password")


def test_a_secret_that_was_unknown_a_moment_ago_is_found_once_made(keys: SqlKeyStore) -> None:
    assert find(keys, CHOSEN) is None
    key, _ = keys.create("acme", "demo", SCOPES, secret=CHOSEN)
    assert find(keys, CHOSEN) == key


def test_only_scopes_that_exist_can_be_given(keys: SqlKeyStore) -> None:
    with pytest.raises(InvalidField, match="everything"):
        keys.create("acme", "greedy", frozenset({"everything"}))
    assert keys.list() == []


def test_a_revoked_key_is_refused_at_once_here(keys: SqlKeyStore) -> None:
    key, secret = keys.create("acme", "old", SCOPES)
    assert find(keys, secret) is not None
    assert keys.revoke(key.key_id)
    assert find(keys, secret) is None


def test_a_key_revoked_elsewhere_is_refused_within_five_seconds(
    keys: SqlKeyStore, ledger_url: str, clock: Clock
) -> None:
    elsewhere = open_keys(ledger_url, pepper=PEPPER, now=clock)
    key, secret = elsewhere.create("acme", "old", SCOPES)
    assert find(keys, secret) is not None
    elsewhere.revoke(key.key_id)
    elsewhere.close()
    began = time.monotonic()
    until(lambda: find(keys, secret) is None)
    assert time.monotonic() - began < REVOKED_WITHIN_S


def test_revoking_says_whether_there_was_such_a_key(keys: SqlKeyStore, clock: Clock) -> None:
    key, _ = keys.create("acme", "old", SCOPES)
    first = clock.moment
    assert keys.revoke(key.key_id)
    clock.moment += timedelta(days=1)
    assert keys.revoke(key.key_id)
    assert not keys.revoke("unknown")
    assert keys.list()[0].revoked_at == first


def test_an_expired_key_is_refused_to_the_moment(keys: SqlKeyStore, clock: Clock) -> None:
    _, secret = keys.create("acme", "short", SCOPES, clock.moment + timedelta(hours=1))
    clock.moment += timedelta(hours=1) - timedelta(microseconds=1)
    assert find(keys, secret) is not None
    clock.moment += timedelta(microseconds=1)
    assert find(keys, secret) is None


def test_two_live_keys_let_a_caller_rotate(keys: SqlKeyStore) -> None:
    old, old_secret = keys.create("acme", "old", SCOPES)
    new, new_secret = keys.create("acme", "new", SCOPES)
    assert (find(keys, old_secret), find(keys, new_secret)) == (old, new)
    keys.revoke(old.key_id)
    assert (find(keys, old_secret), find(keys, new_secret)) == (None, new)


def test_keys_are_listed_newest_first_by_tenant(keys: SqlKeyStore, clock: Clock) -> None:
    made = []
    for tenant in ("acme", "zenith", "acme"):
        clock.moment += timedelta(seconds=1)
        made.append(keys.create(tenant, "key", SCOPES, clock.moment + timedelta(1))[0])
    assert keys.list() == made[::-1]
    assert keys.list("acme") == [made[2], made[0]]
    assert keys.list("nobody") == []


def test_last_use_is_noted_at_most_once_a_minute(keys: SqlKeyStore, clock: Clock) -> None:
    _, secret = keys.create("acme", "used", SCOPES)
    first = clock.moment
    find(keys, secret)
    until(lambda: keys.list()[0].last_used_at == first)
    clock.moment += timedelta(seconds=59)
    find(keys, secret)
    clock.moment += timedelta(seconds=1)
    find(keys, secret)
    until(lambda: keys.list()[0].last_used_at == clock.moment)


def test_the_secret_is_nowhere_in_the_database(keys: SqlKeyStore, ledger_url: str) -> None:
    key, secret = keys.create("acme", "n", SCOPES)
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM api_keys")).one()
    engine.dispose()
    random_part = secret.split("_")[2]
    assert not any(random_part in str(value) for value in row)
    assert not any(random_part.encode() in bytes(v) for v in row if isinstance(v, bytes))
    assert random_part not in repr(key)


def test_another_pepper_opens_no_door(keys: SqlKeyStore, ledger_url: str, clock: Clock) -> None:
    _, secret = keys.create("acme", "key", SCOPES)
    other = open_keys(ledger_url, pepper=b"q" * 32, now=clock)
    assert find(other, secret) is None
    other.close()


def test_many_who_ask_for_one_secret_ask_the_database_once(keys: SqlKeyStore) -> None:
    key, secret = keys.create("acme", "busy", SCOPES)

    async def ask() -> list[ApiKey | None]:
        return await asyncio.gather(*(keys.find(secret) for _ in range(10 * MAX_LOOKUPS)))

    assert asyncio.run(ask()) == [key] * 10 * MAX_LOOKUPS


def test_strangers_in_a_crowd_are_turned_away(keys: SqlKeyStore) -> None:
    guesses = [f"erk_abcdefgh_{number:030}" for number in range(4 * MAX_LOOKUPS)]

    async def ask() -> list[ApiKey | BaseException | None]:
        asked = (keys.find(guess) for guess in guesses)
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask())
    assert sum(answer is None for answer in answers) == MAX_LOOKUPS
    assert sum(isinstance(answer, Overloaded) for answer in answers) == 3 * MAX_LOOKUPS
    _, secret = keys.create("acme", "patient", SCOPES)
    assert find(keys, secret) is not None


def test_who_stops_asking_disturbs_nobody(keys: SqlKeyStore) -> None:
    key, secret = keys.create("acme", "key", SCOPES)

    async def ask() -> ApiKey | None:
        hasty = asyncio.ensure_future(keys.find(secret))
        patient = asyncio.ensure_future(keys.find(secret))
        await asyncio.sleep(0)
        hasty.cancel()
        return await patient

    assert asyncio.run(ask()) == key


def test_a_key_survives_a_restart(keys: SqlKeyStore, ledger_url: str, clock: Clock) -> None:
    key, secret = keys.create("acme", "key", SCOPES)
    again = open_keys(ledger_url, pepper=PEPPER, now=clock)
    found = find(again, secret)
    again.close()
    assert found is not None
    assert replace(found, last_used_at=None) == key


def test_a_database_that_is_gone_is_no_wrong_key(keys: SqlKeyStore, ledger_url: str) -> None:
    key, secret = keys.create("acme", "key", SCOPES)
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE api_keys"))
    engine.dispose()
    attempts: list[Callable[[], object]] = [
        lambda: find(keys, secret),
        lambda: keys.create("acme", "key", SCOPES),
        keys.list,
        lambda: keys.revoke(key.key_id),
    ]
    for attempt in attempts:
        with pytest.raises(LedgerUnavailable) as refused:
            attempt()
        assert secret not in str(refused.value)


def test_keys_that_do_not_open_say_so(tmp_path: Path, clock: Clock) -> None:
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"not a database" * 1000)
    with pytest.raises(LedgerUnavailable, match="do not open"):
        open_keys(f"sqlite:///{garbage}", pepper=PEPPER, now=clock)
    with pytest.raises(InvalidField, match="pepper"):
        open_keys(f"sqlite:///{tmp_path / 'keys.db'}", pepper=b"short", now=clock)


def test_use_after_closing_fails_without_noise(ledger_url: str, clock: Clock) -> None:
    keys = open_keys(ledger_url, pepper=PEPPER, now=clock)
    _, secret = keys.create("acme", "key", SCOPES)
    assert find(keys, secret) is not None
    keys.close()
    clock.moment += timedelta(minutes=5)
    assert find(keys, secret) is not None  # remembered; the use can no longer be noted
