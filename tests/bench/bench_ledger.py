"""Appends a second and their latency: python -m tests.bench.bench_ledger [URL] [seconds]."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.core.entry import Intent
from app.core.records import DecisionRecord

PAYLOAD_BYTES = 2000  # each of request, evidence and response: an entry of two or three lines


def records() -> Iterator[DecisionRecord]:
    """Yield filed decisions of one tenant, each of another entry."""
    run = f"{time.time_ns():x}"
    payload = json.dumps({"pad": "x" * PAYLOAD_BYTES}).encode()
    for number in count():
        yield DecisionRecord(
            decision_id=f"{run}-{number}",
            tenant="bench",
            intent=Intent.FILED,
            entry_number=f"{run}-{number}",
            revision=1,
            body_digest=f"{number:064x}",
            scored_at=datetime.now(UTC),
            score=500,
            probability=0.01,
            band="release",
            exploration=False,
            exploration_odds=0.0,
            examined_because="none",
            history_seq=0,
            degraded=False,
            model_version="bench",
            model_digest="sha256:0",
            policy_version="1",
            reference_digest="sha256:0",
            supersedes=None,
            request=payload,
            evidence=payload,
            response=payload,
        )


async def measure(ledger: SqlLedger, callers: int, seconds: float) -> str:
    """Append in a closed loop of `callers` and return a line of figures."""
    source = records()
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def call() -> None:
        while (began := time.perf_counter()) < end:
            await ledger.append([next(source)])
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(call() for _ in range(callers)))
    took.sort()
    p50, p99 = took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000
    return (
        f"{callers:3d} callers: {len(took) / seconds:8.0f} rows/s  p50 {p50:.2f}  p99 {p99:.2f} ms"
    )


async def main(url: str, seconds: float) -> None:
    """Measure 1, 16 and 64 callers."""
    ledger = open_ledger(url, now=lambda: datetime.now(UTC))
    await measure(ledger, 16, 1.0)
    if url.startswith("postgres"):  # as autovacuum does within the database's first minute
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("ANALYZE"))
        engine.dispose()
    for callers in (1, 16, 64):
        sys.stdout.write(await measure(ledger, callers, seconds) + "\n")
    await ledger.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("seconds", nargs="?", type=float, default=3.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        home = f"sqlite:///{Path(directory) / 'ledger.db'}"
        asyncio.run(main(arguments.url or home, arguments.seconds))
