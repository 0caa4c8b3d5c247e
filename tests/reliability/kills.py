"""R1: the server is killed under load, again and again; what it acknowledged is there."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.desks import entry, line
from tests.load.wire import LOST, Wire
from tests.reliability.findings import Found
from tests.reliability.service import (
    RestartablePostgres,
    chain_break,
    folder,
    ledger_url,
    missing,
    prepared,
    stored,
)
from tests.served_process import ServedProcess

CALLERS = 8
READY_WITHIN_S = 10.0


@dataclass
class Acknowledged:
    """What was answered with 200, and what else came."""

    ids: set[str] = field(default_factory=set)
    other: list[int] = field(default_factory=list)


@contextmanager
def database(kind: str) -> Iterator[str | None]:
    """A PostgreSQL database, or None for the SQLite file of the service."""
    if kind == "sqlite":
        yield None
        return
    with RestartablePostgres() as server:
        yield server.url


def run(kind: str, kills: int = 25, acks_before_kill: int = 210) -> Found:
    """Kill the server that many times, each after as many acknowledgements."""
    found, heard, starts = Found(), Acknowledged(), []
    with folder() as place, database(kind) as url:
        service = prepared(place, url)
        for _ in range(kills):
            starts.append(_started(service))
            asyncio.run(_ask_until_killed(service, heard, acks_before_kill))
        starts.append(_started(service))
        service.stop()
        where = ledger_url(service, url)
        kept = stored(where)
        found.figures |= {
            "database": kind,
            "kills": kills,
            "acknowledged": len(heard.ids),
            "missing": len(missing(heard.ids, where)),
            "stored beyond acknowledged": len(set(kept) - heard.ids),
            "in flight at most": CALLERS * kills,
            "chain break": chain_break(where) or "none",
            "ready s, slowest": round(max(starts), 1),
            "ready s, median": round(sorted(starts)[len(starts) // 2], 1),
        }
    found.must(not heard.other, f"answers other than 200: {sorted(set(heard.other))}")
    found.must(len(heard.ids) >= kills * acks_before_kill, "too few acknowledgements")
    found.must(found.figures["missing"] == 0, "acknowledged and not stored")
    found.must(max(kept.values()) == 1, "a decision is stored twice")
    found.must(len(set(kept) - heard.ids) <= CALLERS * kills, "more stored than was in flight")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    found.in_time(max(starts) <= READY_WITHIN_S, f"ready later than {READY_WITHIN_S:g} s")
    return found


def _started(service: ServedProcess) -> float:
    began = time.monotonic()
    service.start()
    return time.monotonic() - began


async def _ask_until_killed(service: ServedProcess, heard: Acknowledged, wanted: int) -> None:
    before = len(heard.ids)

    async def call(caller: int) -> None:
        async with Wire(service.port, service.key) as wire:
            number = 0
            while True:
                number += 1
                document = entry(line(entered_value_usd=f"{1000 * caller + number}.00"))
                try:
                    answer = await wire.score(document)
                except LOST:
                    return  # killed
                if answer.status == 200:
                    heard.ids.add(answer.json()["decision_id"])
                else:
                    heard.other.append(answer.status)
                if len(heard.ids) - before == wanted:
                    service.signal(signal.SIGKILL)

    await asyncio.gather(*(call(caller) for caller in range(CALLERS)))
    service.kill()
