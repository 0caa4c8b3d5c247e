"""R11: the clock of the server's machine is set forward and back while it serves."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.desks import entry, line
from tests.load.wire import Wire
from tests.reliability.findings import Found
from tests.reliability.service import chain_break, folder, ledger_url, prepared

STEPS = ("+0", "+3600", "-7200")


def _library() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "no libfaketimeMT: make ci-deps"
    return str(found[0])


def run() -> Found:
    """Score at each time; numbers go up, and timeouts do not lie."""
    found = Found()
    with folder() as place:
        offset = place / "offset"
        offset.write_text("+0")
        service = prepared(
            place,
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
                found.must(statuses == [200] * 20, f"at {step}: answers {sorted(set(statuses))}")
                found.in_time(time.monotonic() - began <= 10, f"at {step}: slow")
        where = ledger_url(service)
        moments = _moments(where)
        found.figures |= {
            "records": len(moments),
            "moments behind the one before": sum(b < a for a, b in pairwise(moments)),
            "chain break": chain_break(where) or "none",
        }
    found.must(found.figures["moments behind the one before"] == 1, "the clock was not set back")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    return found


async def _ask(port: int, key: str) -> list[int]:
    async with Wire(port, key) as wire:
        documents = [entry(line(entered_value_usd=f"{number + 1}.00")) for number in range(20)]
        return [(await wire.score(each)).status for each in documents]


def _moments(url: str) -> list[str]:
    """When each decision says it was made, in the order of `seq`."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            str(row[0])
            for row in connection.execute(text("SELECT scored_at FROM decisions ORDER BY seq"))
        ]
    engine.dispose()
    return found
