"""R12: many seeded runs of faults over a desk in memory (tests/simulation.py)."""

import asyncio
import logging

import structlog

from tests.reliability.findings import Found
from tests.simulation import simulate

STEPS = 50
RUNS = 5000  # a shard; four of them


def run(part: int) -> Found:
    """Simulate the runs of one part; every broken promise is named with seed and step."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found = Found()
    refused = replayed = answered = 0
    for seed in range(part * RUNS, (part + 1) * RUNS):
        try:
            done = asyncio.run(simulate(seed, STEPS))
        except AssertionError as error:
            found.must(False, str(error))
            continue
        refused += done.refused
        replayed += done.replayed
        answered += len(done.given)
    found.figures = {
        "runs": RUNS,
        "steps": RUNS * STEPS,
        "answers": answered,
        "replayed": replayed,
        "refused": refused,
        "promises broken": len(found.broken),
    }
    return found
