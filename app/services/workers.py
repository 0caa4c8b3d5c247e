"""Threads for work that would hold up the event loop; batches have their own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")
LINES_ON_LOOP = 8  # lines encoded and predicted without leaving the loop: under 1 ms


class Lane(StrEnum):
    """Whose work it is: a batch never makes a single entry wait for a thread."""

    SINGLE = "single"
    BATCH = "batch"


class Workers:
    """One thread for single entries, one for batches."""

    def __init__(self) -> None:
        """Make the pools; threads start when first used."""
        self._pools = {
            lane: ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"score-{lane}")
            for lane in Lane
        }

    async def run(self, lane: Lane, work: Callable[[], T]) -> T:
        """Do `work` in the lane's thread and return what it returns or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pools[lane], work)

    async def run_sized(self, lane: Lane, lines: int, work: Callable[[], T]) -> T:
        """Do `work` on `lines` lines: at once where it is short, else in the lane's thread."""
        return work() if lines <= LINES_ON_LOOP else await self.run(lane, work)

    def close(self) -> None:
        """Let the threads end after what they are doing."""
        for pool in self._pools.values():
            pool.shutdown()
