"""A small made-up world in the layout of the KCS declarations: some lanes are bad, most are not."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np

HEADER = (
    "Declaration ID",
    "Date",
    "Office ID",
    "Process Type",
    "Import Type",
    "Import Use",
    "Payment Type",
    "Mode of Transport",
    "Declarant ID",
    "Importer ID",
    "Seller ID",
    "Courier ID",
    "HS6 Code",
    "Country of Departure",
    "Country of Origin",
    "Tax Rate",
    "Tax Type",
    "Country of Origin Indicator",
    "Net Mass",
    "Item Price",
    "Fraud",
    "Critical Fraud",
)
GOODS = ("620140", "030617", "640399", "850440", "392690", "950300")
PLACES = ("CN", "VN", "US", "DE")
BAD_RATE, GOOD_RATE = 0.8, 0.05


def kcs_rows(count: int, first: date, days: int, seed: int) -> list[dict[str, str]]:
    """Return `count` rows over `days` days in order of date.

    A lane is bad where goods and origin say so; one positive in four is critical.
    """
    draw = np.random.default_rng(seed)
    rows = []
    for place in range(count):
        goods, origin = draw.integers(len(GOODS)), draw.integers(len(PLACES))
        is_bad = (goods + origin) % 4 == 0
        fraud = draw.random() < (BAD_RATE if is_bad else GOOD_RATE)
        critical = fraud and draw.random() < 0.25
        day = first + timedelta(days=place * days // count)
        values = (
            f"{seed}{place:06d}",
            day.isoformat(),
            str(draw.integers(10, 14)),
            "B",
            "11",
            "21",
            str(draw.integers(11, 13)),
            "10" if draw.random() < 0.6 else "40",
            f"D{draw.integers(8)}",
            f"I{draw.integers(60)}",
            f"S{draw.integers(40)}" if draw.random() < 0.9 else "",
            "",
            GOODS[goods],
            PLACES[origin] if draw.random() < 0.8 else "HK",
            PLACES[origin],
            "8.0" if goods % 2 else "0.0",
            "A" if draw.random() < 0.7 else "FCN1",
            "G",
            f"{draw.integers(1, 500)}.0",
            f"{draw.integers(1000, 900000)}.0",
            str(int(fraud)),
            str(int(fraud) + int(critical)),
        )
        rows.append(dict(zip(HEADER, values, strict=True)))
    return rows


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as CSV with the columns of the first one; return the path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
