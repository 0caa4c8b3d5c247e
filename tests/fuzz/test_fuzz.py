"""Whatever is typed is scored or refused by name, and a disguise never changes a band.

A moment of each by default, five minutes of each nightly; `python -m tests.fuzz` runs one alone.
"""

import asyncio
from pathlib import Path

import pytest

from tests.demo_world import Made
from tests.fuzz.targets import Fuzz

TARGETS = ("names", "addresses", "postal", "lists")


@pytest.mark.parametrize("target", TARGETS)
def test_a_moment_of_each(target: str, demo_world: Made, tmp_path: Path) -> None:
    assert asyncio.run(Fuzz(demo_world.bundle, tmp_path).run(target, seed=11, seconds=1.5)) > 5


@pytest.mark.nightly
@pytest.mark.parametrize("target", TARGETS)
def test_five_minutes_of_each(target: str, demo_world: Made, tmp_path: Path) -> None:
    assert asyncio.run(Fuzz(demo_world.bundle, tmp_path).run(target, seed=12, seconds=300)) > 1000
