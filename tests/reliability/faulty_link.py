"""A TCP link to a Redis server that fails in one way at a time, chosen while it runs."""

import asyncio
import socket
import struct
from enum import StrEnum
from typing import Self


class Fault(StrEnum):
    """What happens to what the server says."""

    NONE = "none"
    LATENCY = "latency"  # 100 ms later
    DRIP = "drip"  # a byte a second
    HALF_OPEN = "half-open"  # nothing passes, and nothing is closed
    RESET = "reset"
    TRUNCATE = "truncate"  # half of it, then the end
    REPEAT = "repeat"  # twice
    GARBAGE = "garbage"


class FaultyLink:
    """Listens on 127.0.0.1; an async context manager."""

    def __init__(self, server_port: int) -> None:
        self.fault = Fault.NONE
        self.port = 0
        self._server_port = server_port
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._tasks) // 2

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self._server_port)
        for work in (self._ask(reader, there[1]), self._answer(there[0], writer)):
            task = asyncio.ensure_future(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()

    async def _answer(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                if not await self._pass(data, sink):
                    break
        except OSError:
            pass
        finally:
            sink.close()

    async def _pass(self, data: bytes, sink: asyncio.StreamWriter) -> bool:
        """Send what the fault leaves of `data`; return whether the link goes on."""
        fault = self.fault
        if fault is Fault.DRIP:
            for at in range(len(data)):
                if sink.is_closing():
                    return False
                sink.write(data[at : at + 1])
                await asyncio.sleep(1)
            return True
        if fault is Fault.LATENCY:
            await asyncio.sleep(0.1)
        if fault is Fault.RESET:
            linger = struct.pack("ii", 1, 0)  # closing sends RST
            sink.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        passed = {
            Fault.HALF_OPEN: b"",
            Fault.RESET: b"",
            Fault.TRUNCATE: data[: len(data) // 2],
            Fault.REPEAT: data * 2,
            Fault.GARBAGE: b"\x00%" + data[::-1],
        }.get(fault, data)
        sink.write(passed)
        await sink.drain()
        return fault not in (Fault.RESET, Fault.TRUNCATE)
