"""`entry-risk history`: how far live histories have come, and one built anew from the ledger."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from app.adapters.fact_reader import FactReader
from app.adapters.memory_history import MemoryHistoryStore
from app.adapters.redis_history import RedisHistoryStore
from app.cli.terminal import guarded, say, table
from app.core.canonical import digest
from app.core.errors import HistoryUnavailable
from app.core.history import History
from app.core.model.registry import Registry
from app.services.histories import Histories, HistoryMode
from app.settings import Settings, read_settings
from app.wiring import database_urls, make_history_store, open_key_store, trusted_keys

history_app = typer.Typer(
    no_args_is_help=True, help="Live histories: how far they have come; build one anew."
)
TenantOption = Annotated[
    str | None, typer.Option(help="Only this tenant; all that have API keys if absent.")
]
Store = MemoryHistoryStore | RedisHistoryStore
_UNKNOWN = "-"


@history_app.command("show")
@guarded
def show_command(tenant: TenantOption = None) -> None:
    """Show for each tenant how far its history has come, over the live bundle's snapshot.

    Of histories in memory what is shown is the snapshot on disk.
    """
    settings = read_settings()
    tenants = _tenants(settings, tenant)
    rows = asyncio.run(_figures(settings, tenants))
    store = "redis" if settings.has_histories_in_redis else "memory"
    columns = ("tenant", "history at", "ledger at", "state", "keys", "bytes")
    table(f"Histories in {store}", columns, rows)


@history_app.command("rebuild")
@guarded
def rebuild_command(tenant: TenantOption = None) -> None:
    """Build histories anew from the ledger, and put each in its place once it is whole.

    In Redis running servers go on with the one before until then. Histories in memory are written
    as snapshots for the next start: on SQLite stop the server first.
    """
    settings = read_settings()
    asyncio.run(_rebuild(settings, _tenants(settings, tenant)))


def _tenants(settings: Settings, named: str | None) -> list[str]:
    if named is not None:
        return [named]
    with open_key_store(settings) as keys:
        return sorted({key.tenant for key in keys.list()})


@asynccontextmanager
async def _opened(
    settings: Settings, *, for_writing: bool
) -> AsyncIterator[tuple[Histories, FactReader, Store]]:
    bundle = Registry(settings.models_dir, trusted_keys(settings)).load()
    seed = History() if bundle.history is None else History.restore(bundle.history)
    facts, store = FactReader(database_urls(settings)[0]), make_history_store(settings)
    try:
        if for_writing and isinstance(store, MemoryHistoryStore):
            facts.lock()
        histories = Histories(
            seed,
            facts,
            HistoryMode.LIVE,
            store=store,
            seed_digest=digest(bundle.history or b""),
        )
        yield histories, facts, store
    finally:
        await store.close()
        facts.close()


async def _figures(settings: Settings, tenants: Sequence[str]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    async with _opened(settings, for_writing=False) as (histories, facts, store):
        for tenant in tenants:
            last = await asyncio.to_thread(facts.last_fact_seq, tenant)
            found = await store.figures(histories.scope(tenant))
            if found is None or found.head is None:
                rows.append((tenant, _UNKNOWN, f"{last:,}", "none", _UNKNOWN, _UNKNOWN))
                continue
            state = "whole" if found.head.is_whole else "being built"
            size = _UNKNOWN if found.size_bytes is None else f"{found.size_bytes:,}"
            rows.append(
                (tenant, f"{found.head.seq:,}", f"{last:,}", state, f"{found.keys:,}", size)
            )
    return rows


async def _rebuild(settings: Settings, tenants: Sequence[str]) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr, highlight=False)
    async with _opened(settings, for_writing=True) as (histories, facts, _):
        with Progress(*columns, console=console) as bars:
            for tenant in tenants:
                last = await asyncio.to_thread(facts.last_fact_seq, tenant)
                bar = bars.add_task(tenant, total=last or None)

                def advance(seq: int, bar: TaskID = bar) -> None:
                    bars.update(bar, completed=seq)

                seq = await histories.rebuild(tenant, advance)
                if seq is None:
                    raise HistoryUnavailable(
                        "the store or the ledger failed; what was there is kept"
                    )
                bars.update(bar, completed=seq, total=max(seq, last))
    say(f"rebuilt {len(tenants)} histories")
