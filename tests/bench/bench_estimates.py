"""How long a what-if over a million scored entries takes, cold and for a moved line.

Run `python -m tests.bench.bench_estimates`. Times are CPU; the ratio to one sort of the scores
says more than they do, and a moved line that is not far cheaper than the whole fails.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from app.core.estimates.figures import Desk, WhatIfs
from app.core.estimates.lines import Lines, Prepared
from app.core.estimates.snapshot import Snapshot
from tests.snapshots import large

ROWS = 1_000_000
COLD_S, MOVED_S = 10.0, 0.3  # specs of thresholds, section 10, test 12
MOVES = ((690, 750), (720, 780), (650, 700), (705, 765))
ROSTER = (40.0, 40.0, 40.0, 40.0, 40.0, 8.0, 0.0)


def _took(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def main() -> int:
    """Print the measured times; 1 where one is over its limit."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "snapshot.npz"
        large(ROWS).save(path)
        made: list[WhatIfs] = []

        def cold() -> None:
            prepared = Prepared(Snapshot.load(path))
            made.append(WhatIfs(prepared, Lines(700, 760), Desk(50.0, ROSTER)))
            made[0].compare(Lines(690, 750))

        first = _took(cold)
    moved = [_took(lambda cuts=cuts: made[0].compare(Lines(*cuts))) for cuts in MOVES]  # type: ignore[misc]
    reals = np.random.default_rng(7).random(ROWS)
    sort = min(_took(lambda: np.sort(reals)) for _ in range(3))
    sys.stdout.write(
        f"{ROWS:,} rows: cold {first:.2f} s, moved line {max(moved):.3f} s at most, "
        f"{max(moved) / sort:.1f} sorts of so many numbers, {first / max(moved):.0f} times "
        f"as fast as cold\n"
    )
    return int(first >= COLD_S or max(moved) >= MOVED_S)


if __name__ == "__main__":
    sys.exit(main())
