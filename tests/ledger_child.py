"""A process that appends to a ledger and says on its standard output what was acknowledged.

python -m tests.ledger_child load URL PREFIX     append until killed
python -m tests.ledger_child full URL PREFIX     append until files may not grow, then heal
"""

import asyncio
import os
import resource
import sys
import time

from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.core.errors import LedgerUnavailable
from tests.ledger_records import clock, event_of_outcome, outcome, record

CALLERS = 16
FULL_BYTES = 3_000_000


def say(*words: str) -> None:
    """Write a line at once and whole."""
    os.write(1, (" ".join(words) + "\n").encode())


async def load(ledger: SqlLedger, prefix: str) -> None:
    """Append filings and outcomes from CALLERS callers and say what was acknowledged."""

    async def call(caller: int) -> None:
        number = 0
        while True:
            name = f"{prefix}-{caller}-{number}"
            filing = record(decision_id=name, entry_number=name)
            await ledger.append([filing])
            say("stored", name)
            await ledger.append_event(event_of_outcome(outcome(filing, outcome_id=f"{name}-o")))
            say("stored", f"{name}-o")
            number += 1

    await asyncio.gather(*(call(caller) for caller in range(CALLERS)))


async def full(ledger: SqlLedger, prefix: str) -> None:
    """Append until no file may grow, for a second more, then let them and append once more."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_BYTES, hard))
    full_since: float | None = None
    number = 0
    while full_since is None or time.monotonic() < full_since + 1:
        name = f"{prefix}-{number}"
        number += 1
        try:
            await ledger.append(
                [record(decision_id=name, entry_number=name, request=b"x" * 20_000)]
            )
            say("stored", name)
        except LedgerUnavailable:
            say("refused", name)
            full_since = full_since or time.monotonic()
            await asyncio.sleep(0.01)
    say("writable", str(await ledger.is_writable()))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    began = time.monotonic()
    while not await ledger.is_writable():  # noqa: ASYNC110  # nothing tells when it is
        await asyncio.sleep(0.01)
    say("healed", f"{time.monotonic() - began:.3f}")
    await ledger.append([record(decision_id=f"{prefix}-last", entry_number=f"{prefix}-last")])
    say("stored", f"{prefix}-last")
    await ledger.close()


async def main(what: str, url: str, prefix: str) -> None:
    """Do `what` on the ledger at `url`."""
    sys.stdout = sys.stderr  # the log: a buffer of it must not come between the words of `say`
    ledger = open_ledger(url, now=clock(), wal_bytes=0)
    say("open")
    await {"load": load, "full": full}[what](ledger, prefix)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
