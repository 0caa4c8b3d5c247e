"""The service with a watch on its event loop, for `uvicorn --factory` (`create_app` here).

GET /blocked says for how long at most the loop was blocked since it was last asked, in seconds: how
late it came back to what was due, without the time its thread could have run and the machine ran
others (Linux), and at most what this process used of the processor meanwhile. So a thread that
keeps the loop waiting counts, and a busy machine does not.
"""

import asyncio
import json
from pathlib import Path
from time import perf_counter, process_time

from starlette.types import ASGIApp, Receive, Scope, Send

from app.main import create_app as create_service

EVERY_S = 0.002
QUEUED = Path("/proc/thread-self/schedstat")  # time run, time waiting to be run: nanoseconds


def queued() -> float:
    """Return how long this thread has waited for a processor so far, s; 0.0 where nobody tells."""
    try:
        return int(QUEUED.read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


class Watched:
    """The application, and the longest that its loop was blocked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._longest = 0.0
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer /blocked, and pass on the rest."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._watch is None:
            self._watch = asyncio.create_task(self._look())
        if scope["path"] != "/blocked":
            await self._app(scope, receive, send)
            return
        body, self._longest = json.dumps(self._longest).encode(), 0.0
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def _look(self) -> None:
        while True:
            due, used, waited = perf_counter() + EVERY_S, process_time(), queued()
            await asyncio.sleep(EVERY_S)
            late = perf_counter() - due - (queued() - waited)
            blocked = min(late, process_time() - used)
            self._longest = max(self._longest, blocked)


def create_app() -> Watched:
    """Return the watched application."""
    return Watched(create_service())
