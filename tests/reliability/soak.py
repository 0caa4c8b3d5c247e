"""L7: half of what it can do, for a long time; memory, descriptors and threads stay as they are."""

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.desks import entry, line
from tests.load.wire import LOST, Wire, p99, paced
from tests.reliability.findings import Found
from tests.reliability.reloads import follow
from tests.reliability.service import chain_break, folder, ledger_url, missing, prepared
from tests.reliability.steady import capacity
from tests.served_process import ServedProcess

WHOLE_MINUTES = 20
AT_MOST_PER_S = 60.0  # so that a soak leaves a shared machine usable
SAMPLE_S, RELOAD_S = 5.0, 120.0
WARM = 0.3  # share of the time in which caches fill and allocators settle
SLOPE_MIB = 1.0  # in ten minutes
BODIES = 500  # so many entries that caches fill early
MALFORMED = (
    b'{"lines": [',
    b'{"lines": [{"hts": NaN}]}',
    b'{"lines": [], "lines": []}',
    b'{"lines": [{"hts": "6201407511", "origin_country": "CN", "unknown": true}]}',
    b"[" * 40,
    b"\xff\xfe",
)


@dataclass
class Soaked:
    """What came of the requests, and what the process used meanwhile."""

    statuses: Counter[str] = field(default_factory=Counter)
    taken: list[tuple[float, float]] = field(default_factory=list)  # when, seconds
    samples: list[tuple[float, float, int, int]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    reloads: int = 0


def run(minutes: float | None = None) -> Found:
    """Soak for that many minutes; ENTRY_RISK_SOAK_MINUTES where not given."""
    minutes = minutes or float(os.environ.get("ENTRY_RISK_SOAK_MINUTES", WHOLE_MINUTES))
    found, soaked, seconds = Found(), Soaked(), minutes * 60
    with folder() as place:
        service = prepared(place)
        count = int(seconds / RELOAD_S)
        versions = [service.put_bundle(sequence=number) for number in range(2, count + 2)]
        with service:
            able = capacity(service)
            per_s = min(able / 2, AT_MOST_PER_S)
            asyncio.run(_soak(service, per_s, seconds, versions, soaked))
        where = ledger_url(service)
        found.figures |= {
            "minutes": minutes,
            "capacity a second": able,
            "requests a second": round(per_s, 1),
            "missing": len(missing(soaked.ids, where)),
            "chain break": chain_break(where) or "none",
        }
    _judge(found, soaked, seconds)
    found.partial = minutes < WHOLE_MINUTES
    return found


async def _soak(
    service: ServedProcess, per_s: float, seconds: float, versions: list[str], soaked: Soaked
) -> None:
    idle: list[Wire] = []
    begun = time.monotonic()

    async def send(number: int) -> None:
        bad = number % 20 == 0
        at = number % BODIES
        body = (
            MALFORMED[number // 20 % len(MALFORMED)]
            if bad
            else entry(line(entered_value_usd=f"{at + 1}.00"))
        )
        wire = idle.pop() if idle else Wire(service.port, service.key)
        left = time.monotonic()
        try:
            answer = await wire.score(body)
        except LOST:
            soaked.statuses["lost"] += 1
            return
        idle.append(wire)
        soaked.statuses[f"{'malformed' if bad else 'good'} {answer.status}"] += 1
        soaked.taken.append((left - begun, time.monotonic() - left))
        if answer.status == 200:
            soaked.ids.add(answer.json()["decision_id"])

    async def reload() -> None:
        for version in versions:
            await asyncio.sleep(RELOAD_S / 2)
            await follow(service, version)
            soaked.reloads += 1
            await asyncio.sleep(RELOAD_S / 2)

    async def sample() -> None:
        while True:
            soaked.samples.append((time.monotonic() - begun, *_used(service)))
            await asyncio.sleep(SAMPLE_S)

    beside = [asyncio.create_task(reload()), asyncio.create_task(sample())]
    await paced(per_s, seconds, send)
    for task in beside:
        task.cancel()
    for wire in idle:
        wire.close()


def _used(service: ServedProcess) -> tuple[float, int, int]:
    """Resident MiB, descriptors and threads of the process."""
    process = Path(f"/proc/{service.pid}")
    return (
        service.resident_mib(),
        len(list((process / "fd").iterdir())),
        len(list((process / "task").iterdir())),
    )


def slope(points: list[tuple[float, float]]) -> float:
    """Return the least-squares slope of points (x, y)."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def _judge(found: Found, soaked: Soaked, seconds: float) -> None:
    warm = [each for each in soaked.samples if each[0] >= WARM * seconds]
    rss = slope([(at, mib) for at, mib, _, _ in warm]) * 600
    third = max(len(warm) // 3, 1)
    grown = {
        name: max(s[column] for s in warm[-third:]) - max(s[column] for s in warm[:third])
        for name, column in (("descriptors", 2), ("threads", 3))
    }
    early, late = (
        p99([taken for at, taken in soaked.taken if low <= at / seconds < low + 0.25])
        for low in (WARM, 0.75)
    )
    found.figures |= {
        "reloads": soaked.reloads,
        "RSS MiB at the end": round(warm[-1][1], 1),
        "RSS slope, MiB in 10 min": round(rss, 2),
        "descriptors, growth of the peak": grown["descriptors"],
        "threads, growth of the peak": grown["threads"],
        "p99 ms, early": round(early * 1000, 1),
        "p99 ms, late": round(late * 1000, 1),
    } | {name: soaked.statuses[name] for name in sorted(soaked.statuses)}
    refused = {"malformed 400", "malformed 422"}
    found.must(found.figures["missing"] == 0, "acknowledged and not stored")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    found.must(
        not set(soaked.statuses) - refused - {"good 200", "good 503", "malformed 503"},
        "answers out of the ordinary",
    )
    if seconds >= WHOLE_MINUTES * 60:  # in less the slope is that of warming up
        found.must(rss <= SLOPE_MIB, "memory grows")
    found.must(grown["descriptors"] <= 8, "descriptors grow")
    found.must(grown["threads"] <= 2, "threads grow")
    found.in_time(not soaked.statuses["good 503"], "requests were turned away at half capacity")
    found.compare(late <= 1.2 * early, "p99 grows")
