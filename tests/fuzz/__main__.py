"""Fuzz one kind of text: python -m tests.fuzz names --seconds 300 --seed 7."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.demo_world import made_in
from tests.fuzz.targets import Fuzz


def main() -> None:
    """Fuzz as the arguments say; print how many tries were made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=("names", "addresses", "postal", "lists"))
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--demo", type=Path, help="folder in which the demo world is kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bundle = made_in(asked.demo or Path(folder) / "world").bundle
        fuzz = Fuzz(bundle, Path(folder))
        tries = asyncio.run(fuzz.run(asked.target, asked.seed, asked.seconds))
    done = f"{asked.target}: {tries} tries in {asked.seconds:g} s, seed {asked.seed}, 0 uncaught"
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main()
