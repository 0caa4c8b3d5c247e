"""R3, R4: what the kernel says of the ledger's writes, by strace on the running server."""

import asyncio
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.desks import entry, line
from tests.load.wire import Wire
from tests.reliability.findings import Found
from tests.reliability.full_disk import HEALS_WITHIN_S, Heard, call, until
from tests.reliability.service import chain_break, folder, ledger_url, prepared, stored
from tests.served_process import ServedProcess

FLUSH = "fsync,fdatasync"
FAULTS = {
    "flush EIO": ("-e", f"trace={FLUSH}", "-e", f"inject={FLUSH}:error=EIO:when=3+"),
    "write ENOSPC": ("-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC:when=9+"),
}
ORDERED = 200


@contextmanager
def traced(service: ServedProcess, out: Path, *options: str) -> Iterator[None]:
    """Attach strace to all threads of the service; the block runs once it is attached."""
    command = ["strace", "-f", "-p", str(service.pid), "-o", str(out), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        process.stderr.readline()  # "Process ... attached"
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def faults() -> Found:
    """Let flushes fail, then writes; what was acknowledged is there, and it heals by itself."""
    found = Found()
    with folder() as place:
        service = prepared(place)
        files = [str(service.settings.data_dir / f"ledger.db{end}") for end in ("", "-wal")]
        only = [word for file in files for word in ("-P", file)]
        heards: list[Heard] = []
        with service:
            for name, options in FAULTS.items():
                heard = Heard()
                fault = traced(service, place / "trace", *only, *options)
                asyncio.run(_break(service, fault, heard, found, name))
                heards.append(heard)
        where = ledger_url(service)
        kept = set(stored(where))
        acknowledged = set().union(*(each.ids for each in heards))
        found.figures |= {
            "acknowledged": len(acknowledged),
            "missing": len(acknowledged - kept),
            "chain break": chain_break(where) or "none",
        }
    found.must(all(each.bare == 0 for each in heards), "a refusal without Retry-After")
    found.must(found.figures["missing"] == 0, "acknowledged and not stored")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    return found


async def _break(
    service: ServedProcess,
    fault: AbstractContextManager[None],
    heard: Heard,
    found: Found,
    name: str,
) -> None:
    over = asyncio.Event()
    callers = [asyncio.create_task(call(service, n, heard, over, lines=1)) for n in range(4)]
    await until(lambda: len(heard.ids) >= 20, 30)
    await asyncio.to_thread(fault.__enter__)
    refused = await until(lambda: heard.statuses[503] >= 20, 60)
    before = len(heard.ids)
    await asyncio.sleep(2)
    found.figures[f"{name}: decided in 2 s of it"] = len(heard.ids) - before
    await asyncio.to_thread(fault.__exit__, None, None, None)
    began = time.monotonic()
    healed = await until(lambda: heard.decided_at > began, 60)
    found.figures[f"{name}: refused 503"] = heard.statuses[503]
    found.figures[f"{name}: healed after s"] = round(heard.decided_at - began, 2)
    found.must(refused, f"{name}: nothing was refused")
    found.must(found.figures[f"{name}: decided in 2 s of it"] == 0, f"{name}: decided unflushed")
    found.must(healed, f"{name}: no decision without a restart")
    found.must(set(heard.statuses) <= {200, 503}, f"{name}: answers {dict(heard.statuses)}")
    found.in_time(heard.decided_at - began <= HEALS_WITHIN_S, f"{name}: healed later than 5 s")
    over.set()
    await asyncio.gather(*callers)


def order() -> Found:
    """Between the write of a record and its 200 a flush has come back, each time."""
    found = Found()
    with folder() as place:
        service = prepared(place)
        out = place / "trace"
        options = ("-y", "-s", "40", "-e", f"trace={FLUSH},pwrite64,write,writev,sendto,sendmsg")
        with service, traced(service, out, *options):
            statuses = asyncio.run(_one_by_one(service))
        flushed, bare = in_order(out.read_text(errors="replace"))
    found.figures |= {"answers 200": statuses.count(200), "flushed before": flushed}
    found.figures["not flushed before"] = bare
    found.must(statuses == [200] * ORDERED, "an answer is not 200")
    found.must((flushed, bare) == (ORDERED, 0), "a 200 left before its record was flushed")
    return found


async def _one_by_one(service: ServedProcess) -> list[int]:
    statuses = []
    async with Wire(service.port, service.key) as wire:
        for number in range(ORDERED):
            answer = await wire.score(entry(line(entered_value_usd=f"{number + 1}.00")))
            statuses.append(answer.status)
    return statuses


WRITTEN = re.compile(r"pwrite64\(\d+<[^>]*ledger\.db-wal>")
FLUSHED = re.compile(
    r"(?:f(?:data)?sync\(\d+<[^>]*ledger\.db-wal>\)|f(?:data)?sync resumed>\)?).*= 0$"
)
ANSWERED = re.compile(r"(?:write|writev|sendto|sendmsg)\(.*HTTP/1\.1 200")


def in_order(trace: str) -> tuple[int, int]:
    """Return how many 200s had a flush after the last write before them, and how many had not."""
    flushed = bare = 0
    state = ""
    for row in trace.splitlines():
        if WRITTEN.search(row):
            state = "written"
        elif state == "written" and FLUSHED.search(row):
            state = "flushed"
        elif ANSWERED.search(row):
            flushed, bare = flushed + (state == "flushed"), bare + (state != "flushed")
            state = ""
    return flushed, bare
