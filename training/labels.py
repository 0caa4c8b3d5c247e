"""Labels of lines, what they weigh, and what history learned when: from columns or outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from app.core.errors import DataRefused, InsufficientLabels
from app.core.history import KnownOutcome
from app.core.mapping import MappedRow
from app.core.mapping import Mapping as ColumnMapping
from training.ingest import day_of
from training.outcomes import OutcomeRecord, Target, kind_of, known_outcomes, line_labels

Floats = NDArray[np.float64]

MINIMUM_TRAINING = 200  # matured positives (specs: training, stage 3)
MINIMUM_HELD_OUT = 50


@dataclass(frozen=True, slots=True)
class Labels:
    """What became of lines, in the order of the rows' lines.

    `targets` (n, T): 1, 0 or NaN, the label first, then related labels; `names` (T,); `weights`
    (n,) how far a line counts. `known` is, for each entry, what history learned and when.
    """

    names: tuple[str, ...]
    targets: Floats
    weights: Floats
    known: tuple[tuple[KnownOutcome, ...], ...]

    @property
    def label(self) -> Floats:
        """The label itself (n,): 1, 0 or NaN."""
        return self.targets[:, 0]

    @property
    def is_labelled(self) -> NDArray[np.bool_]:
        """Which lines (n,) have the label."""
        return ~np.isnan(self.label)

    def take(self, rows: NDArray[np.int64]) -> "Labels":
        """Return the labels of some lines, by position; what history learned stays behind."""
        return Labels(self.names, self.targets[rows], self.weights[rows], ())


def mapped_labels(rows: Sequence[MappedRow], mapping: ColumnMapping, label: str) -> Labels:
    """Return the labels of a mapping's outcome column; raise DataRefused for an unknown label.

    They became known `known_after_days` after the entry. A related label that is unknown counts
    as not positive.
    """
    if label not in mapping.labels:
        raise DataRefused(f"found label {label!r}, wanted one of {sorted(mapping.labels)}")
    column = mapping.labels[label]
    names = (label, *column.related)
    found = [[outcome[name] for name in names] for row in rows for outcome in row.outcomes]
    targets = np.array(
        [[np.nan if each is None else float(each) for each in line] for line in found],
        dtype=np.float64,
    )
    targets[:, 1:] = np.nan_to_num(targets[:, 1:])
    delay = timedelta(days=column.known_after_days)
    known = tuple(_from_columns(row, label, delay) for row in rows)
    return Labels(names, targets, np.ones(len(targets)), known)


def _from_columns(row: MappedRow, label: str, delay: timedelta) -> tuple[KnownOutcome, ...]:
    moment = day_of(row.entry)
    return tuple(
        KnownOutcome(kind_of(bool(outcome[label])), moment + delay, (line.line_number,))
        for line, outcome in zip(row.entry.lines, row.outcomes, strict=True)
        if outcome[label] is not None
    )


def recorded_labels(
    rows: Sequence[MappedRow],
    label: str,
    by_entry: Mapping[str, Sequence[OutcomeRecord]],
    taxonomy: Mapping[str, Target],
    known_before: date | None = None,
) -> Labels:
    """Return labels of lines by outcomes on record, as known before a day (None: as known now)."""
    lines: list[tuple[float, float]] = []
    known = []
    for row in rows:
        records = by_entry.get(row.entry.entry_number or "", ())
        lines.extend(line_labels(row.entry, records, taxonomy, known_before))
        known.append(known_outcomes(records, taxonomy))
    found = np.array(lines, dtype=np.float64).reshape(-1, 2)
    return Labels((label,), found[:, :1], found[:, 1], tuple(known))


def require_positives(labels: Floats, wanted: int, where: str) -> None:
    """Raise InsufficientLabels where fewer than `wanted` lines (n,) are positive."""
    positives, lines = int(np.nansum(labels)), int((~np.isnan(labels)).sum())
    if positives < wanted:
        raise InsufficientLabels(
            f"insufficient_labels: found {positives} matured positives among {lines} labelled "
            f"lines {where}, wanted at least {wanted}; keep the model that serves"
        )
    if positives == lines:
        raise InsufficientLabels(
            f"insufficient_labels: all {lines} labelled lines {where} are positive"
        )
