"""D1, leaks and drift: what the scans of stage validate find, and what they can't."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.job_world import AS_OF, GOODS, PLACES
from training.job.declared import Declared
from training.job.drift import LEAST, drift, missing_rates, profile, stability
from training.job.leak import named_afterwards, telling
from training.job.poison import Bars, Poison, Told, poison, rewritten
from training.metrics import tie_keys

BARS = Bars(flip_share=0.05, user_sigma=3.0, group_sigma=5.0, positive_share=0.05)
COUNT = 4000
Floats = NDArray[np.float64]


@cache
def world(seed: int = 3) -> tuple[Declared, Floats]:
    """Lines of two years, and labels: lanes differ, so do suppliers."""
    draw = np.random.default_rng(seed)
    goods, origin = draw.integers(6, size=COUNT), draw.integers(4, size=COUNT)
    supplier = draw.integers(200, size=COUNT)
    bad = ((goods + origin) % 4 == 0) | (supplier < 10)
    labels = (draw.random(COUNT) < np.where(bad, 0.7, 0.04)).astype(float)
    chapters = np.array([GOODS[each][:2] for each in goods])
    origins = np.array([PLACES[each] for each in origin])
    first = (AS_OF - timedelta(days=800)).toordinal()
    found = Declared(
        ids=tuple(f"E{at}#1" for at in range(COUNT)),
        entries=tuple(f"E{at}" for at in range(COUNT)),
        days=first + np.arange(COUNT) * 790 // COUNT,
        texts={
            "chapter": chapters,
            "origin": origins,
            "chapter_origin": np.char.add(np.char.add(chapters, " "), origins),
        },
        numbers={"entered_value_usd": draw.lognormal(8, 1, COUNT)},
        parties={
            "supplier": np.char.add("S", supplier.astype(str)),
            "importer": np.char.add("I", draw.integers(80, size=COUNT).astype(str)),
        },
    )
    return found, labels


def users(seed: int = 4) -> NDArray[np.str_]:
    return np.random.default_rng(seed).choice(
        ["ann", "bob", "carl", "dora"], COUNT, p=[0.55, 0.25, 0.15, 0.05]
    )


FRESH = np.arange(COUNT) >= COUNT // 2


def scan(labels: Floats, fresh: NDArray[np.bool_] = FRESH, found: Declared | None = None) -> Poison:
    told = Told(np.arange(COUNT), labels, fresh, users(), np.full(COUNT, "government"))
    return poison(found or world()[0], told, BARS)


def flip(chosen: NDArray[np.bool_]) -> Floats:
    labels = world()[1].copy()
    labels[chosen] = 1 - labels[chosen]
    return labels


def at_random(share: float, seed: int = 9) -> NDArray[np.bool_]:
    return FRESH & (np.random.default_rng(seed).random(COUNT) < share)


def test_honest_labels_pass() -> None:
    found = scan(world()[1])
    assert found.findings == ()
    assert found.flip_share is not None
    assert abs(found.flip_share) < 0.03


def test_ten_per_cent_flipped_at_random_are_blocked() -> None:
    found = scan(flip(at_random(0.10)))
    assert any("low-scored fresh lines" in each for each in found.findings)


def test_two_per_cent_flipped_at_random_are_not_detected() -> None:
    assert scan(flip(at_random(0.02))).findings == ()


def test_a_little_over_one_per_cent_of_labels_flipped_in_one_cluster_are_blocked() -> None:
    found, labels = world()
    cluster = FRESH & (found.texts["chapter_origin"] == "62 CN") & (labels > 0)
    flipped = cluster & (np.cumsum(cluster) <= 0.024 * FRESH.sum())
    assert flipped.sum() / FRESH.sum() == pytest.approx(0.024, abs=0.002)  # 1.2 % of all labels
    assert flipped.sum() / COUNT == pytest.approx(0.012, abs=0.001)
    findings = scan(flip(flipped)).findings
    assert any("goods and origin 62 CN" in each for each in findings)


@pytest.mark.parametrize("fresh", [FRESH, np.ones(COUNT, dtype=np.bool_)])
def test_one_per_cent_flipped_by_one_user_are_blocked(fresh: NDArray[np.bool_]) -> None:
    own = FRESH & (users() == "dora")
    flipped = own & (np.cumsum(own) <= 0.01 * COUNT)
    findings = scan(flip(flipped), fresh).findings
    assert [each.split(":")[0] for each in findings] == ["labels of user dora"]


def test_a_supplier_with_a_large_share_of_the_positives_is_told_without_its_name() -> None:
    found, labels = world()
    supplier = found.parties["supplier"].copy()
    crowd = FRESH & (labels > 0) & (np.random.default_rng(1).random(COUNT) < 0.12)
    supplier[crowd] = "S-new"
    moved = replace(found, parties={**found.parties, "supplier": supplier})
    findings = scan(labels, found=moved).findings
    assert any("supplier of entry E" in each for each in findings)
    assert not any("S-new" in each for each in findings)


@pytest.mark.parametrize(
    ("labels", "fresh", "said"),
    [
        (world()[1], np.zeros(COUNT, dtype=np.bool_), "no label is fresh"),
        (np.zeros(COUNT), FRESH, "too few labels"),
    ],
)
def test_where_nothing_can_be_told_it_says_so(
    labels: Floats, fresh: NDArray[np.bool_], said: str
) -> None:
    found = scan(labels, fresh)
    assert found.findings == ()
    assert said in found.notes[0]


def test_a_label_that_was_changed_behind_the_back_is_counted() -> None:
    found, labels = world()
    kept = dict(zip(tie_keys(found.ids).tolist(), labels.tolist(), strict=True))
    assert rewritten(kept, found.ids, labels) == (0, COUNT)
    now = labels.copy()
    now[:3], now[3] = 1 - now[:3], np.nan
    assert rewritten(kept, found.ids, now) == (4, COUNT)


def test_a_column_that_tells_the_outcome_alone_is_a_leak() -> None:
    found, labels = world()
    assert telling(found, labels, 0.97) == {}
    noise = np.random.default_rng(2).random(COUNT) < 0.01
    told = np.where((labels > 0) ^ noise, "H7", "R1")
    leaking = replace(found, texts={**found.texts, "attribute.status": told})
    assert list(telling(leaking, labels, 0.97)) == ["attribute.status"]
    days = replace(found, numbers={"days_held": np.where(labels > 0, 40.0, np.nan)})
    assert list(telling(days, labels, 0.97)) == ["days_held"]


def test_a_number_of_its_own_on_every_line_is_no_leak() -> None:
    found, labels = world()
    own = replace(found, texts={"attribute.number": np.array(found.ids)})
    assert telling(own, labels, 0.97) == {}


def test_few_labels_prove_no_leak() -> None:
    found, labels = world()
    few = np.where(np.cumsum(labels) <= 10, labels, np.nan)
    assert telling(replace(found, texts={"a": labels.astype(str)}), few, 0.97) == {}


def test_columns_named_after_what_comes_later_are_leaks() -> None:
    header = ["hts", "Detained_On", "targeted", "Fraud", "release_date"]
    assert named_afterwards(header, ["Fraud"]) == ["Detained_On", "targeted"]


def narrowed(found: Declared, keep: Callable[[Declared], NDArray[np.bool_]]) -> Declared:
    rows = np.flatnonzero(keep(found))
    return take(found, rows.tolist())


def take(found: Declared, rows: Sequence[int]) -> Declared:
    at = np.array(rows, dtype=np.int64)
    return Declared(
        tuple(found.ids[each] for each in rows),
        tuple(found.entries[each] for each in rows),
        found.days[at],
        {name: each[at] for name, each in found.texts.items()},
        {name: each[at] for name, each in found.numbers.items()},
        {name: each[at] for name, each in found.parties.items()},
    )


def test_the_same_trade_has_not_drifted_however_small_the_file() -> None:
    found = world()[0]
    before = profile(take(found, range(0, COUNT, 2)))
    for count in (LEAST, 600):
        psi = drift(before, take(found, range(1, 2 * count, 2)))
        assert max(psi.values()) < 0.1


def test_a_shift_of_goods_or_of_values_is_drift() -> None:
    found = world()[0]
    before = profile(found)
    moved = narrowed(found, lambda each: each.texts["origin"] != "CN")
    assert drift(before, moved)["origin"] > 0.25
    dear = replace(found, numbers={"entered_value_usd": found.numbers["entered_value_usd"] * 4})
    assert drift(before, dear)["entered_value_usd"] > 0.25
    gone = replace(found, texts={}, numbers={"entered_value_usd": np.full(COUNT, np.nan)})
    assert min(drift(before, gone).values()) > 0.25
    assert missing_rates(gone) == {"entered_value_usd": 1.0}


def test_of_few_lines_nothing_is_said() -> None:
    found = world()[0]
    assert drift(profile(found), take(found, range(LEAST - 1))) == {}


def test_stability_by_hand() -> None:
    # shares .5 and .5 become .8 and .2: .3 ln 1.6 + .3 ln 2.5, less (1/1000 + 1/1000)
    psi = stability(np.array([500.0, 500.0]), np.array([800.0, 200.0]))
    assert psi == pytest.approx(0.3 * np.log(1.6) + 0.3 * np.log(2.5) - 0.002)
    assert stability(np.array([5.0]), np.array([9.0])) == 0.0
