"""The way out for webhooks: one POST to an address that was checked, and to no other."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import h11

from app.core.errors import EntryRiskError
from app.core.webhooks import Network, Sent, Target, allowed, read_target

TIMEOUT_S = 10.0  # for all of one attempt, from the name to the status
USER_AGENT = "entry-risk-webhooks/1"
_MAX_HEAD = 16 * 1024  # bytes of an answer's headers
_READ = 4096
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raise OSError where the name is not found."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=1)  # SOCK_STREAM
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class CheckedPost:
    """The port WebhookPost.

    The host is resolved once an attempt, all its addresses are checked, and the connection is made
    to one that was checked: a name that changes its mind meanwhile reaches nothing. Redirects are
    answers like any other. No proxy, no cookie, and of the answer only its status is read.
    """

    def __init__(
        self,
        private: Sequence[Network] = (),
        *,
        tls: ssl.SSLContext | None = None,
        find: Resolve = resolve,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Call public addresses by https, and networks of `private` also by http."""
        self._private = tuple(private)
        self._tls = tls or ssl.create_default_context()
        self._find = find
        self._timeout_s = timeout_s

    async def may_call(self, url: str) -> bool:
        """Say whether all addresses of the URL's host may be called now."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return bool(await self._addresses(read_target(url)))
        except (OSError, UnicodeError, EntryRiskError):  # a TimeoutError is an OSError
            return False

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Send one POST and return its status, or the reason why there is none."""
        try:
            async with asyncio.timeout(self._timeout_s):
                target = read_target(url)
                addresses = await self._addresses(target)
                if not addresses:
                    return Sent(error="the host was not found, or has an address not allowed")
                return Sent(await self._ask(target, addresses, _request(target, headers, body)))
        except (OSError, UnicodeError, h11.RemoteProtocolError, EntryRiskError) as error:
            return Sent(error=_reason(error))

    async def _addresses(self, target: Target) -> list[str]:
        with suppress(OSError):
            return allowed(target, await self._find(target.host, target.port), self._private)
        return []

    async def _ask(self, target: Target, addresses: Sequence[str], request: bytes) -> int:
        reader, writer = await self._connect(target, addresses)
        try:
            writer.write(request)
            await writer.drain()
            return await _status(reader)
        finally:
            writer.transport.abort()  # what else it has to say is not waited for

    async def _connect(
        self, target: Target, addresses: Sequence[str]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tls = self._tls if target.scheme == "https" else None
        name = target.host if tls else None
        failed: OSError | None = None
        for address in addresses:
            try:
                return await asyncio.open_connection(
                    address, target.port, ssl=tls, server_hostname=name
                )
            except ssl.SSLError:
                raise
            except OSError as error:
                failed = error
        raise failed or OSError("no address")


def _reason(error: Exception) -> str:
    """Return why there is no status, in words that tell nothing of this network."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return "no trusted TLS connection"
    return "no HTTP answer" if isinstance(error, h11.RemoteProtocolError) else "no connection"


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    connection = h11.Connection(h11.CLIENT)
    every = {
        "host": target.authority,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "user-agent": USER_AGENT,
        "connection": "close",
        **headers,
    }
    head = h11.Request(method="POST", target=target.path, headers=list(every.items()))
    parts = (head, h11.Data(data=body), h11.EndOfMessage())
    return b"".join(connection.send(each) or b"" for each in parts)


async def _status(reader: asyncio.StreamReader) -> int:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    connection.send(h11.Request(method="POST", target="/", headers=[("host", "sent")]))
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ))
        elif not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("wanted a response")
