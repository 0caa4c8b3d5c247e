"""Serve a part: python -m tests.parity memory --minutes 20. Again: it goes on where it ended."""

import argparse
import sys

from tests.parity.replay import ENTRIES, Parts
from tests.reliability.machine import ROOT, commit


def main() -> None:
    """Serve as the arguments say; print how far it came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("memory", "redis"))
    parser.add_argument("--minutes", type=float, default=20)
    asked = parser.parse_args()
    parts = Parts(asked.kind, ROOT / "var" / "parity" / asked.kind, commit())
    state = parts.serve(ENTRIES, asked.minutes * 60)
    done = state.progress
    sys.stdout.write(
        f"{state.commit} {asked.kind}: {done.entries} entries, {state.lines} lines,"
        f" {done.outcomes} outcomes served equal in {state.seconds / 60:.0f} min\n"
    )


if __name__ == "__main__":
    main()
