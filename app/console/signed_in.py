"""Who sends a form of the console: an API key in the form, or someone signed in."""

import secrets
from typing import Protocol, TypedDict

from starlette.requests import Request
from starlette.responses import Response

from app.core.access import Scope
from app.core.errors import Forbidden, Unauthenticated
from app.core.people import LONGEST_SESSION
from app.services.accounts import SignedIn
from app.services.callers import Caller, caller_of
from app.services.ports import KeyStore

SESSION, FORM = "entry_risk_session", "entry_risk_form"
OUTSIDE = "entry_risk_provider"  # of a browser that is on its way to an identity provider
_MAX_COOKIE = 200  # characters; ours have 43


class Sessions(Protocol):
    """The part of the accounts that pages ask."""

    async def signed_in(self, token: str) -> SignedIn | None:
        """Return whose session it is, None if there is none that is live."""
        ...


class SessionState(TypedDict):
    """The part of the process's state that says who is there."""

    keys: KeyStore
    accounts: Sessions


async def signed_in(request: Request) -> SignedIn | None:
    """Return who is signed in, None where nobody is."""
    return await _state(request)["accounts"].signed_in(read_cookie(request, SESSION))


async def sender(request: Request, scope: Scope, *, key: str, form_token: str) -> Caller:
    """Return the caller of a form: by the key in it, else by the session it was made for.

    Unauthenticated where there is neither, Forbidden without the scope or for a form of another
    site.
    """
    if key:
        return caller_of(await _state(request)["keys"].find(key), scope)
    check_site(request)
    found = await signed_in(request)
    if found is None:
        raise Unauthenticated("Sign in, or give an API key.")
    return found.caller(scope, form_token)


def check_site(request: Request) -> None:
    """Refuse what a browser says was sent by a page of another site; raises Forbidden."""
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise Forbidden("The form was sent by another site.")


def read_cookie(request: Request, name: str) -> str:
    """Return the value of a cookie of ours, empty where there is none."""
    value = request.cookies.get(_name(request, name), "")
    return value if len(value) <= _MAX_COOKIE and value.isascii() else ""


def put_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Set a cookie that no script reads and no other site's form carries; empty takes it away."""
    response.set_cookie(
        _name(request, name),
        value,
        max_age=int(LONGEST_SESSION.total_seconds()) if value else 0,
        path="/",
        secure=_is_https(request),
        httponly=True,
        samesite="strict" if name == FORM else "lax",
    )


def new_form_cookie() -> str:
    """Return a random value for the cookie that forms before a sign-in are bound to."""
    return secrets.token_urlsafe(32)


def _name(request: Request, name: str) -> str:
    # The prefix makes a browser refuse the cookie from a subdomain or without TLS (RFC 6265bis).
    return f"__Host-{name}" if _is_https(request) else name


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"


def _state(request: Request) -> SessionState:
    state: SessionState = request.scope["state"]
    return state
