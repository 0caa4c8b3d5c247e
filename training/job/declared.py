"""What was declared on each line, as plain columns: what leak, poison and drift scans look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from app.core.entry import Entry, EntryLine, Party, RouteLeg
from app.core.history.identity import fold_name
from app.core.mapping import MappedRow
from training.ingest import day_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NUMBERS = ("entered_value_usd", "gross_weight_kg", "value_per_kg", "duty_rate_percent", "lines")


@dataclass(frozen=True, slots=True)
class Declared:
    """Lines in the order of filing, n in all.

    `texts` has columns of codes ("" where not declared), `numbers` of amounts (NaN where not),
    `parties` who is named; `ids` are entry number and line number, `days` ordinals.
    """

    ids: tuple[str, ...]
    entries: tuple[str, ...]
    days: Ints
    texts: dict[str, NDArray[np.str_]]
    numbers: dict[str, Floats]
    parties: dict[str, NDArray[np.str_]]

    def __len__(self) -> int:
        return len(self.ids)


def declared(rows: Sequence[MappedRow]) -> Declared:
    """Return the columns of the lines of `rows`."""
    lines = [(row, line) for row in rows for line in row.entry.lines]
    texts = [_texts(row.entry, line) for row, line in lines]
    numbers = [_numbers(row.entry, line) for row, line in lines]
    names = dict.fromkeys(name for each in texts for name in each)
    entries = tuple(row.entry.entry_number or str(row.row_numbers[0]) for row, _ in lines)
    return Declared(
        ids=tuple(each for row in rows for each in line_ids(row)),
        entries=entries,
        days=np.array([day_of(row.entry).toordinal() for row, _ in lines], dtype=np.int64),
        texts={name: np.array([each.get(name, "") for each in texts]) for name in names},
        numbers={
            name: np.array([each[place] for each in numbers], dtype=np.float64)
            for place, name in enumerate(NUMBERS)
        },
        parties={
            "importer": np.array([_named(row.entry.importer) for row, _ in lines]),
            "supplier": np.array([_named(line.manufacturer or line.seller) for _, line in lines]),
        },
    )  # fmt: skip


def line_ids(row: MappedRow) -> list[str]:
    """Return the id of each line of an entry, as `declared` has it."""
    number = row.entry.entry_number or str(row.row_numbers[0])
    return [f"{number}#{line.line_number}" for line in row.entry.lines]


def _texts(entry: Entry, line: EntryLine) -> dict[str, str]:
    origin = str(line.origin_country)
    return {
        "chapter": line.hts[:2],
        "heading": line.hts[:4],
        "origin": origin,
        "chapter_origin": f"{line.hts[:2]} {origin}",
        "export": str(entry.export_country or ""),
        "manufacturer_country": _country(line.manufacturer),
        "seller_country": _country(line.seller),
        "mode": str(entry.mode_of_transport or ""),
        "port": str(entry.port_of_entry or ""),
        "entry_type": str(entry.entry_type or ""),
        "preference": line.preference or "",
        "route": " ".join(_place(leg) for leg in entry.route),
        **{f"attribute.{name}": value for name, value in line.attributes.items()},
    }


def _numbers(entry: Entry, line: EntryLine) -> tuple[float, ...]:
    value, weight = _amount(line.entered_value_usd), _amount(line.gross_weight_kg)
    per_kg = value / weight if weight > 0 else float("nan")
    return (value, weight, per_kg, _amount(line.duty_rate_percent), float(len(entry.lines)))


def _amount(number: Decimal | None) -> float:
    return float("nan") if number is None else float(number)


def _country(party: Party | None) -> str:
    return "" if party is None else str(party.country or "")


def _named(party: Party | None) -> str:
    if party is None:
        return ""
    return str(party.number or "") or fold_name(party.name or "")


def _place(leg: RouteLeg) -> str:
    return str(leg.unlocode or leg.schedule_k or leg.schedule_d or leg.country or "")
