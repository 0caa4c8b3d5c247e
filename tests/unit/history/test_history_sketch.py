"""Sketches of distinct values."""

import pytest

from app.core.history import bit_of, distinct


def test_a_value_seen_is_told_from_one_that_was_not() -> None:
    seen = bit_of("6201") | bit_of("8541")
    assert bit_of("6201") & seen
    assert not bit_of("0304") & seen


@pytest.mark.parametrize("count", [0, 1, 5, 20, 60])
def test_distinct_values_are_counted_within_a_quarter(count: int) -> None:
    sketch = 0
    for number in range(count):
        sketch |= bit_of(f"value {number}")
    assert distinct(sketch) == pytest.approx(count, rel=0.25)  # linear counting in 128 bits


def test_a_full_sketch_still_counts_to_a_finite_number() -> None:
    assert 700 < distinct((1 << 128) - 1) < 720
