"""Checkpoints of the ledger: signed by the key of receipts, kept in a second place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from app.adapters.audit_sql import SqlAudit
from app.adapters.checkpoint_file import CheckpointFile
from app.adapters.checkpoint_heads import SqlHeads
from app.adapters.control_database import open_control
from app.services.checkpoints import Checkpoints
from app.settings import Settings
from app.wiring.clock import SystemClock
from app.wiring.receipts import receipt_signer
from app.wiring.stores import database_urls

CHECKPOINTS_FOLDER = "checkpoints"


def checkpoint_file(settings: Settings) -> CheckpointFile:
    """Return where checkpoints are kept: `checkpoint_dir`, else a folder in `data_dir`."""
    return CheckpointFile(settings.checkpoint_dir or settings.data_dir / CHECKPOINTS_FOLDER)


@asynccontextmanager
async def checkpointing(settings: Settings) -> AsyncIterator[None]:
    """Make checkpoints while inside, and one at the end."""
    with ExitStack() as stack:
        checkpoints = await asyncio.to_thread(_checkpoints, settings, stack)
        watching = asyncio.create_task(checkpoints.watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await asyncio.to_thread(checkpoints.look)


def sign_heads(settings: Settings) -> bool:
    """Make one checkpoint now, where no service runs; say whether one was made (blocking)."""
    with ExitStack() as stack:
        return _checkpoints(settings, stack).look()


def _checkpoints(settings: Settings, stack: ExitStack) -> Checkpoints:
    """Return what makes checkpoints of ledger and audit; `stack` closes both."""
    clock = SystemClock()
    ledger_url, control_url = database_urls(settings)
    heads = SqlHeads(ledger_url)
    stack.callback(heads.close)
    control = open_control(control_url, clock.now)
    stack.callback(control.close)
    signer = receipt_signer(settings)
    return Checkpoints(heads, checkpoint_file(settings), signer, clock, SqlAudit(control))
