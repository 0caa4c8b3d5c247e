"""People, sessions and links on both databases, with passwords by Argon2."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from app.adapters.accounts_sql import SqlPeople
from app.adapters.audit_sql import SqlAudit
from app.adapters.control_database import ControlDatabase, account_name, open_control
from app.adapters.passwords import Argon2Passwords
from app.core.access import Role
from app.core.errors import (
    Conflict,
    Forbidden,
    InvalidField,
    LedgerUnavailable,
    NotFound,
    Unauthenticated,
)
from app.core.oidc import OutsideIdentity
from app.core.people import FREE_ATTEMPTS, LINK_LIFETIME, SignInThrottled
from app.services.accounts import Accounts, token_digest

KEY = b"k" * 32
GOOD = "correct horse battery"
BROKER = frozenset({"broker"})


class Clock:
    """Wall time that only moves when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 24, 2, 31, 7, 412345, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def control(ledger_url: str, clock: Clock) -> Iterator[ControlDatabase]:
    opened = open_control(ledger_url, clock.now, "command-line:root")
    yield opened
    opened.close()


@pytest.fixture
def people(control: ControlDatabase) -> SqlPeople:
    return SqlPeople(control)


@pytest.fixture
def accounts(people: SqlPeople, clock: Clock) -> Accounts:
    return Accounts(people, Argon2Passwords(), clock, key=KEY)


def invite(people: SqlPeople, login: str, link: str) -> None:
    people.put_link(login, token_digest(KEY, "link", link), LINK_LIFETIME)


def enter(people: SqlPeople, accounts: Accounts, login: str = "dana") -> str:
    """Add someone, let them set a password, and return their session."""
    people.add("acme", login, BROKER)
    invite(people, login, f"link of {login}")
    return asyncio.run(accounts.redeem(f"link of {login}", GOOD))


def told(control: ControlDatabase) -> list[tuple[str, str]]:
    return [(each.deed.actor, str(each.deed.action)) for each in SqlAudit(control).all()]


def test_someone_is_added_sets_a_password_by_link_and_signs_in(
    control: ControlDatabase, people: SqlPeople, accounts: Accounts
) -> None:
    token = enter(people, accounts)

    async def work() -> None:
        found = await accounts.signed_in(token)
        assert found is not None
        assert (found.person.tenant, found.person.roles) == ("acme", frozenset({Role.BROKER}))
        again = await accounts.sign_in("dana", GOOD, token)
        assert await accounts.signed_in(token) is None
        await accounts.sign_out(again)
        assert await accounts.signed_in(again) is None
        with pytest.raises(Unauthenticated):
            await accounts.sign_in("dana", "wrong password")

    asyncio.run(work())
    user = f"user:{people.list()[0].user_id}"
    assert told(control) == [
        ("command-line:root", "user.added"),
        ("command-line:root", "user.sign-in-link"),
        (user, "session.signed-in"),
        (user, "session.signed-in"),
        (user, "session.signed-out"),
        (user, "session.refused"),
    ]
    assert SqlAudit(control).first_break() is None


def test_neither_password_nor_token_is_anywhere_in_the_database(
    people: SqlPeople, accounts: Accounts, ledger_url: str
) -> None:
    token = enter(people, accounts)
    invite(people, "dana", "another link")
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        kept = repr(
            [
                connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - our names
                for table in ("people", "sessions", "sign_in_links", "sign_in_attempts", "audit")
            ]
        )
    engine.dispose()
    assert "$argon2id$" in kept
    for secret in (GOOD, token, "link of dana", "another link"):
        assert secret not in kept


def test_a_link_is_good_once_for_a_day_and_a_new_one_replaces_it(
    people: SqlPeople, accounts: Accounts, clock: Clock
) -> None:
    enter(people, accounts)
    for used in ("link of dana", "never made"):
        with pytest.raises(Unauthenticated):
            asyncio.run(accounts.redeem(used, GOOD))
    invite(people, "dana", "first")
    invite(people, "dana", "second")
    with pytest.raises(Unauthenticated):
        asyncio.run(accounts.redeem("first", GOOD))
    clock.moment += LINK_LIFETIME
    with pytest.raises(Unauthenticated):
        asyncio.run(accounts.redeem("second", GOOD))


def test_a_link_that_two_use_at_once_lets_one_in(people: SqlPeople, accounts: Accounts) -> None:
    people.add("acme", "dana", BROKER)
    invite(people, "dana", "link")

    async def race() -> list[str | BaseException]:
        both = (accounts.redeem("link", GOOD), accounts.redeem("link", GOOD))
        return [*await asyncio.gather(*both, return_exceptions=True)]

    found = asyncio.run(race())
    assert sum(isinstance(each, str) for each in found) == 1


