"""Slow and outsized connections, which no ASGI layer sees: uvicorn's protocol with three timers."""

from asyncio import BaseTransport, TimerHandle, Transport
from dataclasses import dataclass
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.api.problems import MEDIA_TYPE, problem_bytes
from app.core.errors import EntryRiskError, Overloaded, RequestRefused, ServiceUnavailable
from app.core.refusals import HeadTooLarge

MAX_HEAD = 64 * 1024  # bytes of request line and headers; docs/overload.md
MAX_PIPELINED = 16  # requests sent ahead of an answer; parsing thousands would hold up the loop
OVERHEAD = 16  # bytes of framing for one of a body: chunks of one byte take six


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a connection may take: seconds a head, seconds unread, and how many there may be."""

    head_s: float = 5.0
    unread_s: float = 5.0
    connections: int = 4000


def guarded_http(limits: ConnectionLimits) -> type["GuardedHttp"]:
    """Return the protocol class that keeps `limits`, to be given to uvicorn as `http`."""
    return type("LimitedHttp", (GuardedHttp,), {"limits": limits})


class GuardedHttp(HttpToolsProtocol):
    """Closes what is too slow, and answers what is too large; bodies are paced behind it."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    _head_timer: TimerHandle | None = None
    _unread_timer: TimerHandle | None = None
    _is_in_head = False
    _head_bytes = 0  # of a head that is not complete
    _framing = 0  # bytes beyond the body's since the head was complete
    _is_refused = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for a head; one connection too many is told so and closed."""
        super().connection_made(cast("Transport", transport))
        if len(self.connections) > self.limits.connections:
            self._refuse(Overloaded(f"{self.limits.connections} connections are open."))
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the timers."""
        self._head_timer = _ended(self._head_timer)
        self._unread_timer = _ended(self._unread_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and look how much of it was neither a complete head nor a body."""
        if self._is_refused:
            return
        if self._is_in_head or self._is_idle:
            self._await_head()
            self._head_bytes += len(data)
        else:
            self._framing += len(data)
        super().data_received(data)
        if self._head_bytes > MAX_HEAD or self._framing > MAX_HEAD:
            self._refuse(HeadTooLarge(f"found more, wanted at most {MAX_HEAD} bytes"))

    def on_message_begin(self) -> None:
        """Begin to count a head."""
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the wait for a head."""
        self._is_in_head = False
        self._head_bytes = self._framing = 0
        self._head_timer = _ended(self._head_timer)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ValueError("too many requests ahead of their answers")  # ends the parsing at once
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take the body, and what framing it may have needed, off the count."""
        self._framing = max(0, self._framing - OVERHEAD * len(body))
        super().on_body(body)

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        """End that wait."""
        self._unread_timer = _ended(self._unread_timer)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as everything else is refused: with a problem."""
        self._refuse(RequestRefused(msg))

    @property
    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first head
        return cycle is None or cycle.response_complete

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.limits.head_s, self.transport.close)

    def _await_reader(self) -> None:
        if self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self.limits.unread_s, self.transport.abort)

    def _refuse(self, error: EntryRiskError) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        body = problem_bytes(error)
        lines = [
            STATUS_LINE[error.status].rstrip(b"\r\n"),
            f"content-type: {MEDIA_TYPE}".encode(),
            b"content-length: %d" % len(body),
            b"connection: close",
        ]
        if isinstance(error, ServiceUnavailable):
            lines.append(b"retry-after: %d" % error.retry_after_s)
        if self._is_idle:  # else an answer may be on its way, and this is no part of it
            self.transport.write(b"\r\n".join([*lines, b"", body]))
        self.transport.close()
        self._await_reader()


def _ended(timer: TimerHandle | None) -> TimerHandle | None:
    if timer is not None:
        timer.cancel()
    return None
