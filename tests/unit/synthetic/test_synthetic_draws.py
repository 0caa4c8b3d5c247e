"""Draws are seeded by purpose, keep to their weights, and stay inside their groups."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.synthetic.draws import Draws, Pools, pick, shared_out, zipf


def test_the_same_purpose_gives_the_same_stream_anew() -> None:
    draws = Draws(5)
    assert draws.of("routes").random(4).tolist() == draws.of("routes").random(4).tolist()


def test_another_purpose_or_seed_gives_another_stream() -> None:
    found = {Draws(seed).of(purpose).random() for seed in (1, 2) for purpose in ("routes", "names")}
    assert len(found) == 4


def test_picks_keep_to_their_weights() -> None:
    found = pick(Draws(1).of("picks"), np.array([1.0, 0.0, 3.0]), 20_000)
    shares = np.bincount(found, minlength=3) / len(found)
    assert shares[1] == 0
    assert abs(shares[2] - 0.75) < 0.015  # four standard errors


@given(
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=12),
    size=st.integers(0, 300),
    seed=st.integers(0, 1000),
)
def test_what_is_shared_out_is_never_off_by_one_or_more(
    weights: list[float], size: int, seed: int
) -> None:
    found = shared_out(Draws(seed).of("shares"), np.array(weights), size)
    counts = np.bincount(found, minlength=len(weights))
    wanted = np.array(weights) / sum(weights) * size
    assert counts.sum() == size
    assert np.all(np.abs(counts - wanted) < 1 + 1e-6)  # sums of floats are not exact


@given(
    groups=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    wanted=st.lists(st.integers(0, 5), max_size=40),
    seed=st.integers(0, 1000),
)
def test_a_pool_draws_from_the_group_that_is_asked_for_or_nobody(
    groups: list[int], wanted: list[int], seed: int
) -> None:
    pools = Pools(np.array(groups), np.ones(len(groups)), 6)
    found = pools.draw(Draws(seed).of("pool"), np.array(wanted, dtype=np.int64))
    for group, item in zip(wanted, found.tolist(), strict=True):
        assert (groups[item] == group) if group in groups else (item == -1)


def test_a_pool_of_items_draws_the_items_by_weight() -> None:
    pools = Pools(np.array([1, 0, 1]), np.array([9.0, 1.0, 1.0]), 2, np.array([70, 80, 90]))
    found = pools.draw(Draws(1).of("items"), np.full(10_000, 1)).tolist()
    assert set(found) == {70, 90}
    assert abs(found.count(70) / 10_000 - 0.9) < 0.015


def test_sizes_fall_with_rank() -> None:
    sizes = zipf(5, 0.9)
    assert sizes[0] == 1
    assert np.all(np.diff(sizes) < 0)
