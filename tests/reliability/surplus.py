"""L1, L3: more than can be done, from all and from one; the surplus alone is turned away."""

import time

from tests.load.loads import Loaded, begin, finish, load
from tests.reliability.findings import Found
from tests.reliability.service import folder, new_key, prepared
from tests.reliability.steady import capacity
from tests.served_process import ServedProcess

TIMES = (1.5, 3.0, 5.0)
SECONDS = 30.0
MOST_PER_S = 600.0  # what the asking side can send from a shared core


def overload() -> Found:
    """Ask for 1.5, 3 and 5 times what it can do."""
    found = Found()
    with folder() as place, prepared(place) as service:
        able = min(capacity(service), MOST_PER_S / TIMES[-1])
        found.figures["capacity a second"] = able
        resident = service.resident_mib()
        for times in TIMES:
            _press(service, able, times, found)
        grown = service.resident_mib() / resident
        found.figures["RSS, times that before"] = round(grown, 2)
        time.sleep(2)
        after = load(service, able / 2, 5)
    found.figures["answered 200 two seconds later"] = after.count(200) / max(len(after.answers), 1)
    found.must(not after.lost, "requests were lost after the load")
    found.compare(after.count(200) == len(after.answers), "not over after 2 s")
    found.compare(grown <= 1.2, "memory grew by more than a fifth")
    return found


def _press(service: ServedProcess, able: float, times: float, found: Found) -> None:
    heard = load(service, times * able, SECONDS)
    accepted = heard.count(200) / (able * SECONDS)
    name = f"{times:g} times"
    found.figures |= {
        f"{name}: goodput of capacity": round(accepted, 2),
        f"{name}: accepted p99 ms": round(heard.p99_s(200) * 1000),
        f"{name}: turned away p99 ms": round(heard.p99_s(503) * 1000),
        f"{name}: lost": heard.lost,
    }
    found.must(heard.count(200, 503) == len(heard.answers), f"{name}: neither 200 nor 503")
    found.compare(heard.lost == 0, f"{name}: requests without an answer")
    found.compare(accepted >= 0.8, f"{name}: goodput under 80 %")
    found.compare(heard.p99_s(200) <= 0.25, f"{name}: accepted p99 above 250 ms")
    found.compare(heard.p99_s(503) <= 0.15, f"{name}: turned away later than 150 ms")


def noisy_tenant(limit_per_s: int = 20) -> Found:
    """Let a tenant ask ten times its limit beside a quiet one."""
    found = Found()
    with folder() as place:
        service = prepared(place, ENTRY_RISK_SCORE_PER_S=str(limit_per_s))
        with service:
            quiet = new_key(service.settings, "quiet")
            load(service, 10, 2, quiet)  # warm
            alone = load(service, 10, 10, quiet)
            loud = begin(service.url, service.key, 10 * limit_per_s, 16)
            time.sleep(2)
            beside = load(service, 10, 10, quiet)
            noise = finish(loud)
    _judge_tenants(found, alone, beside, noise)
    granted = limit_per_s * 16 + limit_per_s
    found.figures["loud 200, of what its limit grants"] = round(noise.count(200) / granted, 2)
    found.in_time(abs(noise.count(200) / granted - 1) <= 0.1, "the limit is off by over 10 %")
    return found


def _judge_tenants(found: Found, alone: Loaded, beside: Loaded, noise: Loaded) -> None:
    turned_away = len(beside.answers) - beside.count(200) + beside.lost
    found.figures |= {
        "quiet, turned away": turned_away,
        "quiet p99 ms, alone": round(alone.p99_s(200) * 1000, 1),
        "quiet p99 ms, beside": round(beside.p99_s(200) * 1000, 1),
        "loud 429": noise.count(429),
    }
    found.must(beside.count(429) == 0, "the quiet tenant was told 429")
    found.must(noise.count(429) > 0, "the loud tenant was never told 429")
    found.in_time(turned_away == 0, "the quiet tenant was turned away")
    found.compare(beside.p99_s(200) <= 1.5 * alone.p99_s(200), "quiet p99 above 1.5 times")
