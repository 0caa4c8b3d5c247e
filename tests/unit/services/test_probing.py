"""S8: a thousand nearly identical drafts of one key are found before they are all asked."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from app.services.probing import MOST, WINDOW_S, ProbeWatch
from app.settings import read_settings
from app.telemetry import Telemetry
from app.wiring.entrance import rate_policies
from tests.apps import spoken
from tests.desks import bench, entry, filed, line
from tests.unit.wiring.test_telemetry import shown


class Hand:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def draft(value: int = 1, maker: str = "Acme") -> dict[str, Any]:
    return entry(line(entered_value_usd=f"{value}.00", manufacturer={"name": maker}))


@pytest.mark.parametrize("varied", ["figures", "parties", "nothing"])
def test_a_thousand_nearly_identical_drafts_are_found_and_told_once(varied: str) -> None:
    watch, found = ProbeWatch(Hand()), []
    for at in range(1000):
        value = at + 1 if varied == "figures" else 1
        found.append(watch.saw("K1", draft(value, f"Maker {at}" if varied == "parties" else "A")))
    assert found == [(at >= MOST, at == MOST) for at in range(1000)]


def test_drafts_of_other_keys_other_goods_and_other_minutes_are_not_added_up() -> None:
    hand = Hand()
    watch = ProbeWatch(hand)
    for at in range(2000):
        hand.seconds += WINDOW_S / MOST * 1.01
        assert watch.saw("K1", draft()) == (False, False)
        assert watch.saw(f"K{at}", draft()) == (False, False)
        other = entry(line(hts=f"{6_201_000_000 + at}"))
        assert watch.saw("K1", other) == (False, False)


def test_filed_entries_are_no_probes() -> None:
    watch = ProbeWatch(Hand())
    assert {watch.saw("K1", filed()) for _ in range(MOST + 5)} == {(False, False)}


def test_what_is_kept_is_bounded_and_the_newest_stays() -> None:
    hand = Hand()
    watch = ProbeWatch(hand, max_kept=100)
    for at in range(500):
        hand.seconds += 0.01
        watch.saw("K1", draft(at, f"Maker {at}"))
        assert len(watch) <= 100
    hand.seconds += WINDOW_S
    for at in range(60):
        watch.saw("K2", draft(at, f"Maker {at}"))
    assert len(watch) <= 100


def test_it_is_counted_and_logged_without_anything_of_the_draft() -> None:
    with bench() as at, capture_logs() as logs:
        telemetry = Telemetry(at.models, "0.0.0")
        for value in range(MOST + 10):
            telemetry.asked("K1", draft(value, "Secret Maker"))
        text = shown(telemetry)
    assert "entry_risk_probes_total 10.0" in text
    assert [each for each in logs if each["event"] == "probed"] == [
        {"event": "probed", "key_id": "K1", "log_level": "warning"}
    ]


def test_drafts_over_http_are_counted_and_what_is_replayed_is_not() -> None:
    policies = rate_policies(read_settings(score_per_s=100_000, other_per_s=100_000))
    with spoken(policies=policies) as api:
        headers = {"Idempotency-Key": "one"}
        for _ in range(20):
            assert api.score(draft(), headers=headers).status_code == 200
        assert "entry_risk_probes_total 0.0" in api.get("/metrics").text
        for value in range(MOST + 2):
            assert api.score(draft(value + 1)).status_code == 200
        assert "entry_risk_probes_total 3.0" in api.get("/metrics").text
