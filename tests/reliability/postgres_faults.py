"""R10: PostgreSQL cuts connections, stops at once and holds its tables; the record stays whole."""

import asyncio
import time
from collections.abc import Callable
from contextlib import closing

import psycopg

from tests.reliability.findings import Found
from tests.reliability.full_disk import HEALS_WITHIN_S, Heard, call, until
from tests.reliability.service import RestartablePostgres, chain_break, folder, prepared, stored
from tests.served_process import ServedProcess

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'entry-risk' AND pid <> pg_backend_pid()"
)
HELD_S = 8.0  # longer than a statement waits for a lock


def run(times: int = 3) -> Found:
    """Break the server in three ways, each so many times, under load."""
    found = Found()
    with folder() as place, RestartablePostgres() as server:
        service = prepared(place, server.url)
        heard = Heard()
        with service:
            asyncio.run(_break(service, server, heard, found, times))
        kept = stored(server.url)
        found.figures |= {
            "acknowledged": len(heard.ids),
            "missing": len(heard.ids - set(kept)),
            "refused 503": heard.statuses[503],
            "503 without Retry-After": heard.bare,
            "chain break": chain_break(server.url) or "none",
        }
    found.must(set(heard.statuses) <= {200, 503}, f"answers {dict(heard.statuses)}")
    found.must(heard.bare == 0, "a 503 without Retry-After")
    found.must(found.figures["missing"] == 0, "acknowledged and not stored")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    return found


async def _break(
    service: ServedProcess, server: RestartablePostgres, heard: Heard, found: Found, times: int
) -> None:
    over = asyncio.Event()
    callers = [asyncio.create_task(call(service, n, heard, over, lines=1)) for n in range(4)]
    faults: dict[str, Callable[[], None]] = {
        "connections cut": lambda: _execute(server.url, CUT),
        "stopped at once": lambda: _stop(server),
        "tables held": lambda: _hold(server.url),
    }
    for name, fault in faults.items():
        slowest = 0.0
        for _ in range(times if name != "tables held" else 1):
            before = len(heard.ids)
            await until(lambda: len(heard.ids) >= before + 10, 60)  # noqa: B023  # awaited here
            await asyncio.to_thread(fault)
            began = time.monotonic()
            healed = await until(lambda: heard.decided_at > began, 60)  # noqa: B023
            found.must(healed, f"{name}: no decision without a restart")
            slowest = max(slowest, heard.decided_at - began)
        found.figures[f"{name}: healed after s, slowest"] = round(slowest, 2)
        found.in_time(slowest <= HEALS_WITHIN_S, f"{name}: healed later than 5 s")
    over.set()
    await asyncio.gather(*callers)


def _stop(server: RestartablePostgres) -> None:
    server.stop_at_once()
    time.sleep(2)
    server.resume()


def _hold(url: str) -> None:
    with closing(_connected(url)) as link, link.transaction():
        link.execute("LOCK TABLE decisions, chain IN ACCESS EXCLUSIVE MODE")
        time.sleep(HELD_S)


def _execute(url: str, statement: str) -> None:
    with closing(_connected(url)) as link:
        link.execute(statement.encode())


def _connected(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True, connect_timeout=10)
