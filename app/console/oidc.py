"""The way to an identity provider and back; without one there is no such page."""

from typing import Final, TypedDict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.console.pages import HEADERS
from app.console.sign_in import SignInPages, entered
from app.console.signed_in import OUTSIDE, SESSION, put_cookie, read_cookie
from app.core.errors import EntryRiskError
from app.services.oidc import OidcSignIn

LEAVE: Final = "/console/sign-in/provider"
COME_BACK: Final = "/console/sign-in/provider/back"
_MAX = 2048  # characters of a parameter of the provider's


class _State(TypedDict):
    """The part of the process's state that says whether there is a provider."""

    oidc: OidcSignIn | None


def oidc_routes(pages: SignInPages) -> list[Route]:
    """Return the two routes; what goes wrong is told on the page to sign in."""
    found = OidcPages(pages)
    return [
        Route(LEAVE, found.leave, methods=["GET"]),
        Route(COME_BACK, found.come_back, methods=["GET"]),
    ]


class OidcPages:
    """Leave for the provider, and come back."""

    def __init__(self, pages: SignInPages) -> None:
        """Tell refusals on `pages`."""
        self._pages = pages

    async def leave(self, request: Request) -> Response:
        """Send the browser to the provider with a cookie of its own."""
        try:
            departure = await _oidc(request).leave()
        except EntryRiskError as error:
            return await self._pages.refused(request, error)
        answer = RedirectResponse(departure.url, 303, headers=HEADERS)
        put_cookie(request, answer, OUTSIDE, departure.cookie)
        return answer

    async def come_back(self, request: Request) -> Response:
        """Sign in who the provider says comes back, or say why not."""
        oidc, given = _oidc(request), request.query_params
        cookie = read_cookie(request, OUTSIDE)
        state, code = given.get("state", "")[:_MAX], given.get("code", "")[:_MAX]
        try:
            token = await oidc.come_back(cookie, state, code, read_cookie(request, SESSION))
        except EntryRiskError as error:
            answer = await self._pages.refused(request, error)
        else:
            answer = entered(request, token)
        put_cookie(request, answer, OUTSIDE, "")
        return answer


def _oidc(request: Request) -> OidcSignIn:
    state: _State = request.scope["state"]
    found = state["oidc"]
    if found is None:
        raise HTTPException(404)
    return found
