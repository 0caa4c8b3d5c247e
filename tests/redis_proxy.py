"""A TCP proxy before a Redis server that delays, cuts, repeats or garbles what the server says."""

import asyncio
import random
from collections.abc import Callable

Fault = Callable[[bytes], bytes | None]  # what passes of a reply; None cuts the connection


class RedisProxy:
    """Listens on 127.0.0.1; an async context manager."""

    def __init__(self, port: int, *, fault: Fault | None = None, delay_s: float = 0.0) -> None:
        self.fault = fault
        self.port = 0
        self._server_port = port
        self._delay_s = delay_s
        self._random = random.Random(7)  # noqa: S311  # repeatable delays, no secrets
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "RedisProxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self._server_port)
        for source, sink, is_reply in ((reader, there[1], False), (there[0], writer, True)):
            task = asyncio.ensure_future(self._copy(source, sink, is_reply=is_reply))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_reply: bool
    ) -> None:
        try:
            while data := await source.read(65536):
                if is_reply:
                    await asyncio.sleep(self._random.uniform(0, self._delay_s))
                passed = self.fault(data) if self.fault and is_reply else data
                if passed is None:
                    break
                sink.write(passed)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()
