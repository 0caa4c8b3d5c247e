"""Who comes in: places, limits by tenant, and the end that SIGTERM asks for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.adapters.local_rates import LocalRates
from app.adapters.termination import on_terminate
from app.api.state import Entrance
from app.core.rates import RatePolicy
from app.services.admission import Admission, Pool, rooms
from app.services.rates import Rates
from app.settings import Settings

if TYPE_CHECKING:
    from app.adapters.redis_rates import RedisRates


@asynccontextmanager
async def admitting(settings: Settings) -> AsyncIterator[Entrance]:
    """Give the entrance of a service; on SIGTERM it says that traffic should go elsewhere."""
    admission = Admission(
        rooms(
            running=settings.max_running,
            batches=settings.max_running_batches,
            waiting=settings.max_waiting,
            patience_s=settings.max_wait_ms / 1000,
            open_=settings.max_open,
        )
    )
    shared = _shared_rates(settings)
    rates = Rates(rate_policies(settings), LocalRates(), shared)
    async with on_terminate(admission.drain, settings.drain_wait_s):
        if shared is None:
            yield Entrance(admission=admission, rates=rates)
            return
        beating = asyncio.create_task(shared.watch())
        try:
            yield Entrance(admission=admission, rates=rates)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await shared.close()


def rate_policies(settings: Settings) -> dict[str, RatePolicy]:
    """Return the limit of each pool's requests: a second's worth may come at once."""
    a_second = {
        Pool.SCORE: settings.score_per_s,
        Pool.BATCH: settings.batch_per_s,
        Pool.CONSOLE: settings.other_per_s,
        Pool.LISTS: settings.other_per_s,
        Pool.OTHER: settings.other_per_s,
    }
    return {
        pool: RatePolicy(pool.value, per_s, max(1, round(per_s)))
        for pool, per_s in a_second.items()
    }


def _shared_rates(settings: Settings) -> "RedisRates | None":
    if settings.redis_url is None:
        return None
    from app.adapters.redis_cache import RedisTuning  # noqa: PLC0415 - only where there is Redis
    from app.adapters.redis_rates import RedisRates  # noqa: PLC0415

    tuning = RedisTuning(
        budget_s=settings.redis_budget_ms / 1000, max_connections=settings.redis_connections
    )
    return RedisRates(settings.redis_url.get_secret_value(), tuning=tuning)
