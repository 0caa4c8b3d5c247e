"""SIGHUP, by which an operator asks a running process to look again."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def on_hangup(act: Callable[[], Coroutine[Any, Any, object]]) -> AsyncIterator[None]:
    """Do `act` on each SIGHUP while inside, where signals can be had (not in a thread).

    What was begun is awaited before leaving; what it raises is dropped.
    """
    loop, begun = asyncio.get_running_loop(), set[asyncio.Task[object]]()

    def begin() -> None:
        task = loop.create_task(act())
        begun.add(task)
        task.add_done_callback(begun.discard)

    try:
        loop.add_signal_handler(signal.SIGHUP, begin)
    except (ValueError, RuntimeError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        await asyncio.gather(*begun, return_exceptions=True)
