"""Keys that rotate, and the audit of them, on both databases."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from app.adapters.accounts_sql import SqlPeople
from app.adapters.audit_sql import SqlAudit
from app.adapters.keys_sql import SqlKeyStore, open_keys
from app.core.audit import Action, Deed
from app.core.errors import Conflict, InvalidField, LedgerUnavailable, NotFound
from app.core.records import ApiKey
from app.services.audit import AuditLog

PEPPER = b"p" * 32
SCOPES = frozenset({"score:write", "decision:read"})


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
    keys = open_keys(ledger_url, pepper=PEPPER, now=clock, actor="command-line:dana")
    yield keys
    keys.close()


def find(keys: SqlKeyStore, secret: str) -> ApiKey | None:
    return asyncio.run(keys.find(secret))


def told(keys: SqlKeyStore) -> list[tuple[str, str, str]]:
    """Return tenant, action and subject of every event."""
    events = SqlAudit(keys.control).all()
    return [(each.deed.tenant, str(each.deed.action), each.deed.subject) for each in events]


def deed(subject: str, tenant: str = "acme", actor: str = "key:K1") -> Deed:
    return Deed(
        tenant=tenant, actor=actor, action=Action.LIST_ACTIVATED, subject=subject, details={}
    )


def test_two_keys_live_while_one_takes_over_from_the_other(keys: SqlKeyStore, clock: Clock) -> None:
    old, old_secret = keys.create("acme", "broker system", SCOPES)
    new, new_secret = keys.rotate(old.key_id, clock.moment + timedelta(hours=24))
    assert (new.tenant, new.name, new.scopes, new.replaces) == (
        "acme",
        "broker system",
        SCOPES,
        old.key_id,
    )
    assert find(keys, old_secret) is not None
    assert find(keys, new_secret) == new
    clock.moment += timedelta(hours=24)
    assert find(keys, old_secret) is None
    assert find(keys, new_secret) is not None


def test_a_key_is_in_a_persons_hands_and_so_is_the_one_that_takes_over(
    keys: SqlKeyStore, clock: Clock
) -> None:
    people = SqlPeople(keys.control)
    dana = people.add("acme", "dana", frozenset({"approver"}))
    people.add("acme", "gone", frozenset({"approver"}))
    people.change("gone", disabled=True)
    key, secret = keys.create("acme", "dana's", SCOPES, login="dana")
    other, _ = keys.rotate(key.key_id, clock.moment + timedelta(hours=1))
    assert (key.user_id, other.user_id) == (dana.user_id, dana.user_id)
    found = find(keys, secret)
    assert found is not None
    assert found.user_id == dana.user_id
    told = [each.deed.details for each in SqlAudit(keys.control).all()]
    assert [each["user"] for each in told if "prefix" in each] == [dana.user_id] * 2
    for tenant, login in (("zenith", "dana"), ("acme", "nobody"), ("acme", "gone")):
        with pytest.raises(NotFound):
            keys.create(tenant, "key", SCOPES, login=login)


def test_a_rotation_never_lengthens_a_keys_life(keys: SqlKeyStore, clock: Clock) -> None:
    ends = clock.moment + timedelta(hours=1)
    old, secret = keys.create("acme", "short", SCOPES, ends)
    keys.rotate(old.key_id, clock.moment + timedelta(days=30))
    clock.moment = ends
    assert find(keys, secret) is None


def test_there_are_never_three_live_keys_of_one_rotation(keys: SqlKeyStore, clock: Clock) -> None:
    old, _ = keys.create("acme", "key", SCOPES)
    later = clock.moment + timedelta(days=1)
    new, _ = keys.rotate(old.key_id, later)
    with pytest.raises(Conflict, match="successor"):
        keys.rotate(old.key_id, later)
    keys.revoke(new.key_id)
    again, _ = keys.rotate(old.key_id, later)
    assert again.replaces == old.key_id
    keys.revoke(old.key_id)
    with pytest.raises(Conflict, match="revoked"):
        keys.rotate(old.key_id, later)
    with pytest.raises(NotFound):
        keys.rotate("unknown", later)


def test_every_change_of_a_key_leaves_who_did_it_and_no_secret(
    keys: SqlKeyStore, clock: Clock
) -> None:
    first, one = keys.create("acme", "key", SCOPES)
    second, two = keys.rotate(first.key_id, clock.moment + timedelta(hours=1))
    keys.revoke(second.key_id)
    keys.revoke(second.key_id)
    assert told(keys) == [
        ("acme", "key.created", first.key_id),
        ("acme", "key.rotated", second.key_id),
        ("acme", "key.revoked", second.key_id),
    ]
    for event in SqlAudit(keys.control).all():
        assert event.deed.actor == "command-line:dana"
        assert event.deed.details["prefix"] in (first.prefix, second.prefix)
        assert not any(secret.split("_")[2] in repr(event) for secret in (one, two))


def test_a_change_without_an_actor_is_refused_and_nothing_is_changed(
    ledger_url: str, clock: Clock
) -> None:
    keys = open_keys(ledger_url, pepper=PEPPER, now=clock, actor=" ")
    with pytest.raises(InvalidField, match="actor"):
        keys.create("acme", "key", SCOPES)
    assert (keys.list(), told(keys)) == ([], [])
    keys.close()


def test_the_database_itself_refuses_to_alter_the_audit(keys: SqlKeyStore, ledger_url: str) -> None:
    keys.create("acme", "key", SCOPES)
    engine = create_engine(ledger_url)
    refused = ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"]
    if engine.dialect.name == "sqlite":
        refused.append("INSERT OR REPLACE INTO audit SELECT * FROM audit")
    else:
        refused.append("TRUNCATE audit")
    for statement in refused:
        with (
            pytest.raises(DatabaseError, match=r"never changed|UNIQUE"),
            engine.begin() as connection,
        ):
            connection.execute(text(statement))
    engine.dispose()
    assert SqlAudit(keys.control).first_break() is None


def test_a_link_altered_behind_the_triggers_is_found(keys: SqlKeyStore, ledger_url: str) -> None:
    for number in range(3):
        keys.create("acme", f"key {number}", SCOPES)
    engine = create_engine(ledger_url)
    is_sqlite = engine.dialect.name == "sqlite"
    off = "DROP TRIGGER audit_no_update" if is_sqlite else "DROP TRIGGER audit_no_change ON audit"
    with engine.begin() as connection:
        connection.execute(text(off))
        connection.execute(text("UPDATE audit SET actor = 'somebody else' WHERE seq = 2"))
    engine.dispose()
    assert SqlAudit(keys.control).first_break() == 2


def test_the_port_is_kept_and_the_same_deed_is_kept_once(keys: SqlKeyStore) -> None:
    log: AuditLog = SqlAudit(keys.control)

    async def keep() -> list[str]:
        for subject in ("L1", "L2", "L1"):
            await log.record(deed(subject))
        await log.record(deed("L1", "zenith"))
        return [each.deed.subject for each in await log.page("acme", None, 50)]

    assert asyncio.run(keep()) == ["L1", "L2"]


def test_pages_go_on_where_they_ended_and_stay_within_the_tenant(keys: SqlKeyStore) -> None:
    log = SqlAudit(keys.control)

    async def read() -> None:
        for number in range(5):
            await log.record(deed(f"L{number}"))
            await log.record(deed(f"L{number}", "zenith"))
        first = await log.page("acme", None, 2)
        rest = await log.page("acme", first[-1].event_id, 50)
        assert [each.deed.subject for each in (*first, *rest)] == [f"L{n}" for n in range(5)]
        assert await log.page("zenith", first[-1].event_id, 50) == ()
        assert await log.page("acme", None, 50, Action.KEY_CREATED) == ()

    asyncio.run(read())


def test_many_who_write_at_once_make_one_chain(keys: SqlKeyStore) -> None:
    log = SqlAudit(keys.control)

    async def write() -> None:
        await asyncio.gather(*(log.record(deed(f"L{number}")) for number in range(20)))

    asyncio.run(write())
    assert [each.seq for each in log.all()] == list(range(1, 21))
    assert log.first_break() is None


def test_an_audit_that_is_gone_is_said_to_be_unavailable(
    keys: SqlKeyStore, ledger_url: str
) -> None:
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE audit"))
    engine.dispose()
    log = SqlAudit(keys.control)
    with pytest.raises(LedgerUnavailable):
        asyncio.run(log.record(deed("L1")))
    with pytest.raises(LedgerUnavailable):
        asyncio.run(log.page("acme", None, 1))
    with pytest.raises(LedgerUnavailable):
        keys.create("acme", "key", SCOPES)
    assert keys.list() == []
