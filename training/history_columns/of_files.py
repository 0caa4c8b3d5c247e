"""History features of a Parquet file, written to another; memory does not grow with its rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.core.errors import DataRefused
from training.history_columns.chunks import wanted_columns
from training.history_columns.computing import Computed, HistoryColumns, ahead
from training.history_columns.events import OutcomeFile
from training.history_columns.layout import FEATURE_NAMES
from training.outcomes import SHIPPED, load_taxonomy, read_outcomes
from training.progress import Steps

BATCH_LINES: Final = 1 << 17
_IDS: Final = (("entry_number", pa.string()), ("line_number", pa.int32()))
_SCHEMA: Final = pa.schema([*_IDS, *((name, pa.float64()) for name in FEATURE_NAMES)])


@dataclass(frozen=True, slots=True)
class Options:
    """Files of one run: `data` and `outcomes` are read (None: no outcome is known), `out` written.

    `taxonomy` says what outcome codes mean.
    """

    data: Path
    out: Path
    outcomes: Path | None = None
    taxonomy: Path = SHIPPED


def compute_file(options: Options, steps: Steps) -> int:
    """Write the history features of `options.data` to `options.out`; return how many lines.

    One row a line in file order: entry_number, line_number, then FEATURE_NAMES. Raises DataRefused
    as HistoryColumns.features does; then nothing new is left at `out`.
    """
    try:
        file = pq.ParquetFile(options.data)
    except (OSError, ValueError) as error:
        raise DataRefused(f"{options.data.name}: {error}") from error
    wanted = wanted_columns(file.schema_arrow.names)
    columns = HistoryColumns(_outcomes(options, steps))
    computed = ahead(columns.features(file.iter_batches(batch_size=BATCH_LINES, columns=wanted)))
    rows = file.metadata.num_rows
    with _written(options.out) as writer:
        for each in steps.track(computed, "History features", rows, lambda one: len(one.chunk)):
            writer.write_batch(_batch(each))
    return int(rows)


def _outcomes(options: Options, steps: Steps) -> OutcomeFile | None:
    if options.outcomes is None:
        return None
    taxonomy = load_taxonomy(options.taxonomy)
    return OutcomeFile(read_outcomes(options.outcomes, steps), taxonomy)


def _batch(computed: Computed) -> pa.RecordBatch:
    chunk = computed.chunk
    entries = np.repeat(np.arange(len(chunk.numbers)), np.diff(chunk.starts))
    ids = [chunk.numbers.take(pa.array(entries)), pa.array(chunk.line_numbers)]
    return pa.record_batch([*ids, *map(pa.array, computed.features)], schema=_SCHEMA)


@contextmanager
def _written(out: Path) -> Iterator[pq.ParquetWriter]:
    """Give a writer of a file that is at `out` once all is well, and nowhere else."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.part")
    try:
        # numbers that hardly repeat: dictionaries and compression would cost more than they save
        with pq.ParquetWriter(
            beside, _SCHEMA, compression="none", use_dictionary=False, write_statistics=False
        ) as writer:
            yield writer
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
