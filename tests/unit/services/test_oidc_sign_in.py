"""Leaving for an identity provider and coming back: one browser, one departure, ten minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.access import Role
from app.core.audit import Action
from app.core.errors import Forbidden, Unauthenticated
from app.core.oidc import OutsideIdentity, challenge_of
from app.core.people import Person
from app.services.accounts import Accounts
from app.services.oidc import LIFETIME, Departure, OidcSignIn
from tests.desks import run
from tests.fakes import NOW, HandClock
from tests.people import DictPeople, PlainPasswords
from tests.unit.access.test_oidc import CLAIMS, setup


@dataclass
class HandProvider:
    """A provider that remembers what it was asked."""

    asked: dict[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=lambda: dict(CLAIMS))

    async def authorization_url(self, state: str, nonce: str, challenge: str) -> str:
        self.asked = {"state": state, "nonce": nonce, "challenge": challenge}
        return "https://login.example.com/authorize"

    async def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        assert (nonce, challenge_of(verifier)) == (self.asked["nonce"], self.asked["challenge"])
        return self.given


class Joining:
    """A store that makes a person of each identity."""

    def __init__(self) -> None:
        self.disabled = False

    def join(self, identity: OutsideIdentity) -> Person:
        person = Person(
            user_id="U1",
            tenant=identity.tenant,
            login=identity.login,
            roles=identity.roles,
            created_at=NOW,
            is_outside=True,
        )
        return replace(person, disabled_at=NOW) if self.disabled else person


class Gate:
    """The use case and all that it works with."""

    def __init__(self) -> None:
        self.clock, self.people, self.store = HandClock(), Joining(), DictPeople()
        self.provider = HandProvider()
        accounts = Accounts(self.store, PlainPasswords(), self.clock, key=b"k" * 32)
        self.accounts = accounts
        self.oidc = OidcSignIn(
            setup(), self.provider, self.people, accounts, self.clock, key=b"o" * 32
        )

    def leave(self) -> Departure:
        left: Departure = run(self.oidc.leave())
        return left

    def come_back(self, cookie: str, state: str | None = None, code: str = "c", /) -> str:
        back = self.oidc.come_back(cookie, state or self.provider.asked["state"], code)
        token: str = run(back)
        return token


def test_who_comes_back_is_signed_in() -> None:
    gate = Gate()
    left = gate.leave()
    assert left.url == "https://login.example.com/authorize"
    token = gate.come_back(left.cookie)
    found = run(gate.accounts.signed_in(token))
    assert (found.person.tenant, found.person.roles) == ("acme", {Role.BROKER})
    assert gate.store.deeds == [(Action.SIGNED_IN, "U1")]
    told = set(gate.provider.asked.values())
    assert len(told) == 3
    assert not any(each in left.cookie for each in told)


def test_no_two_departures_are_alike() -> None:
    gate = Gate()
    one, other = gate.leave(), gate.leave()
    assert one.cookie != other.cookie
    with pytest.raises(Forbidden, match="not begun in this browser"):
        gate.come_back(one.cookie)  # with the state of the other


@pytest.mark.parametrize("cookie", ["", "x", "9999999999.x", "1.x"])
def test_a_cookie_that_is_not_of_that_departure_is_refused(cookie: str) -> None:
    gate = Gate()
    gate.leave()
    with pytest.raises(Forbidden, match="not begun in this browser"):
        gate.come_back(cookie)


@pytest.mark.parametrize("cookie", ["", "soon.x"])
def test_a_cookie_of_another_form_is_refused_though_its_state_is_right(cookie: str) -> None:
    gate = Gate()
    with pytest.raises(Forbidden, match="not begun in this browser"):
        gate.come_back(cookie, gate.oidc._derived("state", cookie))


@pytest.mark.parametrize("late", [LIFETIME + timedelta(seconds=1), -timedelta(seconds=5)])
def test_a_sign_in_that_took_too_long_is_refused(late: timedelta) -> None:
    gate = Gate()
    left = gate.leave()
    gate.clock.moment += late
    with pytest.raises(Forbidden, match="too long"):
        gate.come_back(left.cookie)


def test_without_a_code_nobody_was_signed_in() -> None:
    gate = Gate()
    left = gate.leave()
    with pytest.raises(Unauthenticated, match="did not sign you in"):
        gate.come_back(left.cookie, None, "")


def test_claims_without_a_role_open_nothing() -> None:
    gate = Gate()
    left = gate.leave()
    gate.provider.given = CLAIMS | {"groups": []}
    with pytest.raises(Forbidden, match="no role"):
        gate.come_back(left.cookie)
    assert gate.store.deeds == []


def test_who_was_disabled_here_is_refused_whatever_the_provider_says() -> None:
    gate = Gate()
    gate.people.disabled = True
    left = gate.leave()
    with pytest.raises(Forbidden, match="may not sign in"):
        gate.come_back(left.cookie)
    assert gate.store.deeds == [(Action.SIGN_IN_REFUSED, "U1")]
    assert gate.store.sessions == {}
