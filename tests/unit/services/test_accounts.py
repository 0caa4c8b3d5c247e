"""Signing in: by password or link, throttled, with a new session each time."""

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.core.access import Role, Scope
from app.core.audit import Action, Deed
from app.core.errors import Forbidden, InvalidField, Overloaded, Unauthenticated
from app.core.people import FREE_ATTEMPTS, IDLE, LONGEST_SESSION, SignInThrottled
from app.services.accounts import MAX_WAITING, Accounts, SignedIn, token_digest
from app.services.audit import audit_page, keep
from app.services.callers import Caller
from tests.desks import run
from tests.fakes import HandClock, ListAudit
from tests.people import DictPeople, PlainPasswords

KEY = b"k" * 32
GOOD = "correct horse battery"


@dataclass
class Office:
    """Accounts over people in memory; dana is a broker."""

    clock: HandClock = field(default_factory=HandClock)
    store: DictPeople = field(default_factory=DictPeople)
    passwords: PlainPasswords = field(default_factory=PlainPasswords)

    def __post_init__(self) -> None:
        self.store.put("dana", GOOD, Role.BROKER)
        self.accounts = Accounts(self.store, self.passwords, self.clock, key=KEY)

    def sign_in(self, password: str = GOOD, login: str = "dana", earlier: str = "") -> str:
        token: str = run(self.accounts.sign_in(login, password, earlier))
        return token

    def who(self, token: str) -> SignedIn | None:
        found: SignedIn | None = run(self.accounts.signed_in(token))
        return found

    def later(self, by: timedelta) -> None:
        self.clock.moment += by


def test_a_right_password_opens_a_session_that_is_told_to_the_audit() -> None:
    at = Office()
    found = at.who(at.sign_in(login=" Dana "))
    assert found is not None
    assert found.person.login == "dana"
    assert at.store.deeds == [(Action.SIGNED_IN, "U1")]


def test_only_a_keyed_hash_of_a_token_is_kept() -> None:
    at = Office()
    token = at.sign_in()
    assert len(token) == 43
    assert list(at.store.sessions) == [token_digest(KEY, "session", token)]
    assert token not in repr(at.store.sessions)


def test_a_wrong_name_and_a_wrong_password_are_answered_alike_and_cost_the_same() -> None:
    at = Office()
    refusals = []
    for login, password in (("dana", "wrong"), ("nobody", GOOD), ("!", GOOD)):
        with pytest.raises(Unauthenticated) as refused:
            at.sign_in(password, login)
        refusals.append(refused.value.detail)
    assert len(set(refusals)) == 1
    assert at.passwords.verified == 2  # a name that can be nobody's is not looked up
    assert at.store.deeds == [(Action.SIGN_IN_REFUSED, "U1")]


def test_who_has_set_no_password_and_who_is_disabled_stay_out() -> None:
    at = Office()
    at.store.put("eli", None, Role.VIEWER)
    token = at.sign_in()
    at.store.disable("dana")
    for login in ("eli", "dana"):
        with pytest.raises(Unauthenticated):
            at.sign_in(login=login)
    assert at.who(token) is None


def test_failed_attempts_are_throttled_by_name_whether_it_is_anybodys_or_not() -> None:
    at = Office()
    for login in ("dana", "nobody"):
        for _ in range(FREE_ATTEMPTS):
            with pytest.raises(Unauthenticated):
                at.sign_in("wrong", login)
        with pytest.raises(SignInThrottled, match="wait 1 s") as refused:
            at.sign_in(GOOD, login)
        assert refused.value.wait_s == 1
    at.later(timedelta(seconds=1))
    assert at.sign_in()
    with pytest.raises(Unauthenticated):
        at.sign_in("wrong")


def test_each_sign_in_is_a_new_session_and_ends_the_one_the_browser_had() -> None:
    at = Office()
    planted = at.sign_in()
    fresh = at.sign_in(earlier=planted)
    assert fresh != planted
    assert at.who(planted) is None
    assert at.who(fresh) is not None


