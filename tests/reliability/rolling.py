"""L5: two instances behind HAProxy are restarted in turn, and one is killed."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.desks import entry, line
from tests.load.fronted import Fronted, fronted_by_haproxy
from tests.load.wire import LOST, Heard, Wire, paced
from tests.reliability.findings import Found
from tests.reliability.service import RestartablePostgres, chain_break, folder, prepared, stored
from tests.served_process import ServedProcess

PER_S = 300.0  # of both
AFTER_S = (0.1, 1.2)  # how long a client waits before its one retry; where it was told to: later


@dataclass
class Passed:
    """What clients saw: first answers, and what was left after one retry with the same key."""

    first: Counter[int] = field(default_factory=Counter)
    final: Counter[int] = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)
    name: str = field(default_factory=lambda: secrets.token_hex(4))  # of its keys


def run(per_s: float = PER_S) -> Found:
    """Restart both in turn under load, then kill one."""
    found = Found()
    with folder() as place, RestartablePostgres() as server:
        with fronted_by_haproxy(*_two(place, server.url)) as fronted:
            per_s = asyncio.run(_kept_up(fronted, per_s)) / 2  # as much as one can carry
            drained = asyncio.run(_while(fronted, per_s, _restart_both))
            killed = asyncio.run(_while(fronted, per_s, _kill_one))
        kept = stored(server.url)
        ids = [*drained.ids, *killed.ids]
        found.figures |= {
            "requests a second": per_s,
            "missing": len(set(ids) - set(kept)),
            "answered for two requests": len(ids) - len(set(ids)),
            "chain break": chain_break(server.url) or "none",
        }
    _judge(found, "drained", drained, 0.001)
    _judge(found, "killed", killed, 0.002)
    found.must(found.figures["missing"] == 0, "acknowledged and not stored")
    found.must(len(ids) == len(set(ids)), "one decision answered two requests")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    return found


def _two(place: Path, url: str) -> tuple[ServedProcess, ServedProcess]:
    """Two instances of one installation: the same folder, database and key."""
    environment = {"DATABASE_URL": url, "ENTRY_RISK_DRAIN_S": "4"}
    first = prepared(place, url, ENTRY_RISK_DRAIN_S="4")
    second = ServedProcess(place, **environment)
    second.key = first.key
    return first, second


async def _kept_up(fronted: Fronted, per_s: float) -> float:
    """Return the rate, halved until nothing is turned away."""
    while True:
        seen = Passed()
        await _load(fronted, per_s, 4, seen)
        if seen.first[200] == sum(seen.first.values()) or per_s < 10:
            return per_s
        per_s /= 2


async def _while(fronted: Fronted, per_s: float, change: Callable[[Fronted], None]) -> Passed:
    """Load the proxy from before the change until after it."""
    seen, over = Passed(), asyncio.Event()
    load = asyncio.create_task(_load(fronted, per_s, 600, seen, over))
    await asyncio.sleep(2)
    await asyncio.to_thread(change, fronted)
    await asyncio.sleep(4)
    over.set()
    await load
    return seen


def _restart_both(fronted: Fronted) -> None:
    for each in fronted.instances:
        each.stop()
        each.start()
        time.sleep(3)  # the proxy looks once a second


def _kill_one(fronted: Fronted) -> None:
    fronted.instances[0].kill()
    time.sleep(6)
    fronted.instances[0].start()


async def _load(
    fronted: Fronted, per_s: float, seconds: float, seen: Passed, over: asyncio.Event | None = None
) -> None:
    idle: list[Wire] = []

    async def ask(number: int) -> Heard | None:
        wire = idle.pop() if idle else Wire(fronted.port, fronted.instances[0].key)
        document = entry(line(entered_value_usd=f"{number + 1}.00"))
        try:
            heard = await wire.score(document, Idempotency_Key=f"{seen.name}-{number}")
        except LOST:
            return None
        idle.append(wire)
        return heard

    async def send(number: int) -> None:
        heard = await ask(number)
        status = heard.status if heard else 0
        seen.first[status] += 1
        if status != 200:
            await asyncio.sleep(AFTER_S[heard is not None and heard.is_turned_away_well])
            heard = await ask(number)
        seen.final[heard.status if heard else 0] += 1
        if heard and heard.status == 200:
            seen.ids.append(heard.json()["decision_id"])

    await paced(per_s, seconds, send, over=over)
    for wire in idle:
        wire.close()


def _judge(found: Found, name: str, seen: Passed, raw_at_most: float) -> None:
    total = sum(seen.first.values())
    raw = total - seen.first[200]
    turned_away = seen.final[503]
    lost = sum(seen.final.values()) - seen.final[200] - turned_away
    found.figures |= {
        f"{name}: requests": total,
        f"{name}: needed a retry": raw,
        f"{name}: failed after one": lost,
        f"{name}: turned away 503 twice": turned_away,
    }
    found.must(lost == 0, f"{name}: failed after a retry: {dict(seen.final)}")
    found.in_time(turned_away == 0, f"{name}: turned away twice")
    found.in_time(raw <= raw_at_most * total, f"{name}: over {raw_at_most:.1%} needed a retry")
