"""Keep-alive connections that cost the asking side little, and callers that never stop asking."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
IDLE_S = 3.0  # uvicorn closes what was idle for 5 s, and a request may meet that
LOST = (OSError, EOFError, TimeoutError)  # nothing came, or only a part


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer."""

    status: int
    head: bytes  # in lower case
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body, parsed."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def is_turned_away_well(self) -> bool:
        """Whether it is a 503 that says when to come back."""
        return self.status == 503 and b"\r\nretry-after:" in self.head


class Wire:
    """One connection, opened when needed; an async context manager. Errors are those in LOST."""

    def __init__(self, port: int, key: str, timeout_s: float = 15.0) -> None:
        self._port, self._key, self._timeout_s = port, key, timeout_s
        self._used_at = 0.0
        self._link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _what: object, _where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connection; the next request opens another."""
        if self._link is not None:
            self._link[1].close()
            self._link = None

    async def score(self, document: Any, **headers: str) -> Heard:
        """Ask for a decision on a document, or on bytes as they are."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return await self.ask("POST", "/v1/score", body, headers)

    async def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Heard:
        """Send a request and return the answer."""
        more = "".join(f"{n.replace('_', '-')}: {v}\r\n" for n, v in (headers or {}).items())
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(head.encode() + body)
        except BaseException:
            self.close()
            raise

    async def _exchange(self, request: bytes) -> Heard:
        if time.monotonic() - self._used_at > IDLE_S:
            self.close()
        if self._link is None:
            self._link = await asyncio.open_connection(HOST, self._port)
        reader, writer = self._link
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"\r\ncontent-length:" in head:
            length = int(head.split(b"\r\ncontent-length:")[1].split()[0])
            body = await reader.readexactly(length)
        else:  # a proxy's own answer: until it closes
            body = await reader.read()
        self._used_at = time.monotonic()
        if b"\r\nconnection: close" in head:
            self.close()
        return Heard(int(head.split()[1]), head, body)


async def paced(
    per_s: float,
    seconds: float,
    send: Callable[[int], Awaitable[None]],
    over: asyncio.Event | None = None,
) -> None:
    """Call `send` with 0, 1, ... at its times, whatever is under way, until `over`; wait."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(per_s * seconds)):
            if (wait := begun + number / per_s - loop.time()) > 0:
                await asyncio.sleep(wait)
            if over is not None and over.is_set():
                break
            tasks.create_task(_of(send(number)))


async def _of(work: Awaitable[None]) -> None:
    await work


def p99(times: list[float]) -> float:
    """Return the time under which 99 of 100 lie; 0 of none."""
    ordered = sorted(times)
    return ordered[int(0.99 * (len(ordered) - 1))] if ordered else 0.0