def test_a_session_in_use_goes_on_and_one_left_alone_or_old_ends() -> None:
    at = Office()
    token = at.sign_in()
    at.later(timedelta(seconds=30))
    assert at.who(token) is not None
    assert at.store.touched == 0  # within the minute nothing is written
    at.later(IDLE - timedelta(minutes=1))
    assert at.who(token) is not None
    assert at.store.touched == 1
    at.later(IDLE)
    assert at.who(token) is None
    assert at.store.sessions == {}
    again = at.sign_in()
    for _ in range(int(LONGEST_SESSION / timedelta(minutes=20)) - 1):
        at.later(timedelta(minutes=20))
        assert at.who(again) is not None
    at.later(timedelta(minutes=20))
    assert at.who(again) is None


def test_no_cookie_and_a_made_up_one_are_nobody() -> None:
    at = Office()
    assert at.who("") is None
    assert at.who("made up") is None


def test_signing_out_ends_the_session_and_is_told() -> None:
    at = Office()
    token = at.sign_in()
    run(at.accounts.sign_out(token))
    run(at.accounts.sign_out(token))
    assert at.who(token) is None
    assert at.store.deeds[1:] == [(Action.SIGNED_OUT, "U1")]


def test_a_link_sets_the_password_once_and_ends_other_sessions() -> None:
    at = Office()
    other = at.sign_in()
    tomorrow = at.clock.moment + timedelta(days=1)
    at.store.put_link("dana", token_digest(KEY, "link", "L"), tomorrow)
    with pytest.raises(InvalidField, match="password"):
        run(at.accounts.redeem("L", "short"))
    token = run(at.accounts.redeem("L", "another good password"))
    assert at.who(token) is not None
    assert at.who(other) is None
    with pytest.raises(Unauthenticated, match="used"):
        run(at.accounts.redeem("L", "another good password"))
    with pytest.raises(Unauthenticated):
        at.sign_in()
    assert at.sign_in("another good password")


def test_a_link_too_old_is_no_good() -> None:
    at = Office()
    at.store.put_link("dana", token_digest(KEY, "link", "L"), at.clock.moment)
    with pytest.raises(Unauthenticated):
        run(at.accounts.redeem("L", "another good password"))


def test_a_form_is_its_sessions_own_and_opens_what_the_roles_open() -> None:
    at = Office()
    token = at.sign_in()
    found = at.who(token)
    assert found is not None
    form = at.accounts.form_token(token)
    assert found.caller(Scope.SCORE_WRITE, form) == Caller("acme", "user:U1")
    with pytest.raises(Forbidden, match="roles"):
        found.caller(Scope.LIST_ADMIN, form)
    for forged in ("", at.accounts.form_token("other"), form.upper(), "é"):
        with pytest.raises(Forbidden, match="out of date"):
            found.caller(Scope.SCORE_WRITE, forged)


def test_a_crowd_that_signs_in_is_turned_away_not_queued_for_ever() -> None:
    class Slow(PlainPasswords):
        def __init__(self) -> None:
            super().__init__()
            self.go = threading.Event()

        def verify(self, kept: str | None, password: str) -> bool:
            self.go.wait(10)
            return super().verify(kept, password)

    async def crowd() -> list[str | BaseException]:
        slow = Slow()
        accounts = Accounts(store, slow, HandClock(), key=KEY)
        asked = [
            asyncio.ensure_future(accounts.sign_in(f"user{number}", GOOD))
            for number in range(MAX_WAITING + 4)
        ]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        assert done
        slow.go.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    store = DictPeople()
    for number in range(MAX_WAITING + 4):
        store.put(f"user{number}", GOOD, Role.VIEWER)
    answers = run(crowd())
    assert sum(isinstance(each, Overloaded) for each in answers) == 4
    assert sum(isinstance(each, str) for each in answers) == MAX_WAITING


def test_what_a_caller_did_is_kept_once_and_read_in_pages() -> None:
    log = ListAudit()

    async def work() -> None:
        caller = Caller("acme", "K1")
        for subject in ("L1", "L2", "L1"):
            await keep(log, caller, Action.LIST_ACTIVATED, subject, {"kind": "uflpa"})
        await log.record(
            Deed(tenant="b", actor="x", action=Action.KEY_CREATED, subject="K", details={})
        )
        first = await audit_page(log, "acme", None, 1)
        assert [each["actor"] for each in first["events"]] == ["key:K1"]
        rest = await audit_page(log, "acme", first["next"], 50)
        assert [each["subject"] for each in rest["events"]] == ["L2"]
        assert rest["next"] is None
        assert await audit_page(log, "nobody", None, 50) == {"events": [], "next": None}

    run(work())