def test_other_roles_and_being_disabled_end_sessions(people: SqlPeople, accounts: Accounts) -> None:
    token = enter(people, accounts)
    assert people.change("dana", frozenset({"viewer"})).roles == {Role.VIEWER}
    assert asyncio.run(accounts.signed_in(token)) is None
    token = asyncio.run(accounts.sign_in("dana", GOOD))
    invite(people, "dana", "link")
    assert people.change("dana", disabled=True).disabled_at is not None
    assert asyncio.run(accounts.signed_in(token)) is None
    for refused in (accounts.sign_in("dana", GOOD), accounts.redeem("link", GOOD)):
        with pytest.raises(Unauthenticated):
            asyncio.run(refused)
    with pytest.raises(Conflict):
        invite(people, "dana", "link")
    people.change("dana", disabled=False)
    assert asyncio.run(accounts.sign_in("dana", GOOD))


def test_failed_attempts_are_counted_for_all_processes(
    people: SqlPeople, accounts: Accounts, clock: Clock, ledger_url: str
) -> None:
    enter(people, accounts)
    control = open_control(ledger_url, clock.now)
    elsewhere = Accounts(SqlPeople(control), Argon2Passwords(), clock, key=KEY)
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(Unauthenticated):
            asyncio.run(accounts.sign_in("dana", "wrong password"))
    with pytest.raises(SignInThrottled):
        asyncio.run(elsewhere.sign_in("dana", GOOD))
    clock.moment += timedelta(seconds=1)
    assert asyncio.run(elsewhere.sign_in("dana", GOOD))
    control.close()


def test_a_session_is_noted_as_used_and_ends_when_left_alone(
    people: SqlPeople, accounts: Accounts, clock: Clock
) -> None:
    token = enter(people, accounts)
    for _ in range(3):
        clock.moment += timedelta(minutes=20)
        assert asyncio.run(accounts.signed_in(token)) is not None
    clock.moment += timedelta(minutes=30)
    assert asyncio.run(accounts.signed_in(token)) is None


def test_names_are_unique_and_unknown_ones_are_said_to_be(people: SqlPeople) -> None:
    people.add("acme", "Dana", BROKER)
    people.add("zenith", "eli", BROKER)
    with pytest.raises(Conflict):
        people.add("zenith", "dana", BROKER)
    with pytest.raises(InvalidField, match="king"):
        people.add("acme", "fred", frozenset({"king"}))
    with pytest.raises(NotFound):
        people.change("nobody", disabled=True)
    assert [each.login for each in people.list()] == ["dana", "eli"]
    assert [each.login for each in people.list("zenith")] == ["eli"]


def test_people_that_cannot_be_read_are_no_wrong_password(
    people: SqlPeople, accounts: Accounts, ledger_url: str
) -> None:
    enter(people, accounts)
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE sign_in_attempts"))
    engine.dispose()
    with pytest.raises(LedgerUnavailable):
        asyncio.run(accounts.sign_in("dana", GOOD))


def test_a_password_is_salted_slow_and_verified() -> None:
    passwords = Argon2Passwords()
    one, two = passwords.hash(GOOD), passwords.hash(GOOD)
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(one, GOOD)
    assert not passwords.verify(one, GOOD + "!")
    assert not passwords.verify("no hash", GOOD)
    assert not passwords.verify(None, "nobody has this password")


def test_a_command_is_named_by_the_account_that_runs_it() -> None:
    assert account_name().startswith("command-line:")
    assert len(account_name()) > len("command-line:")


def dana(**changes: object) -> OutsideIdentity:
    known = OutsideIdentity("d" * 64, "acme", frozenset({Role.BROKER}), "dana+dddddddddddd")
    return replace(known, **changes)  # type: ignore[arg-type]


def test_somebody_of_a_provider_is_made_once_and_has_the_roles_of_the_day(
    people: SqlPeople, accounts: Accounts
) -> None:
    first = people.join(dana())
    assert (first.is_outside, people.list()) == (True, [first])
    assert people.join(dana(login="another+name")) == first
    token = asyncio.run(accounts.enter(first))
    assert asyncio.run(accounts.signed_in(token)) is not None
    later = people.join(dana(roles=frozenset({Role.AUDITOR})))
    assert (later.user_id, later.roles) == (first.user_id, frozenset({Role.AUDITOR}))
    assert people.list() == [later]
    assert asyncio.run(accounts.signed_in(token)) is None  # opened what is theirs no more


def test_nobody_moves_to_another_tenant_or_takes_a_name_by_the_providers_word(
    people: SqlPeople,
) -> None:
    people.join(dana())
    with pytest.raises(Forbidden, match="another tenant"):
        people.join(dana(tenant="zenith"))
    people.add("acme", "taken", BROKER)
    with pytest.raises(Conflict, match="login name"):
        people.join(dana(digest="e" * 64, login="taken"))
    assert [each.login for each in people.list()] == ["dana+dddddddddddd", "taken"]


def test_who_was_disabled_keeps_their_roles_and_stays_out(people: SqlPeople) -> None:
    people.join(dana())
    gone = people.change("dana+dddddddddddd", disabled=True)
    assert people.join(dana(roles=frozenset({Role.AUDITOR}))) == gone
