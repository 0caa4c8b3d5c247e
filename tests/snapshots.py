"""Snapshots for tests: a few rows that show what matters, or many drawn from one seed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.core.estimates.columns import BandCode, Category, LabelSource, Outcome
from app.core.estimates.snapshot import Provenance, Snapshot

PROVENANCE = Provenance(
    model="sha256:model",
    features="sha256:features",
    lists={"UFLPA": "2026-10-01"},
    last_label="2026-11-01",
    taken_at="2026-11-02T00:00:00Z",
)
START = np.datetime64("2026-09-07T00:00:00", "s")  # a Monday
DAY = np.timedelta64(86_400, "s")
SIZES = ("small", "medium", "large")


def columns(n: int = 4, **given: Any) -> dict[str, Any]:
    """The columns of `n` plain released rows, one a day, with those that are given."""
    blank = [""] * n
    plain: dict[str, Any] = {
        "score": np.arange(n) * 10,
        "decided_at": START + np.arange(n) * DAY + np.timedelta64(9 * 3600, "s"),
        "arrival_at": np.full(n, np.datetime64("NaT", "s")),
        "value_usd": np.full(n, 1_000.0),
        "outcome": np.zeros(n, np.int8),
        "is_mature": np.ones(n, bool),
        "is_drawn": np.zeros(n, bool),
        "odds": np.zeros(n),
        "old_band": np.zeros(n, np.int8),
        "floor": np.zeros(n, np.int8),
        "case_minutes": np.full(n, np.nan),
        "hold_hours": np.full(n, np.nan),
        "is_list_sensitive": np.zeros(n, bool),
        "hs_chapter": ["61"] * n,
        "origin": ["CN"] * n,
        "route_class": ["CN"] * n,
        "port": ["2704"] * n,
        "entry_type": ["01"] * n,
        "importer": [str(row) for row in range(n)],
        "importer_size": ["small"] * n,
        "broker": ["A"] * n,
        "known_bad": blank,
        "known_bad_id": blank,
        "reasons": [["", "", ""]] * n,
    }
    found = plain | given
    if "label_source" not in found:
        closed = np.asarray(found["outcome"]) != Outcome.PENDING
        found["label_source"] = np.where(closed, LabelSource.REVIEW, LabelSource.NONE)
    return found


def snapshot(n: int = 4, **given: Any) -> Snapshot:
    """A snapshot of `columns`."""
    return Snapshot.of(columns(n, **given), PROVENANCE)


def large(
    n: int, *, days: int = 56, seed: int = 7, review_at: int = 700, hold_at: int = 760
) -> Snapshot:
    """`n` rows as a desk would have them: weekly season, cases, outcomes, draws below the line."""
    rng = np.random.default_rng(seed)
    score = np.clip(rng.normal(480, 130, n), 0, 1000).astype(np.int16)
    floor = np.where(rng.random(n) < 0.002, rng.integers(1, 3, n), 0)
    band = np.where(score >= hold_at, BandCode.HOLD, np.where(score >= review_at, 1, 0))
    band = np.maximum(band, floor).astype(np.int8)
    odds = np.where(band == 0, 0.02, 0.0)
    drawn = (band == 0) & (rng.random(n) < odds)
    bad = rng.random(n) < 1 / (1 + np.exp((880 - score) / 57.7))
    seen = ((band > 0) & (rng.random(n) < 0.9)) | (drawn & (rng.random(n) < 0.8))
    outcome = np.where(seen, np.where(bad, Outcome.CONFIRMED, Outcome.CLEARED), Outcome.PENDING)
    weekday = rng.choice(7, n, p=np.array([20, 19, 18, 18, 17, 5, 3]) / 100)
    moment = rng.integers(0, days // 7, n) * 7 + weekday
    hour = rng.choice(24, n, p=np.r_[np.full(7, 0.01), np.full(11, 0.07), np.full(6, 0.16 / 6)])
    decided = START + (moment * 86_400 + hour * 3_600 + rng.integers(0, 3_600, n)).astype("m8[s]")
    importer = rng.zipf(1.4, n) % 20_000
    names = tuple(str(each) for each in range(20_000))
    return Snapshot.of(
        columns(
            n,
            score=score,
            decided_at=decided,
            arrival_at=decided + (rng.integers(0, 20 * 86_400, n)).astype("m8[s]"),
            value_usd=np.exp(rng.normal(9, 1.5, n)),
            outcome=outcome.astype(np.int8),
            is_mature=rng.random(n) < 0.8,
            is_drawn=drawn,
            odds=odds,
            old_band=band,
            floor=floor.astype(np.int8),
            case_minutes=np.where(seen, np.exp(rng.normal(3, 0.6, n)), np.nan),
            hold_hours=np.where(band == BandCode.HOLD, np.exp(rng.normal(3, 1, n)), np.nan),
            is_list_sensitive=floor == BandCode.HOLD,
            hs_chapter=_drawn(rng, n, [f"{each:02d}" for each in range(1, 98)]),
            origin=_drawn(rng, n, ["CN", "VN", "MY", "TH", "IN", "MX"]),
            route_class=_drawn(rng, n, ["CN", "RU", "other hub", "direct"]),
            port=_drawn(rng, n, [str(each) for each in range(1000, 1060)]),
            entry_type=_drawn(rng, n, ["01", "03", "06"]),
            importer=Category(importer.astype(np.int32), names),
            importer_size=Category((importer % 3).astype(np.int32), SIZES),
            broker=_drawn(rng, n, ["A", "B", "C"]),
            known_bad=Category(
                np.where(rng.random(n) < 1e-4, rng.integers(1, 4, n), 0).astype(np.int32),
                ("", "golden", "seizure", "exclusion"),
            ),
            known_bad_id=Category(np.zeros(n, np.int32), ("",)),
            reasons=Category(
                rng.integers(0, 12, (n, 3)).astype(np.int32),
                tuple(f"REASON_{each}" for each in range(12)),
            ),
        ),
        PROVENANCE,
    )


def _drawn(rng: np.random.Generator, n: int, names: Sequence[str]) -> Category:
    return Category(rng.integers(0, len(names), n).astype(np.int32), tuple(names))
