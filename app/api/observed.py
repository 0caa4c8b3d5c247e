"""The outermost layer: a request id for each request, its time and status, and no bare error."""

import re
from collections.abc import Callable
from time import perf_counter

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem_response
from app.api.state import Telemetry
from app.core.errors import EntryRiskError

_OWN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
UNMATCHED = "unmatched"
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class Observed:
    """Raw ASGI middleware around everything, limits included."""

    def __init__(
        self, app: ASGIApp, new_request_id: Callable[[], str], routes: frozenset[str]
    ) -> None:
        """Wrap `app`; `routes` are the paths and path templates that metrics may name."""
        self._app = app
        self._new_request_id = new_request_id
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and tell telemetry how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        headers = Headers(scope=scope)
        request_id = self._request_id(headers)
        scope["entry_risk.request_id"] = request_id
        telemetry: Telemetry = scope["state"]["telemetry"]
        span = telemetry.began(headers.get("traceparent", ""))
        scope["entry_risk.traceparent"] = span.traceparent
        if span.trace_id is not None:  # every log line of this request carries it
            structlog.contextvars.bind_contextvars(trace_id=span.trace_id)
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answered = MutableHeaders(scope=message)
                answered["X-Request-Id"] = request_id
                answered["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._app(scope, receive, marked)
        except ClientDisconnect:
            pass  # whoever asked is gone, and nothing was started
        except EntryRiskError as error:
            await problem_response(error, request_id)(scope, receive, marked)
        except Exception as error:  # noqa: BLE001  # outermost: logged, and answered without a word of it
            telemetry.failed(request_id, self._route(scope), error)
            if status == 0:
                await problem_response(EntryRiskError(), request_id)(scope, receive, marked)
        finally:
            structlog.contextvars.unbind_contextvars("trace_id")
            method = scope["method"] if scope["method"] in METHODS else "other"
            telemetry.answered(self._route(scope), method, status, perf_counter() - started)

    def _request_id(self, headers: Headers) -> str:
        asked = headers.get("x-request-id", "")
        return asked if _OWN_ID.fullmatch(asked) else self._new_request_id()

    def _route(self, scope: Scope) -> str:
        """Return the route's template: a raw path would let callers make series."""
        route = scope.get("entry_risk.route", scope["path"])
        return route if route in self._routes else UNMATCHED
