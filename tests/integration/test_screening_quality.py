"""Screening holds its bars on names it was not tuned on: seeds below 100 were for development.

The bars are those of the acceptance: recall 0.95 by class and 0.98 over all, a false-hit rate of
0.1 %. The small sizes here leave room for chance: a class at 0.965 of 300 falls under 0.93 once in
a thousand runs; seeds are fixed, so a run that passes passes again.
"""

import sys

import pytest

from app.core.reference import load_reference
from tests.screening_quality import Quality, firms, measured
from tests.screening_variants import CLASSES, is_telling, unlisted, variants

CLASS_BAR, ALL_BAR, FALSE_BAR = 0.95, 0.98, 0.001


def shown(quality: Quality, title: str) -> None:
    sys.stdout.write("\n".join(("", *quality.lines(title), "")))


def test_variants_of_listed_names_are_found_and_strangers_are_not() -> None:
    quality = measured(load_reference(), 101, count=300, strangers=6000)
    shown(quality, "seed 101")
    assert min(quality.recall.values()) >= CLASS_BAR - 0.02
    assert quality.overall >= ALL_BAR
    assert quality.strangers_strong <= FALSE_BAR


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [102, 103, 104])
def test_the_bars_hold_at_full_size(seed: int) -> None:
    quality = measured(load_reference(), seed, count=1000, strangers=100_000)
    shown(quality, f"seed {seed}")
    assert min(quality.recall.values()) >= CLASS_BAR
    assert quality.overall >= ALL_BAR
    assert quality.strangers_strong <= FALSE_BAR


@pytest.mark.nightly
def test_short_names_and_homonyms_are_reported_apart() -> None:
    quality = measured(load_reference(), 105, count=1000, strangers=0, telling=False)
    shown(quality, "short")
    assert quality.recall["legal form"] >= CLASS_BAR


def test_the_generator_follows_from_its_seed_and_changes_every_name() -> None:
    listed = firms(load_reference())
    for kind in CLASSES:
        first = list(variants(listed, kind, 50, 7))
        assert first == list(variants(listed, kind, 50, 7))
        assert all(is_telling(entity.name) for entity, _ in first)
    assert list(unlisted(listed, 50, 7)) == list(unlisted(listed, 50, 7))
    assert list(unlisted(listed, 50, 7)) != list(unlisted(listed, 50, 8))
