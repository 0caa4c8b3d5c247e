"""SIGHUP, by which an operator asks a running process to look again."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_hangup(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` on SIGHUP while inside, where signals can be had (not in a thread)."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGHUP, act)
    except (ValueError, RuntimeError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
