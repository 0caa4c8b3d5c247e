"""R2: the disk of the ledger fills up under load, and there is room again."""

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.desks import entry, line
from tests.load.wire import LOST, Wire
from tests.reliability.findings import Found
from tests.reliability.service import chain_break, folder, ledger_url, prepared, stored
from tests.served_process import ServedProcess

SIZE_MIB, BALLAST_MIB = 8, 4
HEALS_WITHIN_S = 5.0


@dataclass
class Heard:
    """Answers under way: what was decided, and how refusals were worded."""

    ids: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    bare: int = 0  # a 503 that does not say when to come back
    refused_at: float = 0.0
    decided_at: float = 0.0


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """A file system of SIZE_MIB in memory at `place`; only root may mount one."""
    place.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(place)], check=True
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def run() -> Found:
    """Fill the disk, look at what is said, make room."""
    found, heard = Found(), Heard()
    with folder() as place, small_disk(place / "var"):
        ballast = place / "var" / "ballast"
        ballast.write_bytes(b"\0" * BALLAST_MIB * 2**20)
        service = prepared(place, ENTRY_RISK_CHECKPOINT_DIR=str(place / "checkpoints"))
        with service:
            asyncio.run(_fill_and_heal(service, ballast, heard, found))
        where = ledger_url(service)
        kept = stored(where)
        found.figures |= {
            "decided": len(heard.ids),
            "refused 503": heard.statuses[503],
            "unrecorded": len(heard.ids - set(kept)),
            "recorded and not answered": len(set(kept) - heard.ids),
            "503 without Retry-After": heard.bare,
            "chain break": chain_break(where) or "none",
        }
    found.must(heard.statuses[503] > 0, "the disk never filled")
    found.must(set(heard.statuses) <= {200, 503}, f"answers: {dict(heard.statuses)}")
    found.must(heard.bare == 0, "a 503 without Retry-After")
    found.must(found.figures["unrecorded"] == 0, "a decision was answered and not recorded")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    return found


async def _fill_and_heal(service: ServedProcess, ballast: Path, heard: Heard, found: Found) -> None:
    over = asyncio.Event()
    callers = [asyncio.create_task(call(service, n, heard, over)) for n in range(4)]
    async with Wire(service.port, service.key) as probe:
        full = await until(lambda: heard.refused_at > 0, 120)
        began = time.monotonic()
        unready = await _status(probe, "/readyz", 503, 10)
        found.figures["readyz 503 after s"] = round(time.monotonic() - began, 2)
        found.must(full and unready, "not unready while the disk is full")
        found.in_time(time.monotonic() - began <= 1, "unready later than 1 s")
        await asyncio.sleep(3)
        found.must((await probe.ask("GET", "/livez")).status == 200, "livez fell with the disk")
        decided = len(heard.ids)
        await asyncio.sleep(2)
        found.figures["decided during 2 s of a full disk"] = len(heard.ids) - decided
        await asyncio.to_thread(ballast.unlink)
        began = time.monotonic()
        healed = await until(lambda: heard.decided_at > began, 60)
        took = heard.decided_at - began
        found.figures["healed after s"] = round(took, 2)
        found.must(healed, "no decision without a restart")
        found.in_time(healed and took <= HEALS_WITHIN_S, "healed later than 5 s")
        found.must(await _status(probe, "/readyz", 200, 10), "not ready again")
    over.set()
    await asyncio.gather(*callers)


async def call(
    service: ServedProcess, caller: int, heard: Heard, over: asyncio.Event, lines: int = 10
) -> None:
    """Ask for decisions on entries of that many lines until `over`, and note what is said."""
    goods = [line(line_number=n + 1, description="cotton jackets " * 8) for n in range(lines)]
    async with Wire(service.port, service.key) as wire:
        number = 0
        while not over.is_set():
            number += 1
            goods[0]["entered_value_usd"] = f"{1000 * caller + number}.00"
            try:
                answer = await wire.score(entry(*goods))
            except LOST:
                heard.statuses[0] += 1
                continue
            heard.statuses[answer.status] += 1
            if answer.status == 200:
                heard.ids.add(answer.json()["decision_id"])
                heard.decided_at = time.monotonic()
            else:
                heard.refused_at = heard.refused_at or time.monotonic()
                heard.bare += not answer.is_turned_away_well
                await asyncio.sleep(0.05)
            if heard.refused_at and answer.status == 200:
                await asyncio.sleep(0.2)  # the room that was made is small


async def until(holds: Callable[[], bool], within_s: float) -> bool:
    """Wait until `holds`, at most so long, and return whether it does."""
    deadline = time.monotonic() + within_s
    while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(0.02)
    return holds()


async def _status(probe: Wire, path: str, wanted: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if (await probe.ask("GET", path)).status == wanted:
            return True
        await asyncio.sleep(0.02)
    return False
