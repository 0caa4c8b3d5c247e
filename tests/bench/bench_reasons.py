"""What exact contributions cost a line: python -m tests.bench.bench_reasons [--models models].

CPU of the live bundle's contributions and predictions, single rows of its canary, in turn; a second
folder (--against) is measured in the same run.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from app.core.model.canary_rows import CanaryRows
from app.core.model.forest import Forest
from app.core.model.lightgbm_library import Rows
from app.core.model.registry import LIVE
from tests.service_process import ROOT

ROUNDS = 7
EACH = 100  # rows of one round


def opened(models: Path) -> tuple[Forest, Rows]:
    """Return the booster of the live bundle and rows to try it on, signatures left aside."""
    folder = models / (models / LIVE).read_text().strip()
    rows = CanaryRows.from_bytes((folder / "canary.json").read_bytes()).rows
    return Forest((folder / "model.txt").read_bytes()), rows


def cpu_us(work: Callable[[Rows], Rows], rows: Rows) -> float:
    """Return the CPU microseconds of `work` on one row, the mean over EACH."""
    singles = [np.ascontiguousarray(rows[at % len(rows)][np.newaxis]) for at in range(EACH)]
    began = time.thread_time()
    for single in singles:
        work(single)
    return (time.thread_time() - began) / EACH * 1e6


def main(folders: list[Path]) -> None:
    """Measure in turn, and print a line for each folder."""
    tried = [opened(folder) for folder in folders]
    figures: list[list[tuple[float, float]]] = [[] for _ in tried]
    for _ in range(ROUNDS):
        for at, (forest, rows) in enumerate(tried):
            figures[at].append((cpu_us(forest.contributions, rows), cpu_us(forest.predict, rows)))
    for (forest, rows), found in zip(tried, figures, strict=True):
        reasons, predictions = (sorted(each) for each in zip(*found, strict=True))
        sums = forest.contributions(rows).sum(axis=1)
        worst = float(np.abs(sums - forest.predict(rows)).max())
        sys.stdout.write(
            f"{forest.leaves} leaves: contributions {median(reasons):.0f} microseconds a line"
            f" ({reasons[0]:.0f} to {reasons[-1]:.0f}), prediction {median(predictions):.0f},"
            f" sums within {worst:.0e}\n"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--against", type=Path, help="another folder of bundles")
    given = parser.parse_args()
    main([given.models, *([given.against] if given.against else [])])
