"""What became of an entry moves the estimates of later ones, over HTTP and over a restart."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.desks import NUMBERS, entry, filed, line
from tests.service_process import ServiceProcess

MAKER = {"name": "Example Trading Garment Co., Ltd.", "city": "Dandong", "country": "CN"}
RATE = "party.supplier_denied_rate"


def day(ago: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=ago)).isoformat()


def rate(client: httpx.Client, dated: str) -> tuple[float, int]:
    """The maker's denied rate that a draft of that day reads, and the history's position."""
    document = entry(line(manufacturer=MAKER), entry_date=dated)
    answer = client.post("/v1/score?explain=full", json=document).json()
    assert answer["degraded_groups"] == []
    (value,) = [c["value"] for c in answer["lines"][0]["contributions"] if c["feature"] == RATE]
    return value, answer["history_seq"]


def wait_past(client: httpx.Client, seq: int) -> None:
    """Wait until the history has moved on past `seq`, as it does within milliseconds."""
    deadline = time.monotonic() + 20
    while rate(client, day(2))[1] <= seq:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def told(**changes: Any) -> dict[str, Any]:
    return {
        "entry_number": NUMBERS[0],
        "line_numbers": [1],
        "code": "excluded",
        "source": "government",
        "regime": "CAATSA-321",
        "event_at": day(4),
        "known_at": day(3),
    } | changes


def test_an_outcome_is_read_by_later_entries_and_kept(own_service: ServiceProcess) -> None:
    with own_service, own_service.client() as client:
        stopped = filed(NUMBERS[0], line(manufacturer=MAKER), entry_date=day(9))
        assert client.post("/v1/score", json=stopped).status_code == 200
        wait_past(client, 0)
        before, at_filing = rate(client, day(2))
        recorded = client.post("/v1/outcomes", json=told())
        assert recorded.status_code == 201, recorded.text
        wait_past(client, at_filing)
        assert rate(client, day(3))[0] == before  # known that day, seen from the next on
        after = rate(client, day(2))
        assert after[0] > before
    with own_service, own_service.client() as client:
        assert rate(client, day(2)) == after
        (kept,) = client.get(f"/v1/outcomes?entry_number={NUMBERS[0]}").json()["outcomes"]
        assert {**kept, "seq": None, "corrected_by": None} == {
            **recorded.json(),
            "seq": None,
            "corrected_by": None,
        }
        cleared = told(code="examined_clear", corrects=kept["outcome_id"])
        assert client.post("/v1/outcomes", json=cleared).status_code == 201
        wait_past(client, after[1])
        assert rate(client, day(2))[0] < before
