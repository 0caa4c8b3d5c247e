"""What a run learns from and is judged on: files read, labelled, and split by time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.core.errors import DataRefused
from app.core.mapping import MappedRow, Mapping
from training.dataset import day_after
from training.files import file_digest
from training.ingest import QUARANTINE_LIMIT, Ingested, day_of, ingest
from training.labels import Labels, mapped_labels, recorded_labels
from training.outcomes import SHIPPED, OutcomeRecord, load_taxonomy, maturity_days, read_outcomes
from training.progress import Steps

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """Where the data lie. Either `valid` is a second file, or `valid_from` splits one by time.

    With `outcomes` labels come from a file of outcomes, read by the `taxonomy` (TOML); without
    it from the columns the mapping names.
    """

    data: Path
    label: str
    valid: Path | None = None
    valid_from: date | None = None
    outcomes: Path | None = None
    taxonomy: Path = SHIPPED
    allow_quarantine: float = QUARANTINE_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Entries before the `cut` and those after, with labels of their lines.

    `fit_lines` and `held_lines` are positions of the lines that have a mature label. Between the
    two lie at least `gap_days`, so that no label that trains was known after the cut.
    `is_recorded` says that labels come from outcomes on record, not from columns.
    """

    past: tuple[MappedRow, ...]
    past_labels: Labels
    fit_lines: Ints
    held: tuple[MappedRow, ...]
    held_labels: Labels
    held_lines: Ints
    cut: date
    gap_days: int
    snapshot_digest: str
    is_recorded: bool
    notes: tuple[str, ...]


def read_split(mapping: Mapping, options: DataOptions, steps: Steps) -> Split:
    """Return what to learn from and what to be judged on; raise DataRefused for unusable files."""
    if (options.valid is None) == (options.valid_from is None):
        raise DataRefused("wanted either --valid FILE or --valid-from DATE")
    if options.valid is not None:
        return _two_files(mapping, options, options.valid, steps)
    return _one_file(mapping, options, options.valid_from or date.max, steps)


def _two_files(mapping: Mapping, options: DataOptions, valid: Path, steps: Steps) -> Split:
    """Split as the files are: all rows of the second file were filed after the first, or raise."""
    first = ingest(options.data, mapping, steps, allowed=options.allow_quarantine)
    second = ingest(valid, mapping, steps, allowed=options.allow_quarantine)
    cut = day_after(first.rows)
    if min(day_of(row.entry) for row in second.rows) < cut:
        raise DataRefused(f"{valid.name}: has entries of before {cut}, when training data end")
    records = read_records(options, steps)
    past_labels = labels_of(first.rows, mapping, options, records, cut)
    held_labels = labels_of(second.rows, mapping, options, records)
    return Split(
        past=first.rows,
        past_labels=past_labels,
        fit_lines=np.flatnonzero(past_labels.is_labelled),
        held=second.rows,
        held_labels=held_labels,
        held_lines=np.flatnonzero(held_labels.is_labelled),
        cut=cut,
        gap_days=0,
        snapshot_digest=snapshot_digest([options.data, valid, options.outcomes]),
        is_recorded=records is not None,
        notes=(_noted(first), _noted(second)),
    )


def _one_file(mapping: Mapping, options: DataOptions, cut: date, steps: Steps) -> Split:
    """Split by day, leaving out what had no time to mature before the cut and before the end."""
    whole = ingest(options.data, mapping, steps, allowed=options.allow_quarantine)
    records = read_records(options, steps)
    past = tuple(row for row in whole.rows if day_of(row.entry) < cut)
    held = tuple(row for row in whole.rows if day_of(row.entry) >= cut)
    if not past or not held:
        raise DataRefused(
            f"--valid-from {cut}: found {len(past)} entries before, {len(held)} after"
        )
    gap, end = _maturity(whole.rows, mapping, options, records, cut)
    past_labels = labels_of(past, mapping, options, records, cut)
    held_labels = labels_of(held, mapping, options, records)
    return Split(
        past=past,
        past_labels=past_labels,
        fit_lines=_mature(past, past_labels, cut - timedelta(days=gap)),
        held=held,
        held_labels=held_labels,
        held_lines=_mature(held, held_labels, end),
        cut=cut,
        gap_days=gap,
        snapshot_digest=snapshot_digest([options.data, options.outcomes]),
        is_recorded=records is not None,
        notes=(_noted(whole), f"{gap} days before {cut} are left out: their labels were young"),
    )


Records = dict[str, list[OutcomeRecord]]


def read_records(options: DataOptions, steps: Steps) -> Records | None:
    """Return the outcomes on record, None where labels come from columns."""
    return None if options.outcomes is None else read_outcomes(options.outcomes, steps)


def labels_of(
    rows: Sequence[MappedRow],
    mapping: Mapping,
    options: DataOptions,
    records: Records | None,
    known_before: date | None = None,
) -> Labels:
    """Return labels of lines from outcomes on record, else from the mapping's column."""
    if records is None:
        return mapped_labels(rows, mapping, options.label)
    taxonomy = load_taxonomy(options.taxonomy, options.label)
    return recorded_labels(rows, options.label, records, taxonomy, known_before)


def _maturity(
    rows: Sequence[MappedRow],
    mapping: Mapping,
    options: DataOptions,
    records: Records | None,
    cut: date,
) -> tuple[int, date]:
    """Return days a label needs, and the day from which held-out entries are too young."""
    if records is None:
        column = mapping.labels.get(options.label)
        return (column.known_after_days if column else 0), date.max
    entered = {row.entry.entry_number or "": day_of(row.entry) for row in rows}
    taxonomy = load_taxonomy(options.taxonomy, options.label)
    gap = maturity_days(entered, records, taxonomy, cut)
    known = max((each.known_at for found in records.values() for each in found), default=cut)
    return gap, known - timedelta(days=gap)


def _mature(rows: Sequence[MappedRow], labels: Labels, before: date) -> Ints:
    is_old = np.array([day_of(row.entry) < before for row in rows for _ in row.entry.lines])
    return np.flatnonzero(is_old & labels.is_labelled)


def _noted(found: Ingested) -> str:
    return (
        f"{found.path.name}: {found.total} rows, {len(found.quarantined)} quarantined, "
        f"flags {dict(sorted(found.flags.items()))}"
    )


def snapshot_digest(paths: Sequence[Path | None]) -> str:
    """Return one digest over the bytes of all files given, in order."""
    digests = [file_digest(path) for path in paths if path is not None]
    return "sha256:" + sha256(json.dumps(digests).encode()).hexdigest()
