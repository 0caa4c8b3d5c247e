"""A process that starts the retraining job again and again, each time killed at the next stage.

Children are forked so that only one process imports everything; none of them has run LightGBM
before. Prints the bundle of the last run, which nobody kills.
"""

import os
import signal
import sys
from datetime import date
from functools import partial
from pathlib import Path

from app.core.reference import load_reference
from tests.small_world import silent
from training.job.run import STAGES, run_job


def main(config: Path, as_of: date) -> None:
    """Kill a run at every stage in turn, then let one end."""
    load_reference()
    for stage in STAGES:
        child = os.fork()
        if not child:
            run_job(config, as_of, silent(), before_commit=partial(_cut, stage.name))
            os._exit(3)  # it ended, though it should have been killed
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            raise SystemExit(f"{stage.name}: ended by {status}, not by the kill")
    ended = run_job(config, as_of, silent())
    sys.stdout.write(f"{ended.verdict} {ended.bundle} {' '.join(ended.ran)}\n")


def _cut(at: str, name: str) -> None:
    if name == at:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))
