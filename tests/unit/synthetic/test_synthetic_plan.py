"""What can be asked for: sizes, switches, shifts, and the real base rate."""

import pytest

from app.core.errors import DataRefused
from training.synthetic.plan import REAL_STOP_SHARE, SHIFTS, Mechanisms, Plan


def test_every_mechanism_acts_unless_it_is_switched_off() -> None:
    everything = Mechanisms()
    assert all(getattr(everything, name) for name in Mechanisms.names())
    for name in Mechanisms.names():
        off = Mechanisms.without([name])
        assert not getattr(off, name)
        assert sum(getattr(off, each) for each in Mechanisms.names()) == len(Mechanisms.names()) - 1


def test_an_unknown_mechanism_is_refused_by_name() -> None:
    with pytest.raises(DataRefused, match="magic"):
        Mechanisms.without(["magic"])


@pytest.mark.parametrize(
    ("entries", "seed", "nexus_share", "shift", "named"),
    [
        (999, 1, 0.01, None, "entries"),
        (5_000_001, 1, 0.01, None, "entries"),
        (2_000, -1, 0.01, None, "seed"),
        (2_000, 1, 0.0, None, "nexus_share"),
        (2_000, 1, 0.2, None, "nexus_share"),
        (2_000, 1, 0.01, "weather", "shift"),
    ],
)
def test_a_world_that_cannot_be_made_is_refused_naming_why(
    entries: int, seed: int, nexus_share: float, shift: str | None, named: str
) -> None:
    with pytest.raises(DataRefused, match=named):
        Plan(entries=entries, seed=seed, nexus_share=nexus_share, shift=shift)


@pytest.mark.parametrize("shift", [None, *SHIFTS])
def test_known_shifts_are_taken(shift: str | None) -> None:
    assert Plan(entries=2_000, seed=1, shift=shift).shift == shift


def test_the_default_world_holds_between_half_and_three_quarters_of_a_per_cent_of_nexus() -> None:
    assert 0.005 <= Plan(entries=2_000, seed=1).nexus_share <= 0.0075


def test_stops_and_nexus_are_enriched_alike() -> None:
    plan = Plan(entries=100_000, seed=1)
    real = plan.at_real_base_rate()
    assert real.stop_share == pytest.approx(REAL_STOP_SHARE)
    assert real.enrichment == pytest.approx(1)
    assert plan.nexus_share / real.nexus_share == pytest.approx(plan.enrichment)


def test_a_million_entries_at_the_real_rate_hold_about_130_stops() -> None:
    plan = Plan(entries=1_000_000, seed=1).at_real_base_rate()
    assert 125 <= plan.stop_share * plan.entries <= 143  # 1 in 7,000 to 8,000
