"""The durable ledger against none, requests leaving at fixed rates: (G3)

    python -m tests.bench.bench_open_loop [--rates 50 100 300]

Rounds are side by side: durable, off, durable, off. Where a rate is beyond what the machine can
do, answers that were refused (503) are counted and latency is that of those answered.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.bench_score import Demo
from tests.load.loads import Loaded, load
from tests.service_process import ROOT

OK = 200
RATES = (50.0, 100.0, 300.0)
GOALS_MS = {0.5: 1.0, 0.99: 5.0}  # what the ledger may add


@dataclass(frozen=True, slots=True)
class Round:
    """One load on one server: latency in milliseconds by quantile, and the share answered."""

    latency_ms: dict[float, float]
    answered: float


def taken(found: Loaded) -> Round:
    """Return the figures of a load."""
    times = sorted(seconds * 1000 for seconds, status in found.answers if status == OK) or [0.0]
    latency = {share: times[int(share * (len(times) - 1))] for share in GOALS_MS}
    return Round(latency, found.count(OK) / max(1, len(found.answers) + found.lost))


def compare(
    durable: Demo, off: Demo, rates: Sequence[float], seconds: float, rounds: int
) -> Iterator[str]:
    """Yield a line for each rate and quantile."""
    for service in (durable, off):
        load(service, rates[0], 2.0)
    for rate in rates:
        pairs = [
            (taken(load(durable, rate, seconds)), taken(load(off, rate, seconds)))
            for _ in range(rounds)
        ]
        answered = [min(each.answered for each in pair) for pair in pairs]
        for share, goal in GOALS_MS.items():
            added = [a.latency_ms[share] - b.latency_ms[share] for a, b in pairs]
            yield (
                f"{rate:.0f}/s p{share * 100:.0f}: durable "
                f"{median(a.latency_ms[share] for a, _ in pairs):.1f} ms, off "
                f"{median(b.latency_ms[share] for _, b in pairs):.1f} ms, added "
                f"{median(added):+.1f} ({min(added):+.1f} to {max(added):+.1f}; goal +{goal:.1f}), "
                f"answered {min(answered):.0%}"
            )


def main(models: Path, keys: Path, given: argparse.Namespace) -> None:
    """Serve with and without a ledger, load both in turn, and print."""
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / name for name in ("durable", "off")]
        durable, off = (Demo(place, models, keys) for place in places)
        off.application = "tests.bench.ledger_off:create_unrecorded"
        with durable, off:
            for line in compare(durable, off, given.rates, given.seconds, given.rounds):
                sys.stdout.write(line + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--keys", type=Path, default=ROOT / "var" / "keys")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    main(asked.models, asked.keys, asked)
