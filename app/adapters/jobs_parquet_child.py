"""The child that reads and writes Parquet, within limits of memory and output."""

import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from app.core.canonical import canonical_json

REFUSED = 3  # exit code: what is wrong is a word on standard error
WITHOUT_PYARROW = 4
ROWS_AT_ONCE = 200
ENTRY = "entry"  # the one column of a file that holds entries as JSON texts


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take: rows, bytes it writes, address space in MiB, and seconds."""

    max_entries: int
    max_bytes: int
    address_mib: int = 4096
    wall_s: float = 120.0


class RefusedError(Exception):
    """A file that is not read, with a word for it."""


def main() -> int:
    """Do what the arguments say on standard input and output; return the exit code."""
    what, limits = sys.argv[1], Limits(*map(int, sys.argv[2:5]))
    size = limits.address_mib * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    try:
        import pyarrow as pa  # noqa: PLC0415 - heavy, and optional
    except ImportError:
        return WITHOUT_PYARROW
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        if what == "read":
            read(sys.stdin.buffer, sys.stdout.buffer, limits)
        else:
            write(sys.stdin.buffer, sys.stdout.buffer)
    except RefusedError as refused:
        sys.stderr.write(str(refused))
        return REFUSED
    return 0


def read(file: BinaryIO, lines: BinaryIO, limits: Limits) -> None:
    """Write each row as a line of JSON; raise RefusedError with a word for what is not read.

    Columns are the fields of an entry, nested as they are; or there is one column `entry` of JSON
    texts. What is null is left out.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy, and optional
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        opened = pq.ParquetFile(file)
    except (pa.ArrowException, OSError, MemoryError):
        raise RefusedError("not_parquet") from None
    if opened.metadata.num_rows > limits.max_entries:
        raise RefusedError("entries_count")
    written = 0
    try:
        for line in _lines(opened):
            written += len(line) + 1
            if written > limits.max_bytes:
                raise RefusedError("too_large")
            lines.write(line + b"\n")
    except TypeError:
        raise RefusedError("column_type") from None
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise RefusedError("not_parquet") from None
    except MemoryError:
        raise RefusedError("too_large") from None
    lines.flush()


def _lines(opened: Any) -> Iterator[bytes]:
    is_text = opened.schema_arrow.names == [ENTRY]
    for batch in opened.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
        for row in batch.to_pylist(maps_as_pydicts="strict"):
            yield _one_line(row[ENTRY]) if is_text else canonical_json(_without_nulls(row))


def _one_line(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("wanted a text")
    # between tokens a line feed is white space, and inside a string JSON has none
    return text.encode().replace(b"\n", b" ").replace(b"\r", b" ") or b"null"


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def write(results: BinaryIO, file: BinaryIO) -> None:
    """Write results, a JSON object a line, as a Parquet file: figures by column, and the whole."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and optional
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns = [
        pa.field("index", pa.int32(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("decision_id", pa.string()),
        pa.field("entry_number", pa.string()),
        pa.field("revision", pa.int32()),
        pa.field("score", pa.int32()),
        pa.field("probability", pa.float64()),
        pa.field("band", pa.string()),
        pa.field("degraded", pa.bool_()),
        pa.field("answer", pa.string()),
        pa.field("problem", pa.string()),
    ]
    rows = [_row(line) for line in results.read().splitlines()]
    table = pa.Table.from_pylist(rows, schema=pa.schema(columns))
    pq.write_table(table, pa.PythonFile(file, mode="w"), compression="zstd")
    file.flush()


def _row(line: bytes) -> dict[str, Any]:
    result = orjson.loads(line)
    answer, problem = result.get("answer"), result.get("problem")
    return {
        **(answer or {}),
        "index": result["index"],
        "status": result["status"],
        "answer": None if answer is None else orjson.dumps(answer).decode(),
        "problem": None if problem is None else orjson.dumps(problem).decode(),
    }
