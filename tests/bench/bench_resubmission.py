"""What watching for resubmissions costs an entry: python -m tests.bench.bench_resubmission."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from app.adapters.ledger_sql import open_ledger
from app.core.document import Submission, read_submission, submission_bytes
from app.core.index_keys import index_keys_of
from app.core.policy import Band
from app.core.records import DecisionRecord
from app.services.resubmission import ResubmissionWatch
from app.services.workers import Lane, Workers
from tests.bench.bench_ledger import records
from tests.fakes import HandClock

DECISIONS = 20_000
ROUNDS = 500


def submission(number: int, origin: str = "CN", lines: int = 1) -> Submission:
    """Return a draft on the bill of that number."""
    line = {
        "hts": "6201407511",
        "origin_country": origin,
        "entered_value_usd": "48250",
        "quantity": 2500,
        "manufacturer": {"name": f"Example Mill {number % 300} Ltd", "country": "CN"},
    }
    document: dict[str, Any] = {
        "bills_of_lading": [f"OOLU{number:010}"],
        "containers": [f"OOLU{number:06}0"],
        "lines": [line] * lines,
    }
    return read_submission(document)


def decided(record: DecisionRecord, made: Submission) -> DecisionRecord:
    """Return the record of a hold on `made`."""
    lines = [
        {"line_number": line.line_number, "score": 900, "band": "hold", "floors": []}
        for line in made.entry.lines
    ]
    return replace(
        record,
        request=submission_bytes(made),
        response=orjson.dumps({"lines": lines, "resubmission": None}),
        index_keys=index_keys_of(made.entry, Band.HOLD),
    )


async def timed(name: str, rounds: int, use: Callable[[int], Awaitable[object]]) -> None:
    """Write the median and the 95th percentile of `use`."""
    took = []
    for at in range(rounds + 20):
        began = time.perf_counter()
        await use(at)
        took.append(time.perf_counter() - began)
    took = sorted(took[20:])
    p50, p95 = took[len(took) // 2] * 1000, took[int(len(took) * 0.95)] * 1000
    sys.stdout.write(f"{name:44s} p50 {p50:7.3f}  p95 {p95:7.3f} ms\n")


async def main(folder: Path) -> None:
    """Measure entries whose goods were never seen, seen once, seen often, and a batch."""
    ledger = open_ledger(f"sqlite:///{folder / 'ledger.db'}", now=lambda: datetime.now(UTC))
    source, workers = records(), Workers()
    for start in range(0, DECISIONS, 500):
        made = islice(source, 500)
        await ledger.append([decided(each, submission(start + at)) for at, each in enumerate(made)])
    await ledger.append([decided(each, submission(1)) for each in islice(source, 30)])
    watch = ResubmissionWatch(ledger, workers, HandClock(datetime.now(UTC)))

    async def ask(asked: Sequence[Submission]) -> object:
        return await watch.changes("bench", asked, Lane.SINGLE)

    await timed("never seen", ROUNDS, lambda at: ask([submission(DECISIONS + at)]))
    await timed("seen once, declared the same", ROUNDS, lambda at: ask([submission(at + 2)]))
    await timed("seen once, changed", ROUNDS, lambda at: ask([submission(at + 2, "VN")]))
    await timed("seen 31 times, changed", 50, lambda _: ask([submission(1, "VN")]))
    new = [submission(DECISIONS + at) for at in range(500)]
    await timed("batch of 500, never seen", 10, lambda _: ask(new))
    old = [submission(at + 2, "VN") for at in range(500)]
    await timed("batch of 500, each seen once and changed", 5, lambda _: ask(old))
    workers.close()
    await ledger.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(main(Path(directory)))
