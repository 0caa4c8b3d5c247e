"""`Request-Timeout-Ms`: how long the caller will wait, counted from the request's arrival."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem_response
from app.core.errors import EntryRiskError, RequestRefused
from app.core.refusals import DeadlineExceeded

HEADER = "Request-Timeout-Ms"
MAX_MS = 600_000
DEADLINE = "entry_risk.deadline"  # in the scope: a Deadline, or absent


def read_timeout_s(headers: Headers) -> float | None:
    """Return the seconds of the header, None without it; raises RequestRefused for nonsense."""
    text = headers.get(HEADER)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_MS):
        raise RequestRefused(f"wanted {HEADER}: 1 to {MAX_MS}, once")
    return int(text) / 1000


async def answer_within(  # noqa: PLR0913 - an application, its three arguments and a moment
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    deadline: float,
    monotonic: Callable[[], float],
) -> None:
    """Let `app` answer until `deadline`; then answer that it passed.

    What was begun is not cut off: a decision under way is recorded, its answer goes nowhere, and
    this returns when it ends, so that its place is taken until then.
    """
    outlet = _Outlet(send)
    work = asyncio.ensure_future(app(scope, receive, outlet.send))
    try:
        await asyncio.wait((work,), timeout=max(0.0, deadline - monotonic()))
        if work.done() or outlet.is_started:
            await work
            return
        outlet.is_shut = True
        late = problem_response(DeadlineExceeded(), str(scope.get("entry_risk.request_id", "")))
        await late(scope, receive, send)
        with suppress(EntryRiskError):  # it was answered already
            await work
    finally:
        work.cancel()


class _Outlet:
    """The way out of one answer, which can be shut before it starts."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_started = False
        self.is_shut = False

    async def send(self, message: Message) -> None:
        if not self.is_shut:
            self.is_started = True
            await self._send(message)
