"""Slow bodies: how long one may take to arrive, by how much of it has."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Message, Receive

from app.core.refusals import BodyTooSlow


@dataclass(frozen=True, slots=True)
class BodyPace:
    """A body may take `grace_s`, and a second more for every `bytes_per_s` that arrived."""

    grace_s: float = 5.0
    bytes_per_s: float = 16 * 1024


def paced(
    receive: Receive, pace: BodyPace, monotonic: Callable[[], float] = time.monotonic
) -> Receive:
    """Return a `receive` that raises BodyTooSlow where a body keeps its server waiting."""
    started = monotonic()
    arrived, is_complete = 0, False

    async def kept() -> Message:
        nonlocal arrived, is_complete
        if is_complete:  # what comes now is that the client went
            return await receive()
        left = started + pace.grace_s + arrived / pace.bytes_per_s - monotonic()
        try:
            async with asyncio.timeout(max(0.0, left)):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow(f"found {arrived} bytes, and no more in time") from None
        if message["type"] == "http.request":
            arrived += len(message.get("body", b""))
            is_complete = not message.get("more_body", False)
        return message

    return kept
