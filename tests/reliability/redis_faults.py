"""R8, R9: the link to Redis fails in every way, and callers hang up in a storm."""

import asyncio
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.desks import HOLDING, entry, line
from tests.load.wire import LOST, Wire, p99
from tests.reliability.faulty_link import Fault, FaultyLink
from tests.reliability.findings import Found
from tests.reliability.machine import ROOT
from tests.reliability.service import folder
from tests.served_process import ServedProcess
from tests.servers import RedisServer

Result = TypeVar("Result")
DOCUMENTS, CALLERS = 20, 4
EACH_S, BACK_WITHIN_S = 4.0, 5.0
SLOWEST_S = 0.55  # p99: the deadline of a request, and 50 ms
CONNECTIONS = 32
STORM = (
    "tests/integration/test_redis_cache_faults.py",
    "tests/integration/test_redis_history_faults.py",
)


@dataclass
class Seen:
    """Answers under way."""

    statuses: Counter[int] = field(default_factory=Counter)
    taken: list[float] = field(default_factory=list)
    wrong: int = 0
    hung_up: int = 0


def document(at: int) -> dict[str, Any]:
    """One of a few entries, so that explanations are cached."""
    return entry(line(entered_value_usd=f"{100 + at}.00"))


async def _reference(service: ServedProcess) -> list[object]:
    async with Wire(service.port, service.key) as wire:
        return [(await wire.score(document(at))).json()["lines"] for at in range(DOCUMENTS)]


def _proxied(url: str, port: int) -> str:
    return f"redis://:{urlsplit(url).password}@127.0.0.1:{port}/0"


def faulty_link() -> Found:
    """Score through each fault; scores are those that were given without Redis."""
    return asyncio.run(_faulty_link())


async def _faulty_link() -> Found:
    found = Found()
    with folder() as place, RedisServer() as redis:
        async with FaultyLink(redis.port) as link:
            bare = await _served(ServedProcess(place / "bare"), _reference)
            made = ServedProcess(place / "linked", REDIS_URL=_proxied(redis.url, link.port))

            async def use(service: ServedProcess) -> None:
                for fault in Fault:
                    await _under(service, link, fault, bare, found)

            await _served(made, use)
    return found


async def _served(
    service: ServedProcess, use: Callable[[ServedProcess], Awaitable[Result]]
) -> Result:
    service.folder.mkdir(exist_ok=True)
    service.set_live(service.put_bundle(baseline_policy=HOLDING))
    await asyncio.to_thread(service.start)
    try:
        return await use(service)
    finally:
        await asyncio.to_thread(service.stop)


async def _under(
    service: ServedProcess, link: FaultyLink, fault: Fault, bare: list[object], found: Found
) -> None:
    seen = Seen()
    link.fault = fault
    await asyncio.gather(*(_ask(service, n, seen, bare, EACH_S) for n in range(CALLERS)))
    link.fault = Fault.NONE
    back = await _back(service, BACK_WITHIN_S + 10)
    found.figures |= {
        f"{fault}: answers": sum(seen.statuses.values()),
        f"{fault}: wrong": seen.wrong,
        f"{fault}: p99 ms": round(p99(seen.taken) * 1000),
        f"{fault}: back after s": round(back, 1),
    }
    found.must(set(seen.statuses) == {200}, f"{fault}: answers {dict(seen.statuses)}")
    found.must(seen.wrong == 0, f"{fault}: a score differs")
    found.in_time(p99(seen.taken) <= SLOWEST_S, f"{fault}: p99 above 550 ms")
    found.in_time(back <= BACK_WITHIN_S, f"{fault}: the cache was not used again within 5 s")


async def _ask(
    service: ServedProcess, caller: int, seen: Seen, bare: list[object], seconds: float
) -> None:
    over, at = time.monotonic() + seconds, caller
    async with Wire(service.port, service.key) as wire:
        while time.monotonic() < over:
            at = (at + 1) % DOCUMENTS
            began = time.monotonic()
            try:
                answer = await wire.score(document(at))
            except LOST:
                seen.statuses[0] += 1
                continue
            seen.taken.append(time.monotonic() - began)
            seen.statuses[answer.status] += 1
            seen.wrong += answer.status == 200 and answer.json()["lines"] != bare[at]


async def _back(service: ServedProcess, within_s: float) -> float:
    """Return after how many seconds an explanation comes from the cache again."""
    began = time.monotonic()
    async with Wire(service.port, service.key) as wire:
        before = await _cached(wire)
        while time.monotonic() < began + within_s:
            await wire.score(document(0))
            if await _cached(wire) > before:
                break
            await asyncio.sleep(0.1)
    return time.monotonic() - began


async def _cached(wire: Wire) -> float:
    text = (await wire.ask("GET", "/metrics")).body.decode()
    found = re.search(r'entry_risk_explained_lines_total\{source="cache"\} (\S+)', text)
    return float(found[1]) if found else 0.0


def storm(requests: int = 5000) -> Found:
    """Let callers hang up under way, and the two storms on the adapters rage."""
    found = asyncio.run(_storm(requests))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *STORM]
    done = subprocess.run([*command, "-k", "storm"], cwd=ROOT, capture_output=True, check=False)
    told = done.stdout.decode().strip().splitlines()
    found.figures["storms on the adapters"] = told[-1] if told else "nothing said"
    found.must(done.returncode == 0, "a storm on an adapter left something wrong")
    return found


async def _storm(requests: int) -> Found:
    found, seen = Found(), Seen()
    chance = random.Random(11)  # noqa: S311  # a repeatable storm
    with folder() as place, RedisServer() as redis:
        async with FaultyLink(redis.port) as link:
            bare = await _served(ServedProcess(place / "bare"), _reference)
            made = ServedProcess(place / "linked", REDIS_URL=_proxied(redis.url, link.port))

            async def use(service: ServedProcess) -> int:
                for start in range(0, requests, 20):
                    await asyncio.gather(
                        *(
                            _hang_up(service, (start + n) % DOCUMENTS, seen, bare, chance)
                            for n in range(20)
                        )
                    )
                seen.taken.clear()
                await _ask(service, 0, seen, bare, 2)
                return link.open

            links = await _served(made, use)
    found.figures |= {
        "requests": requests,
        "hung up": seen.hung_up,
        "answers": sum(seen.statuses.values()),
        "wrong": seen.wrong,
        "connections to Redis afterwards": links,
    }
    found.must(set(seen.statuses) == {200}, f"answers {dict(seen.statuses)}")
    found.must(seen.wrong == 0, "an answer is another's")
    found.must(seen.hung_up >= 0.4 * requests, "too few hung up")
    found.must(links <= CONNECTIONS, "connections to Redis were left over")
    return found


async def _hang_up(
    service: ServedProcess, at: int, seen: Seen, bare: list[object], chance: random.Random
) -> None:
    async with Wire(service.port, service.key) as wire:
        task = asyncio.create_task(wire.score(document(at)))
        if chance.random() < 0.5:
            await asyncio.sleep(chance.uniform(0.001, 0.02))
            if not task.done():
                task.cancel()
        try:
            answer = await task
        except asyncio.CancelledError:
            seen.hung_up += 1
            return
        except LOST:
            seen.statuses[0] += 1
            return
        seen.statuses[answer.status] += 1
        seen.wrong += answer.status == 200 and answer.json()["lines"] != bare[at]
