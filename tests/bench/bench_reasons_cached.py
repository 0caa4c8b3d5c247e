"""Reasons from the cache against no reasons: python -m tests.bench.bench_reasons_cached (G4).

Drafts of documented cases, each of which is looked at and so has reasons with `explain=codes`.
Three ways in turn: no reasons, reasons worked out (bodies never sent before), reasons cached
(bodies sent before). The figures are the server's CPU a request, ratios of rounds side by side.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.bench_score import Demo, Target, measured
from tests.bench.score_bodies import made_bodies
from tests.service_process import ROOT

BODIES = 128
GOAL = 1.1


def drafts(count: int, seed: int) -> list[bytes]:
    """Return bodies of documented cases that move no history on and share no shipment."""
    entries = [json.loads(each) for each in made_bodies(count, seed, documented=1.0)]
    for entry in entries:
        entry["intent"] = "draft"
        for name in ("entry_number", "bills_of_lading", "containers"):
            entry.pop(name, None)
    return [json.dumps(entry).encode() for entry in entries]


def compare(plain: Target, reasoned: Target, rounds: int) -> Iterator[str]:
    """Measure the three ways `rounds` times; yield lines of figures."""
    known = drafts(BODIES, seed=1)
    for target in (plain, reasoned):
        measured(target, known)  # warms both, and the cache
    ways: dict[str, list[float]] = {"none": [], "worked out": [], "cached": []}
    for at in range(rounds):
        ways["none"].append(measured(plain, known))
        ways["cached"].append(measured(reasoned, known))
        ways["worked out"].append(measured(reasoned, drafts(BODIES, seed=2 + at)))
    for name, found in ways.items():
        ratios = [a / b for a, b in zip(found, ways["none"], strict=True)]
        yield (
            f"reasons {name}: {median(found) * 1e6:.0f} microseconds of CPU, "
            f"ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )
    yield f"goal: cached at most {GOAL} of none"


def main(models: Path, keys: Path, rounds: int) -> None:
    """Serve the bundle, measure and print."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Demo(Path(folder), models, keys) as service,
    ):
        key = f"Authorization: Bearer {service.key}\r\n"
        plain, reasoned = (
            Target(how, service.pid, service.port, f"?explain={how}", key)
            for how in ("none", "codes")
        )
        for each in compare(plain, reasoned, rounds):
            sys.stdout.write(each + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--keys", type=Path, default=ROOT / "var" / "keys")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    main(given.models, given.keys, given.rounds)
