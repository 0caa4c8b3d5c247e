"""Lines and outcomes for tests of history in columns, and what replay says of them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.core.features import FEATURES
from app.core.features.facts import EntryFacts, LineFacts
from app.core.history import History
from app.core.mapping import load_mapping
from tests.filings import shipped
from tests.small_world import silent
from training.dataset import day_after, replay_past
from training.history_columns import FEATURE_NAMES, HistoryColumns, OutcomeFile
from training.history_columns.chunks import wanted_columns
from training.ingest import day_of, ingest
from training.labels import recorded_labels
from training.outcomes import load_taxonomy, read_outcomes
from training.synthetic import Plan, make_world

Floats = NDArray[np.float64]
Rows = list[dict[str, Any]]
FEATURES_OF_HISTORY = tuple(each for each in FEATURES if each.name in FEATURE_NAMES)
CORRECTED_SHARE = 0.1
_FIRMS = ("Example Trading Co., Ltd.", "EXAMPLE TRADING", "Another Garment", "Third Foods")


def world_folder(folder: Path, entries: int, seed: int = 11) -> Path:
    """Write a synthetic world of late outcomes, one in ten of them corrected; return its folder."""
    world = make_world(Plan(entries=entries, seed=seed, nexus_share=0.06))
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(world.lines, folder / "lines.parquet")
    pq.write_table(with_corrections(world.outcomes, seed), folder / "outcomes.parquet")
    return folder


def with_corrections(outcomes: pa.Table, seed: int) -> pa.Table:
    """Return outcomes with ids, and after them one in ten again: other lines, code and later."""
    draws = np.random.default_rng(seed)
    ids = [f"outcome {number}" for number in range(len(outcomes))]
    wrong = np.flatnonzero(draws.random(len(outcomes)) < CORRECTED_SHARE)
    rows = outcomes.take(pa.array(wrong)).to_pylist()
    for row, of in zip(rows, wrong.tolist(), strict=True):
        row["known_at"] += timedelta(days=int(draws.integers(0, 120)))
        row["code"] = str(draws.choice(["examined_clear", "seized", "document_check_nexus"]))
        row |= {"outcome_id": f"again {of}", "corrects": ids[of]}
    first = outcomes.append_column("outcome_id", pa.array(ids)).append_column(
        "corrects", pa.nulls(len(outcomes), pa.string())
    )
    return pa.concat_tables([first, pa.Table.from_pylist(rows, first.schema)])


def odd_rows(entries: int, seed: int) -> tuple[Rows, Rows]:
    """Return lines and outcomes as text in which anything may be missing, spelt or dated oddly."""
    draws = np.random.default_rng(seed)

    def some(*values: str | None) -> str | None:
        return values[draws.integers(len(values))]

    lines, outcomes, day = [], [], date(2026, 1, 5)
    for number in range(entries):
        day += timedelta(days=int(draws.choice([0, 0, 1, 30])))
        dated = some("entry_date", "arrival_date") or ""
        shared = {
            "entry_number": f"B76{number:08d}" if number % 3 else f"B76-{number:07d}-0",
            "filer_code": some(None, "B76", "C10"),
            "entry_date": None,
            "arrival_date": None,
            dated: day.isoformat(),
            "export_country": some(None, "CN", "KR"),
            "route": some(None, "lading:CNDLC", "lading:CN|unlading:2704", "lading:46238"),
            "importer_name": some(None, *_FIRMS),
            "importer_number": some(None, None, "12-34567", "1234567"),
        }
        for place in range(int(draws.integers(1, 4))):
            lines.append(shared | _odd_line(some, place + 1 if number % 5 else None))
        if draws.random() < 0.5:
            outcomes += _odd_outcomes(some, number, day + timedelta(int(draws.integers(-9, 90))))
    return lines, outcomes


def _odd_outcomes(some: Any, number: int, known: date) -> Rows:
    printed = f"B76{number:08d}" if number % 3 else f"B76{number:07d}0"
    first = {
        "entry_number": printed,
        "line_numbers": some(None, "1", "2|3", "9"),
        "code": some("seized", "abandoned", "examined_clear", "detained_pending"),
        "known_at": known.isoformat(),
        "outcome_id": str(number),
        "corrects": None,
    }
    corrected = known + timedelta(days=int(some("-3", "0", "40")))
    again = {
        "line_numbers": some(None, "1"),
        "code": some("examined_clear", "not_examined"),
        "known_at": corrected.isoformat(),
        "outcome_id": f"{number} again",
        "corrects": str(number),
    }
    return [first, first | again] if number % 2 else [first]


def _odd_line(some: Any, number: int | None) -> dict[str, str | None]:  # some draws a text
    return {
        "line_number": None if number is None else str(number),
        "hts": some("620140", "6201407511", "030614", "0306141000"),
        "origin_country": some("CN", "VN", "RU"),
        "entered_value_usd": some("0", "100", "99.5", "1e4"),
        "gross_weight_kg": some(None, "0", "-4", "12.5", "900"),
        "manufacturer_name": some(None, *_FIRMS),
        "manufacturer_number": some(None, None, "77-1"),
        "manufacturer_mid": some(None, "CNEXATRA12DAN", "XOMAP12TOR"),
        "manufacturer_city": some(None, "Dandong", "DAN DONG", "丹东", "Toronto"),
        "manufacturer_country": some(None, "CN", "CA"),
        "seller_name": some(None, *_FIRMS),
        "seller_number": some(None, "5"),
        "seller_mid": some(None, "CNEXATRA12DAN"),
        "seller_country": some(None, "CN"),
    }


def write_rows(folder: Path, lines: Rows, outcomes: Rows) -> Path:
    """Write rows of text as lines.parquet and outcomes.parquet; return the folder."""
    for name, rows in (("lines", lines), ("outcomes", outcomes)):
        schema = pa.schema([(column, pa.string()) for column in rows[0]])
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / f"{name}.parquet")
    return folder


def computed(folder: Path, batch_lines: int = 1_000) -> Floats:
    """Return the features (lines, features) of a folder's files, computed in columns."""
    outcomes = read_outcomes(folder / "outcomes.parquet", silent())
    columns = HistoryColumns(OutcomeFile(outcomes, load_taxonomy()))
    file = pq.ParquetFile(folder / "lines.parquet")
    wanted = wanted_columns(file.schema_arrow.names)
    batches = file.iter_batches(batch_size=batch_lines, columns=wanted)
    return np.concatenate([each.features.T for each in columns.features(batches)])


