"""M1: models are exchanged under load; nothing fails, and every record names one model."""

import asyncio
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import create_engine, text

from tests.desks import entry, line
from tests.load.wire import LOST, Wire, p99, paced
from tests.reliability.findings import Found
from tests.reliability.service import folder, ledger_url, prepared
from tests.reliability.steady import steady_rate
from tests.served_process import ServedProcess

# Odd bundles hold everything and even ones nothing: a band tells whose policy decided.
POLICIES = ({"review_at": 1001, "hold_at": 1001}, {"review_at": 0, "hold_at": 0})
BANDS = ({"release", "review"}, {"hold"})
FOLLOWS_WITHIN_S = 60.0


@dataclass
class Scored:
    """Who decided what, and how long it took, while reloads went on and before."""

    by: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # version, digest, band
    statuses: Counter[int] = field(default_factory=Counter)
    taken: list[float] = field(default_factory=list)


def run(reloads: int = 20, wanted_per_s: float = 200.0) -> Found:
    """Exchange the model that many times under load."""
    found, scored = Found(), Scored()
    with folder() as place:
        service = prepared(place)
        versions = [
            service.put_bundle(sequence=number, baseline_policy=POLICIES[number % 2])
            for number in range(2, reloads + 2)
        ]
        with service:
            per_s, alone = steady_rate(service, wanted_per_s)
            slowest = asyncio.run(_exchange(service, versions, per_s, scored))
        rows = _rows(ledger_url(service))
    parity = {version: number % 2 for number, version in enumerate(versions, 2)}
    mixed = sum(
        band not in BANDS[parity.get(by, 0)] for by, _, band in scored.by.values() if by in parity
    )
    unlike = sum(rows.get(name) != told for name, told in scored.by.items())
    digests = {(version, digest) for version, digest, _ in rows.values()}
    served = {version for version, _, _ in scored.by.values()}
    failed = sum(scored.statuses.values()) - scored.statuses[200] - scored.statuses[503]
    found.figures |= {
        "reloads": len(served & set(versions)),
        "requests a second": per_s,
        "answered 200": scored.statuses[200],
        "turned away 503": scored.statuses[503],
        "failed": failed,
        "records unlike their answer": unlike,
        "decided by one model and another's policy": mixed,
        "p99 ms, reloading": round(p99(scored.taken) * 1000, 1),
        "p99 ms, before": round(alone * 1000, 1),
        "slowest reload s": round(slowest, 1),
    }
    found.must(served >= set(versions), "a model never served")
    found.must(failed == 0, f"failed: {dict(scored.statuses)}")
    found.must(unlike == 0 and mixed == 0, "a decision is of two models")
    found.must(
        len(digests) == len({version for version, _ in digests}), "a version has two digests"
    )
    found.in_time(scored.statuses[503] == 0, "requests were turned away")
    found.compare(p99(scored.taken) <= 2 * alone, "p99 above twice that without reloads")
    return found


async def _exchange(
    service: ServedProcess, versions: list[str], per_s: float, scored: Scored
) -> float:
    idle: list[Wire] = []
    over = asyncio.Event()

    async def send(number: int) -> None:
        wire = idle.pop() if idle else Wire(service.port, service.key)
        began = time.monotonic()
        try:
            answer = await wire.score(entry(line(entered_value_usd=f"{number % 500 + 1}.00")))
        except LOST:
            scored.statuses[0] += 1
            return
        scored.taken.append(time.monotonic() - began)
        idle.append(wire)
        scored.statuses[answer.status] += 1
        if answer.status == 200:
            told = answer.json()
            by = (told["model"]["version"], told["model"]["digest"], told["band"])
            scored.by[told["decision_id"]] = by

    load = asyncio.create_task(paced(per_s, len(versions) * FOLLOWS_WITHIN_S, send, over))
    slowest = 0.0
    for version in versions:
        slowest = max(slowest, await follow(service, version))
    over.set()
    await load
    for wire in idle:
        wire.close()
    return slowest


async def follow(service: ServedProcess, version: str) -> float:
    """Make a bundle live and return how long the service took to serve it."""
    await asyncio.to_thread(service.set_live, version)
    service.signal(signal.SIGHUP)
    began = time.monotonic()
    async with Wire(service.port, service.key) as wire:
        while time.monotonic() < began + FOLLOWS_WITHIN_S:
            answer = await wire.ask("GET", "/v1/meta")
            if answer.status == 200 and answer.json()["model"]["version"] == version:
                await asyncio.sleep(1)  # so that it decides something
                return time.monotonic() - began - 1
            await asyncio.sleep(0.1)
    return FOLLOWS_WITHIN_S


def _rows(url: str) -> dict[str, tuple[str, str, str]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        query = text("SELECT decision_id, model_version, model_digest, band FROM decisions")
        found = {row[0]: (row[1], row[2], row[3]) for row in connection.execute(query)}
    engine.dispose()
    return found
