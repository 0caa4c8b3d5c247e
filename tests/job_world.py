"""A small world for the retraining job: entries of years, outcomes of two clerks."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tests.small_world import silent
from training.job.run import Ended, run_job

FIRST, AS_OF = date(2023, 7, 1), date(2026, 3, 1)
DAYS = (AS_OF - FIRST).days
GOODS = ("6201407511", "0306170003", "6403990000", "8504409510", "3926909990", "9503000073")
PLACES = ("CN", "VN", "US", "DE")
RATES = {True: 0.75, False: 0.06}
ENTRIES = 1800

Row = dict[str, str]


def entries(count: int = ENTRIES, seed: int = 5) -> list[Row]:
    """Return entries of one line each in order of filing."""
    draw = np.random.default_rng(seed)
    rows = []
    for place in range(count):
        goods, origin = int(draw.integers(len(GOODS))), int(draw.integers(len(PLACES)))
        day = FIRST + timedelta(days=place * DAYS // count)
        maker = int(draw.integers(60))
        rows.append(
            {
                "entry_number": f"B76{place:07d}0",
                "entry_date": day.isoformat(),
                "line_number": "1",
                "importer_number": f"{int(draw.integers(40)):02d}-0000000",
                "manufacturer_name": f"Maker {maker}",
                "manufacturer_country": PLACES[origin],
                "export_country": "HK" if draw.random() < 0.2 else PLACES[origin],
                "mode_of_transport": "11" if draw.random() < 0.7 else "40",
                "hts": GOODS[goods],
                "origin_country": PLACES[origin],
                "entered_value_usd": f"{int(draw.integers(100, 90000))}.00",
                "gross_weight_kg": f"{int(draw.integers(1, 900))}",
            }
        )
    return rows


def is_bad(row: Row) -> bool:
    """Whether the lane is one where denials are frequent."""
    return (GOODS.index(row["hts"]) + PLACES.index(row["origin_country"])) % 4 == 0


def outcomes(rows: list[Row], seed: int = 6) -> list[Row]:
    """Return one outcome of each entry, as two clerks recorded it."""
    draw = np.random.default_rng(seed)
    found = []
    for place, row in enumerate(rows):
        known = date.fromisoformat(row["entry_date"]) + timedelta(days=int(draw.integers(15, 80)))
        denied = draw.random() < RATES[is_bad(row)]
        found.append(
            {
                "entry_number": row["entry_number"],
                "line_numbers": "1",
                "code": "seized" if denied else "examined_clear",
                "source": "government",
                "regime": "UFLPA",
                "event_at": known.isoformat(),
                "known_at": known.isoformat(),
                "outcome_id": f"O{place}",
                "corrects": "",
                "odds": "",
                "recorded_by": "ann" if draw.random() < 0.8 else "bob",
            }
        )
    return sorted(found, key=lambda each: each["known_at"])


def flipped(row: Row) -> Row:
    """Return an outcome that says the opposite."""
    return {**row, "code": "examined_clear" if row["code"] == "seized" else "seized"}


QUICK: dict[str, Any] = {
    "data": {"entries": "lines.csv", "outcomes": "outcomes.csv"},
    "labels": {"minimum_training": 60, "minimum_held_out": 20},
    "split": {"validation_days": 150, "test_days": 150},
    "train": {"candidates": ["with lanes"]},
    # 300 lines tell little: bars of the small world, not of the house
    "gates": {
        "ece": 0.15, "ece_top": 0.3, "slope": [0.5, 2.0], "observed_over_expected": [0.6, 1.6],
        "slice_loss": 0.3, "alerts": 0.5, "reason_overlap": 0.3,
    },
    "policy": {"review_share": 0.2, "hold_share": 0.05},
}  # fmt: skip


@dataclass(slots=True)
class JobWorld:
    """A folder with a configuration and data, written anew by `write`."""

    folder: Path
    lines: list[Row] = field(default_factory=entries)
    labels: list[Row] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=lambda: dict(QUICK))

    def __post_init__(self) -> None:
        """Begin with honest outcomes."""
        self.labels = self.labels or outcomes(self.lines)

    @property
    def file(self) -> Path:
        """The configuration."""
        return self.folder / "retrain.yaml"

    def write(self) -> None:
        """Write all three files."""
        import yaml  # noqa: PLC0415 - no types

        self.folder.mkdir(parents=True, exist_ok=True)
        for name, rows in (("lines.csv", self.lines), ("outcomes.csv", self.labels)):
            with (self.folder / name).open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        self.file.write_text(yaml.safe_dump(self.config))

    def change(self, section: str, **values: Any) -> None:
        """Set values of a section of the configuration."""
        self.config = {**self.config, section: {**self.config.get(section, {}), **values}}

    def run(
        self,
        as_of: date = AS_OF,
        force: str | None = None,
        before_commit: Callable[[str], None] = lambda _: None,
    ) -> Ended:
        """Write the files and run the job."""
        self.write()
        return run_job(self.file, as_of, silent(), force=force, before_commit=before_commit)
