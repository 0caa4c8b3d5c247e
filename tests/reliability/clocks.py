"""R11: the clock of the server's machine is set forward and back while it serves."""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from app.core.access import Scope
from app.settings import Settings
from app.wiring import open_key_store
from tests.desks import entry, line
from tests.load.wire import Wire
from tests.reliability.findings import Found
from tests.reliability.service import TENANT, chain_break, folder, ledger_url, prepared
from tests.served_process import ServedProcess

# How the clock is set, and what is told of a record made then: seconds set since the start, and
# seconds behind the newest record.
STEPS: dict[str, tuple[float, float] | None] = {
    "+0": None,
    "+3600": (3600, 0),
    "-7200": (-7200, 10_800),
}
EACH = 20  # decisions at each
KEY_LIVES_S = 3.0
NEAR_S = 120.0  # what a shard may take between two records


class Sleeping(ServedProcess):
    """A service that sleeps in another way: tests/reliability/sleeping.py says why."""

    def command(self) -> list[str]:
        """Return the command that serves."""
        return [sys.executable, "-m", "tests.reliability.sleeping", *super().command()[3:]]


def _library() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "no libfaketimeMT: make ci-deps"
    return str(found[0])


def run() -> Found:
    """Score at each time; numbers go up, records are flagged, keys expire when they should."""
    found = Found()
    with folder() as place:
        offset = place / "offset"
        offset.write_text("+0")
        service = prepared(
            place,
            kind=Sleeping,
            LD_PRELOAD=_library(),
            FAKETIME_TIMESTAMP_FILE=str(offset),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )
        with service:
            for step in STEPS:
                offset.write_text(step)
                began = time.monotonic()
                statuses = asyncio.run(_ask(service.port, service.key))
                found.must(statuses == [200] * EACH, f"at {step}: answers {sorted(set(statuses))}")
                found.in_time(time.monotonic() - began <= 10, f"at {step}: slow")
                late_s = asyncio.run(_late(service.port, service.settings))
                found.figures[f"a key expired at {step} late by, s"] = round(late_s, 2)
                found.must(late_s > -1, f"at {step}: a key expired {-late_s:.1f} s early")
                found.in_time(late_s <= 1, f"at {step}: a key expired {late_s:.1f} s late")
        records = _records(ledger_url(service))
        found.figures["chain break"] = chain_break(ledger_url(service)) or "none"
    _judge(found, records)
    return found


def _judge(found: Found, records: list[tuple[str, Any]]) -> None:
    moments = [moment for moment, _ in records]
    wanted = [told for told in STEPS.values() for _ in range(EACH)]
    found.figures |= {
        "records": len(records),
        "moments behind the one before": sum(b < a for a, b in pairwise(moments)),
        "records flagged": sum(skew is not None for _, skew in records),
    }
    found.must(len(records) == len(wanted), f"found {len(records)} records, wanted {len(wanted)}")
    found.must(found.figures["moments behind the one before"] == 1, "the clock was not set back")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    for (moment, skew), told in zip(records, wanted, strict=False):
        found.must(_agree(skew, told), f"a record of {moment} says {skew}, wanted {told}")


def _agree(skew: Any, told: tuple[float, float] | None) -> bool:
    """Whether a record's flag is what was done; time passes between two records."""
    if skew is None or told is None:
        return skew is told
    jumped, behind = told
    is_near = 0 <= behind - skew["behind_s"] <= NEAR_S
    return is_near and bool(abs(skew["jumped_s"] - jumped) <= 1)


async def _ask(port: int, key: str) -> list[int]:
    async with Wire(port, key) as wire:
        documents = [entry(line(entered_value_usd=f"{number + 1}.00")) for number in range(EACH)]
        return [(await wire.score(each)).status for each in documents]


async def _late(port: int, settings: Settings) -> float:
    """Use a key until it is refused; return by how many seconds that is after its time."""
    until = datetime.now(UTC) + timedelta(seconds=KEY_LIVES_S)
    with open_key_store(settings) as keys:
        _, key = keys.create(TENANT, "short", frozenset({Scope.DECISION_READ.value}), until)
    accepted_at = until - timedelta(seconds=KEY_LIVES_S)
    async with Wire(port, key) as wire:
        while True:
            asked_at = datetime.now(UTC)
            if (await wire.ask("GET", "/v1/decisions/none")).status == 401:
                # Somewhere between the last question that was let through and this answer.
                nearest = min(max(until, accepted_at), datetime.now(UTC))
                return (nearest - until).total_seconds()
            accepted_at = asked_at
            await asyncio.sleep(0.05)


def _records(url: str) -> list[tuple[str, Any]]:
    """When each decision says it was made and what it says of the clock, in the order of `seq`."""
    engine = create_engine(url)
    query = text(
        "SELECT scored_at, evidence FROM decisions JOIN payloads USING (seq) ORDER BY decisions.seq"
    )
    with engine.connect() as connection:
        found = [
            (str(row[0]), json.loads(row[1]).get("clock_skew")) for row in connection.execute(query)
        ]
    engine.dispose()
    return found
