"""What a cached read costs: python -m tests.bench.bench_cache [REDIS_URL] [reads]."""

import argparse
import asyncio
import sys
import time

from app.adapters.memory_cache import MemoryScoreCache
from app.adapters.redis_cache import RedisScoreCache, RedisTuning
from app.core.records import CachedScore
from tests.servers import RedisServer

SCORE = CachedScore(-3.1, tuple(0.01 * n for n in range(120)))  # as many numbers as features
PATIENT = RedisTuning(budget_s=5, socket_timeout_s=5)


async def measure(cache: MemoryScoreCache | RedisScoreCache, keys: int, reads: int) -> str:
    """Read `keys` at once, `reads` times one after the other, and return a line of figures."""
    names = [f"acme:sha256:0:{n:064x}" for n in range(keys)]
    await cache.put_many([(name, SCORE) for name in names])
    if isinstance(cache, RedisScoreCache):
        await cache.drain()
    took = []
    for _ in range(reads):
        began = time.perf_counter()
        found = await cache.get_many(names)
        took.append(time.perf_counter() - began)
        if None in found:
            raise SystemExit("a miss: nothing to measure")
    took.sort()
    p50, p99 = took[reads // 2] * 1e6, took[int(reads * 0.99)] * 1e6
    return f"{type(cache).__name__} {keys:4d} keys: p50 {p50:.0f}  p99 {p99:.0f} microseconds"


async def main(url: str, reads: int) -> None:
    """Measure 1, 10 and 500 keys a read."""
    for keys in (1, 10, 500):
        for cache in (MemoryScoreCache(), RedisScoreCache(url, tuning=PATIENT)):
            sys.stdout.write(await measure(cache, keys, reads) + "\n")
            await cache.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("reads", nargs="?", type=int, default=2000)
    arguments = parser.parse_args()
    if arguments.url:
        asyncio.run(main(arguments.url, arguments.reads))
    else:
        with RedisServer() as server:
            asyncio.run(main(server.url, arguments.reads))
