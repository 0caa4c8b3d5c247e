"""Lines and outcomes by the million, drawn cheaply: what they cost is what matters, not truth."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

CHUNK = 1 << 18
FIRST_DAY, DAYS = 20_089, 1_095  # from 2025-01-01 on, three years
_COUNTRIES = ("CN", "VN", "KH", "BD", "IN", "ID", "MY", "TH", "KR", "TW", "MX", "TR", "RU", "DE")
_WAYS = ("", "|transshipment:KRPUS", "|transshipment:SGSIN", "|transshipment:HKHKG")
OUTCOME_SHARE, CORRECTED_SHARE = 0.02, 0.05

Ints = NDArray[np.int64]


def write_lines(folder: Path, entries: int, seed: int = 7) -> tuple[Path, Path]:
    """Write lines.parquet and outcomes.parquet of `entries` entries of one line; return both.

    A firm deals again and again, few deal often; an entry in fifty has an outcome, late, and one
    outcome in twenty is corrected.
    """
    draws = np.random.default_rng(seed)
    pools = _Pools(draws, max(200, entries // 40))
    lines, outcomes = folder / "lines.parquet", folder / "outcomes.parquet"
    with pq.ParquetWriter(lines, pools.lines(draws, 0, 1, entries).schema) as writer:
        rows = []
        for first in range(0, entries, CHUNK):
            count = min(CHUNK, entries - first)
            table = pools.lines(draws, first, count, entries)
            writer.write_table(table)
            rows.append(_outcomes(draws, table))
    pq.write_table(pa.concat_tables(rows), outcomes)
    return lines, outcomes


class _Pools:
    """Parties and ways from which lines are drawn."""

    def __init__(self, draws: np.random.Generator, firms: int) -> None:
        self.firms = firms
        country = draws.integers(0, len(_COUNTRIES), firms)
        self.country = pa.array([_COUNTRIES[each] for each in country])
        numbers = range(firms)
        self.name = pa.array([f"Firm {each:07d} Trading Co., Ltd." for each in numbers])
        self.city = pa.array([f"Town {each % 3_000:04d}" for each in numbers])
        self.mid = pa.array(
            [f"{_COUNTRIES[at]}FIRTRA{each % 99_999:05d}TO" for each, at in enumerate(country)]
        )
        self.importer = pa.array([f"{each:02d}-{each:07d}" for each in range(firms // 2)])
        self.filer = pa.array([f"F{each:02d}" for each in range(60)])
        self.hts = pa.array([f"{each:08d}" for each in range(3_000_000, 3_000_000 + 4_000)])
        legs = [f"lading:{code}{way}|unlading:2704" for code in _COUNTRIES for way in _WAYS]
        self.route = pa.array([None, *legs])

    def lines(self, draws: np.random.Generator, first: int, count: int, entries: int) -> pa.Table:
        numbers = np.arange(first, first + count)
        maker = (self.firms * draws.random(count) ** 3).astype(np.int64)
        buyer = (maker // 3 + draws.integers(0, 9, count)) % len(self.importer)
        hts = (maker * 7 + draws.integers(0, 12, count)) % len(self.hts)
        filer = buyer % len(self.filer)
        route = np.where(draws.random(count) < 0.3, 0, 1 + maker % (len(self.route) - 1))
        code, serial = (
            self.filer.take(filer),
            pc.utf8_lpad(pa.array(numbers).cast("string"), 8, "0"),
        )
        days = (FIRST_DAY + numbers * DAYS // entries).astype(np.int32)
        country = self.country.take(maker)
        value = draws.lognormal(9.0, 1.5, count)
        return pa.table(
            {
                "entry_number": pc.binary_join_element_wise(code, serial, ""),
                "filer_code": code,
                "entry_date": pa.array(days).cast(pa.date32()),
                "export_country": country,
                "route": self.route.take(route),
                "hts": self.hts.take(hts),
                "origin_country": country,
                "entered_value_usd": np.round(value, 2),
                "gross_weight_kg": pa.array(np.round(value / 9, 1), mask=draws.random(count) < 0.1),
                "importer_number": self.importer.take(buyer),
                "manufacturer_name": self.name.take(maker),
                "manufacturer_mid": self.mid.take(maker),
                "manufacturer_city": self.city.take(maker),
                "manufacturer_country": country,
            }
        )


def _outcomes(draws: np.random.Generator, lines: pa.Table) -> pa.Table:
    found = np.flatnonzero(draws.random(len(lines)) < OUTCOME_SHARE)
    wrong = draws.random(len(found)) < CORRECTED_SHARE
    kinds = np.array(["detained_pending", "seized", "examined_clear", "examined_clear"])
    which = np.concatenate((found, found[wrong]))
    known = lines["entry_date"].to_numpy()[which] + np.concatenate(
        (draws.integers(5, 200, len(found)), np.full(wrong.sum(), 300))
    ).astype("timedelta64[D]")
    numbers = lines["entry_number"].take(pa.array(which))
    first = np.arange(len(which)) < len(found)
    ids = pc.if_else(pa.array(first), numbers, None)
    return pa.table(
        {
            "entry_number": numbers,
            "line_numbers": pa.nulls(len(which), pa.string()),
            "code": pa.array(kinds[draws.integers(0, 4, len(which))]),
            "known_at": pa.array(known).cast(pa.date32()),
            "outcome_id": ids,
            "corrects": pc.if_else(pa.array(first), None, numbers),
        }
    )
