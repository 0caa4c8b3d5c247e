"""SIGTERM, by which a process is asked to end: traffic is led away first, then the server stops."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def on_terminate(begin: Callable[[], None], wait_s: float) -> AsyncIterator[None]:
    """On SIGTERM while inside: `begin`, and `wait_s` later do what SIGTERM did before.

    A second SIGTERM does it at once. Where signals cannot be had (in a thread), and with a wait of
    0, nothing is changed.
    """
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    waiting: list[asyncio.TimerHandle] = []

    def end() -> None:
        give_back()
        signal.raise_signal(signal.SIGTERM)

    def give_back() -> None:
        if loop.remove_signal_handler(signal.SIGTERM):
            signal.signal(signal.SIGTERM, before)

    def asked() -> None:
        if waiting:
            waiting[0].cancel()
            end()
            return
        begin()
        waiting.append(loop.call_later(wait_s, end))

    try:
        if wait_s > 0:
            loop.add_signal_handler(signal.SIGTERM, asked)
    except (ValueError, RuntimeError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        for timer in waiting:
            timer.cancel()
        give_back()
