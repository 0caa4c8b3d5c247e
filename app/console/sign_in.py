"""The pages to sign in, to sign out, and to set a password by a one-time link."""

import hmac
from collections.abc import Mapping
from typing import Any, Final, TypedDict
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.console.pages import HEADERS, Render, make_renderer
from app.console.signed_in import (
    FORM,
    SESSION,
    check_site,
    new_form_cookie,
    put_cookie,
    read_cookie,
    signed_in,
)
from app.console.view import refusal_view
from app.core.errors import EntryRiskError, Forbidden, RequestRefused
from app.core.people import LONGEST_PASSWORD, SHORTEST_PASSWORD, SignInThrottled
from app.services.accounts import Accounts

SIGN_IN: Final = "/console/sign-in"
SIGN_OUT: Final = "/console/sign-out"
WELCOME: Final = "/console/welcome"
SIGN_IN_PATHS: Final = (SIGN_IN, SIGN_OUT, WELCOME)
MAX_FORM: Final = 4 * 1024  # bytes, as sent
_MAX_LINK = 100


class _State(TypedDict):
    """The part of the process's state that the pages work with."""

    accounts: Accounts


def sign_in_routes(pages: "SignInPages") -> list[Route]:
    """Return the routes of the pages."""
    return [
        Route(SIGN_IN, pages.show_sign_in, methods=["GET"]),
        Route(SIGN_IN, pages.sign_in, methods=["POST"]),
        Route(SIGN_OUT, pages.sign_out, methods=["POST"]),
        Route(WELCOME, pages.show_welcome, methods=["GET"]),
        Route(WELCOME, pages.welcome, methods=["POST"]),
    ]


class SignInPages:
    """The pages over one renderer."""

    def __init__(self, render: Render | None = None) -> None:
        """Render with `render`, by itself as the console does."""
        self._render = render or make_renderer()

    async def refused(self, request: Request, error: EntryRiskError) -> Response:
        """Show the form with why somebody was not signed in another way."""
        return await self._page(request, "sign_in.html", {"login": ""}, error)

    async def show_sign_in(self, request: Request) -> Response:
        """Show the form, bound to a cookie."""
        return await self._page(request, "sign_in.html", {"login": ""})

    async def sign_in(self, request: Request) -> Response:
        """Sign in by name and password and go to the first page, or say why not."""
        shown = {"login": ""}
        try:
            fields = await _fields(request, ("login", "password", "form"))
            shown["login"] = fields["login"][:256]
            self._check(request, fields["form"])
            earlier = read_cookie(request, SESSION)
            token = await _accounts(request).sign_in(fields["login"], fields["password"], earlier)
        except EntryRiskError as error:
            return await self._page(request, "sign_in.html", shown, error)
        return entered(request, token)

    async def sign_out(self, request: Request) -> Response:
        """End the session that the form was made for."""
        try:
            fields = await _fields(request, ("form",))
            check_site(request)
            token = read_cookie(request, SESSION)
            if not _same(fields["form"], _accounts(request).form_token(token)):
                raise Forbidden("The form is out of date; load the page again.")
            await _accounts(request).sign_out(token)
        except EntryRiskError as error:
            return await self._page(request, "sign_in.html", {"login": ""}, error)
        answer = RedirectResponse(SIGN_IN, 303, headers=HEADERS)
        put_cookie(request, answer, SESSION, "")
        return answer

    async def show_welcome(self, request: Request) -> Response:
        """Show the form to set a password; the link is not used up by looking at it."""
        link = request.query_params.get("link", "")[:_MAX_LINK]
        return await self._page(request, "welcome.html", {"link": link})

    async def welcome(self, request: Request) -> Response:
        """Use up the link: set the password and sign in, or say why not."""
        shown = {"link": ""}
        try:
            fields = await _fields(request, ("link", "password", "form"))
            shown["link"] = fields["link"][:_MAX_LINK]
            self._check(request, fields["form"])
            earlier = read_cookie(request, SESSION)
            token = await _accounts(request).redeem(fields["link"], fields["password"], earlier)
        except EntryRiskError as error:
            return await self._page(request, "welcome.html", shown, error)
        return entered(request, token)

    def _check(self, request: Request, form: str) -> None:
        """Refuse a form that was not made for this browser: a sign-in can be forged as well."""
        check_site(request)
        cookie = read_cookie(request, FORM)
        if not cookie or not _same(form, _accounts(request).form_token(cookie)):
            raise Forbidden("The form is out of date; send it again.")

    async def _page(
        self,
        request: Request,
        template: str,
        shown: Mapping[str, Any],
        error: EntryRiskError | None = None,
    ) -> Response:
        cookie = read_cookie(request, FORM) or new_form_cookie()
        values = {
            **shown,
            "form_token": _accounts(request).form_token(cookie),
            "person": await signed_in(request),
            "refusal": refusal_view(error) if error else None,
            "has_provider": request.scope["state"]["oidc"] is not None,
            "shortest": SHORTEST_PASSWORD,
            "longest": LONGEST_PASSWORD,
        }
        headers = dict(HEADERS)
        if isinstance(error, SignInThrottled):
            headers["Retry-After"] = str(error.wait_s)
        status = error.status if error else 200
        answer = HTMLResponse(self._render(template, values), status, headers=headers)
        put_cookie(request, answer, FORM, cookie)
        return answer


def entered(request: Request, token: str) -> Response:
    """Return what a browser gets that has just been signed in: a session, and the first page."""
    answer = RedirectResponse("/", 303, headers=HEADERS)
    put_cookie(request, answer, SESSION, token)
    put_cookie(request, answer, FORM, "")
    return answer


def _accounts(request: Request) -> Accounts:
    state: _State = request.scope["state"]
    return state["accounts"]


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


async def _fields(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    """Return the fields of an urlencoded form, each once; raises RequestRefused for others."""
    try:
        fields = parse_qs(
            (await request.body()).decode("ascii"),
            strict_parsing=True,
            keep_blank_values=True,
            max_num_fields=8,
        )
    except ValueError:
        raise RequestRefused("The form could not be read.") from None
    if fields.keys() != set(names) or any(len(values) != 1 for values in fields.values()):
        raise RequestRefused(f"wanted the fields {', '.join(names)}, each once")
    return {name: values[0] for name, values in fields.items()}
