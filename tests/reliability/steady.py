"""Rates that a service keeps up with on this machine at this moment."""

from tests.load.loads import load
from tests.served_process import ServedProcess

QUICK_S = 0.05  # the 99th percentile that counts as keeping up
STEPS = (1.0, 0.75, 0.5, 0.25, 0.125)


def steady_rate(service: ServedProcess, wanted_per_s: float) -> tuple[float, float]:
    """Return the highest step of `wanted_per_s` that is kept up, and its p99 in seconds.

    The lowest step is returned where none is.
    """
    load(service, 20, 2)  # warm
    for step in STEPS:
        found = load(service, step * wanted_per_s, 4)
        p99_s = found.p99_s(200)
        if found.count(200) == len(found.answers) and not found.lost and p99_s <= QUICK_S:
            break
    return step * wanted_per_s, p99_s


def capacity(service: ServedProcess, seconds: float = 4.0) -> float:
    """Return the highest rate with a p99 of at most 50 ms, within a fifth; at least 10 a second."""
    load(service, 20, 2)  # warm
    low, high = 10.0, 0.0
    while not high or high / low > 1.2:
        rate = (low * high) ** 0.5 if high else 2 * low
        found = load(service, rate, seconds)
        if found.count(200) == rate_of(rate, seconds) and found.p99_s(200) <= QUICK_S:
            low = rate
        else:
            high = rate
    return round(low, 1)


def rate_of(per_s: float, seconds: float) -> int:
    """Return how many requests a load of that rate and length has."""
    return int(per_s * seconds)
