"""Admission before parsing: a place in the request's pool, or an early 503."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.deadlines import DEADLINE, answer_within, read_timeout_s
from app.api.limits_body import BodyPace, paced
from app.api.limits_tenant import POOL, tell_standing
from app.api.state import entrance_of
from app.services.admission import Admission, Deadline, Gate, Pool

_UNREAD = frozenset({408, 413, 415})  # the rest of such a body is nobody's next request
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class PoolPath:
    """Requests with `method` (None: any) whose path is `path`, or begins with it if `is_prefix`."""

    pool: Pool | None  # None: let in whatever happens
    path: str
    method: str | None = None
    is_prefix: bool = False

    def fits(self, method: str, path: str) -> bool:
        """Say whether a request is meant."""
        if self.method not in {None, method}:
            return False
        return path.startswith(self.path) if self.is_prefix else path == self.path


POOL_PATHS = (
    PoolPath(None, "/livez"),
    PoolPath(None, "/readyz"),
    PoolPath(None, "/metrics"),
    PoolPath(Pool.SCORE, "/v1/score", "POST"),
    PoolPath(Pool.BATCH, "/v1/score/batch", "POST"),
    PoolPath(Pool.BATCH, "/v1/jobs", "POST"),
    PoolPath(Pool.LISTS, "/v1/reference/imports", "POST"),
    PoolPath(Pool.OTHER, "/v1/", is_prefix=True),
    PoolPath(Pool.OTHER, "/errors/", is_prefix=True),
    PoolPath(Pool.OTHER, "/openapi.json"),
)


def pool_of(
    method: str, path: str, table: Iterable[PoolPath] = POOL_PATHS, otherwise: Pool = Pool.CONSOLE
) -> Pool | None:
    """Return the pool of a request; None for what is let in whatever happens."""
    for each in table:
        if each.fits(method, path):
            return each.pool
    return otherwise


class Admitted:
    """Raw ASGI middleware, within the request id and outside everything that reads.

    A place is taken when the body is there, just before it is read: one that arrives slowly takes
    none. It is given back when the work ends, even where its answer came too late for anyone.
    """

    def __init__(self, app: ASGIApp, pace: BodyPace) -> None:
        """Wrap `app`; bodies arrive at `pace` or are given up."""
        self._app = app
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or raise Overloaded, DeadlineExceeded, or BodyTooSlow."""
        pool = pool_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if pool is None:
            await self._app(scope, receive, send)
            return
        admission = entrance_of(scope)["admission"]
        headers = Headers(scope=scope)
        timeout_s = read_timeout_s(headers)
        gate = admission.gates[pool]
        gate.arrive()
        scope[POOL] = pool
        place = _Place(gate)
        try:
            told = _telling(scope, admission, send)
            if timeout_s is None:
                await self._admit(scope, receive, told, place, headers)
                return
            place.deadline = admission.monotonic() + timeout_s
            scope[DEADLINE] = Deadline(place.deadline, admission.monotonic)
            await answer_within(
                lambda s, r, out: self._admit(s, r, out, place, headers),
                scope,
                receive,
                told,
                deadline=place.deadline,
                monotonic=admission.monotonic,
            )
        finally:
            place.leave()
            gate.depart()

    async def _admit(
        self, scope: Scope, receive: Receive, send: Send, place: "_Place", headers: Headers
    ) -> None:
        if scope["method"] in _WITHOUT_BODY or not _has_body(headers):
            await place.enter()
            await self._app(scope, receive, send)
            return
        arriving = paced(receive, self._pace)

        async def entering() -> Message:
            message = await arriving()
            if message["type"] == "http.request" and not message.get("more_body", False):
                await place.enter()
            return message

        await self._app(scope, entering, send)


class _Place:
    """The place of one request: taken once, given back once."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._is_taken = False
        self.deadline: float | None = None

    async def enter(self) -> None:
        if not self._is_taken:
            await self._gate.enter(self.deadline)
            self._is_taken = True

    def leave(self) -> None:
        if self._is_taken:
            self._is_taken = False
            self._gate.leave()


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _telling(scope: Scope, admission: Admission, send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            tell_standing(scope, headers)
            if admission.is_draining or message["status"] in _UNREAD:
                headers["Connection"] = "close"
        await send(message)

    return told
