"""Slices, worst lines and route classes."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, LegRole, RouteLeg
from app.core.features import FittedLanes, line_facts
from app.core.history import UNREAD
from app.core.reference import load_reference
from training.dataset import Lines
from training.evaluation import figures
from training.scored import Scored, familiarity, prints, route_class, worst_lines

REFERENCE = load_reference()


def entry(origin: str, export: str | None, *route: str) -> Entry:
    return Entry(
        entry_date=date(2026, 1, 1),
        export_country=None if export is None else CountryCode(export),
        route=tuple(
            RouteLeg(role=LegRole.TRANSSHIPMENT, country=CountryCode(each)) for each in route
        ),
        lines=(
            EntryLine(
                line_number=1,
                hts=HtsCode("620140"),
                origin_country=CountryCode(origin),
                entered_value_usd=Decimal(1),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (entry("CN", "CN"), "direct"),
        (entry("VN", "CN"), "through CN"),
        (entry("VN", "VN", "RU", "KR"), "through RU"),
        (entry("VN", "HK"), "through another country"),
        (entry("VN", None), "unknown"),
    ],
)
def test_the_route_class_says_where_the_goods_passed(of: Entry, expected: str) -> None:
    (facts,) = line_facts(of, (UNREAD,), (), REFERENCE, date(2026, 1, 1))
    assert route_class(facts) == expected


def test_without_lanes_every_line_is_of_a_lane_never_seen() -> None:
    facts = line_facts(entry("CN", "CN"), (UNREAD,), (), REFERENCE, date(2026, 1, 1))
    lines = Lines(facts, ("a#1",), np.array([0]), np.array([1]), np.array([1.0]))
    none = FittedLanes(crosses=(), targets=("a",), root=(1.0, 0.0), counts=())
    found = familiarity(none, lines, (), prints(lines))
    assert (found.unseen.tolist(), found.alike.tolist()) == ([True], [True])
    assert not familiarity(none, lines, (), np.empty(0, dtype=np.uint64)).alike.any()


def scored() -> Scored:
    """Six lines of three entries; entry 0 has the riskiest line and no positive."""
    return Scored(
        ids=tuple(f"{place}" for place in range(6)),
        labels=np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
        probabilities=np.array([0.9, 0.1, 0.2, 0.8, 0.3, 0.05]),
        values=np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        weights=np.ones(6),
        weeks=np.array([1, 1, 1, 2, 2, 2]),
        entry_of=np.array([0, 0, 1, 1, 2, 2]),
        unseen=np.array([True, False, False, False, False, False]),
        alike=np.array([False, False, True, True, True, True]),
        slices={"chapter": ("62",) * 6},
    )


def test_an_entry_is_its_worst_line() -> None:
    found = scored()
    order = np.argsort(-found.probabilities)
    assert worst_lines(found, order.tolist()).tolist() == [0, 3, 4]
    document = figures(found)
    assert document["entries"]["n"] == 3
    # ranked 0.9 (clear), 0.8 (a positive elsewhere in the entry), 0.3 (positive): (1/2 + 2/3) / 2
    assert document["entries"]["ap"] == pytest.approx((1 / 2 + 2 / 3) / 2, abs=1e-15)
    assert document["entries"]["positives"] == 2


def test_a_slice_of_one_class_is_not_defined_and_a_small_one_is_not_shown() -> None:
    document = figures(scored(), intervals=False)
    assert document["slices"]["unseen_lane"]["ap"] is None
    assert document["slices"]["unseen_lane"]["n"] == 1
    assert document["slices"]["no_near_duplicate"]["n"] == 2
    assert document["slices"]["by"] == {"chapter": {}}
    assert "intervals" not in document


def test_no_lines_give_no_figures() -> None:
    document = figures(scored().take(np.array([], dtype=np.int64)))
    assert (document["n"], document["ap"]) == (0, None)
