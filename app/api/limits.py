"""Limits before parsing: what a request may be, refused by its headers or while it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import BodyTooLarge, Overloaded, RequestRefused, UnsupportedMediaType

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """What a route reads: at most `max_bytes` of one media type.

    `or_types` are further media types that will do; `max_running` bounds this path alone, where its
    pool's places (app/services/admission.py) are too many.
    """

    max_bytes: int
    media_type: str = JSON
    max_running: int | None = None
    or_types: tuple[str, ...] = ()


class Limits:
    """Raw ASGI middleware; `limits` are by path, for POST."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, BodyLimit]) -> None:
        """Wrap `app`."""
        self._app = app
        self._limits = limits
        self._running = dict.fromkeys(limits, 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is within limits; raise the refusal for the rest."""
        limit = self._limits.get(scope["path"]) if scope["type"] == "http" else None
        if limit is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        check_headers(Headers(scope=scope), limit)
        path = scope["path"]
        if limit.max_running is not None and self._running[path] >= limit.max_running:
            raise Overloaded(f"{limit.max_running} requests are running; none was started.")
        self._running[path] += 1
        try:
            await self._app(scope, _counting(receive, limit.max_bytes), send)
        finally:
            self._running[path] -= 1


async def read_within(request: Request, limit: BodyLimit) -> bytes:
    """Return a body within `limit`, for a route whose path varies; raise the refusal of others."""
    check_headers(request.headers, limit)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit.max_bytes:
            raise _too_large(limit.max_bytes)
    return bytes(body)


def check_headers(headers: Headers, limit: BodyLimit) -> None:
    """Refuse another media type, an encoded body, or one that says it is too large."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise UnsupportedMediaType("Content-Encoding is not accepted; send the body as it is.")
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    types = (limit.media_type, *limit.or_types)
    if media_type.strip().lower() not in types:
        raise UnsupportedMediaType(f"wanted Content-Type: {' or '.join(types)}")
    charset = parameters.strip().lower().partition("charset=")[2].strip('" ')
    if charset not in {"", "utf-8"}:
        raise UnsupportedMediaType("wanted charset utf-8")
    length = headers.get("content-length")
    if length is not None:
        if not (length.isascii() and length.isdigit()):
            raise RequestRefused("Content-Length is no number.")
        if len(length) > 18 or int(length) > limit.max_bytes:
            raise _too_large(limit.max_bytes)


def _counting(receive: Receive, max_bytes: int) -> Receive:
    """Return a `receive` that counts: Content-Length is only what the client says."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > max_bytes:
                raise _too_large(max_bytes)
        return message

    return counted


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"wanted at most {max_bytes} bytes")
