"""The service without a ledger, to tell what the ledger costs; never for answers that count."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from app.adapters.no_ledger import NoLedger
from app.main import assemble, body_limits
from app.settings import read_settings
from app.wiring import build, running
from app.wiring.entrance import admitting
from app.wiring.jobs import jobs_beside


def create_unrecorded() -> FastAPI:
    """Return the application: `uvicorn --factory tests.bench.ledger_off:create_unrecorded`."""
    settings = read_settings()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        built = build(settings)
        built.desk.ledger = NoLedger()
        async with (
            running(built) as state,
            jobs_beside(settings, built) as jobs,
            admitting(settings) as entrance,
        ):
            yield {**state, **jobs, **entrance}

    return assemble(lifespan, body_limits(settings))
