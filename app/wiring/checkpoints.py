"""Checkpoints of the ledger: signed by the key of receipts, kept in a second place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.adapters.checkpoint_file import CheckpointFile
from app.adapters.checkpoint_heads import SqlHeads
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
    heads = SqlHeads(database_urls(settings)[0])
    signer = await asyncio.to_thread(receipt_signer, settings)
    checkpoints = Checkpoints(heads, checkpoint_file(settings), signer, SystemClock())
    watching = asyncio.create_task(checkpoints.watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await asyncio.to_thread(checkpoints.look)
        heads.close()


def sign_heads(settings: Settings) -> bool:
    """Make one checkpoint now, where no service runs; say whether one was made (blocking)."""
    heads = SqlHeads(database_urls(settings)[0])
    try:
        signer = receipt_signer(settings)
        return Checkpoints(heads, checkpoint_file(settings), signer, SystemClock()).look()
    finally:
        heads.close()