def replayed(folder: Path) -> Floats:
    """Return the features (lines, features) of a folder's files, by replay."""
    rows = ingest(folder / "lines.parquet", load_mapping("canonical"), silent(), allowed=0.0).rows
    by_entry = read_outcomes(folder / "outcomes.parquet", silent())
    known = recorded_labels(rows, "denied", by_entry, load_taxonomy()).known
    reads = replay_past(rows, known, History(), day_after(rows), silent())
    found = []
    for row, read in zip(rows, reads, strict=True):
        at = day_of(row.entry)
        shared = EntryFacts(row.entry, shipped(), at)
        for line, history in zip(row.entry.lines, read, strict=True):
            facts = LineFacts(row.entry, line, history, (), shipped(), at, shared)
            found.append([feature.compute(facts) for feature in FEATURES_OF_HISTORY])
    return np.array(found)


def differing(found: Floats, wanted: Floats, tolerance: float = 1e-9) -> Mapping[str, int]:
    """Return how many lines differ by more than `tolerance`, by feature; NaN is equal to NaN."""
    is_near = (np.isnan(found) & np.isnan(wanted)) | (np.abs(found - wanted) <= tolerance)
    counts = (~is_near).sum(axis=0)
    named = zip(FEATURE_NAMES, counts.tolist(), strict=True)
    return {name: count for name, count in named if count}


def perturbed(lines: Rows, outcomes: Rows, after: int, seed: int) -> tuple[Rows, Rows]:
    """Return rows in which everything after line `after` and all that was known later is other.

    Entries stay whole: `after` is moved to the end of its entry. Days of entries stay.
    """
    draws = np.random.default_rng(seed)
    end = end_of_entry(lines, after)
    day = _day(lines[end - 1])
    order = draws.permutation(np.arange(end, len(lines)))
    changed = [
        {
            **lines[of],
            **{name: lines[at][name] for name in ("entry_number", *_DATES, "line_number")},
        }
        | {"entered_value_usd": str(int(draws.integers(1, 10**6))), "filer_code": "D99"}
        for at, of in zip(range(end, len(lines)), order.tolist(), strict=True)
    ]
    later = [
        {
            **row,
            "code": "seized",
            "known_at": (day + timedelta(days=int(draws.integers(0, 60)))).isoformat(),
        }
        for row in outcomes
        if row["known_at"] >= day.isoformat() and draws.random() < 0.5
    ]
    known = [row for row in outcomes if row["known_at"] < day.isoformat()]
    return [*lines[:end], *_alike(changed)], [*known, *later]


_DATES = ("entry_date", "arrival_date")
_OF_ENTRY = ("export_country", "route", "importer_name", "importer_number")


def end_of_entry(lines: Sequence[Mapping[str, Any]], place: int) -> int:
    """Return where the entry that holds the line at `place` ends."""
    end = place + 1
    while end < len(lines) and lines[end]["entry_number"] == lines[place]["entry_number"]:
        end += 1
    return end


def _alike(lines: Rows) -> Rows:
    """Return lines that agree about their entry: each takes what the first of its entry says."""
    first: dict[str, dict[str, Any]] = {}
    return [
        row | {name: first.setdefault(row["entry_number"], row)[name] for name in _OF_ENTRY}
        for row in lines
    ]


def _day(row: Mapping[str, Any]) -> date:
    return date.fromisoformat(row["entry_date"] or row["arrival_date"])
