"""Parquet is read row by row within limits, in a process of its own, and written with columns."""

import io
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.adapters.jobs_parquet import ChildParquet
from app.adapters.jobs_parquet_child import Limits, RefusedError, read, write
from app.adapters.jobs_spool import FileSpool
from app.core.errors import UnsupportedMediaType
from app.core.refusals import InvalidJob, JobsUnavailable

LIMITS = Limits(max_entries=100, max_bytes=10_000)
PARTY = pa.struct([("name", pa.string()), ("country", pa.string())])
ROW = {
    "entry_date": date(2026, 11, 24),
    "importer": {"name": None, "country": "US"},
    "carrier_scac": None,
    "lines": [{"entered_value_usd": Decimal("48250.00"), "gross_weight_kg": 1.5}],
    "attributes": [("tax_type", "A")],
}
SCHEMA = pa.schema(
    [
        ("entry_date", pa.date32()),
        ("importer", PARTY),
        ("carrier_scac", pa.string()),
        (
            "lines",
            pa.list_(
                pa.struct(
                    [("entered_value_usd", pa.decimal128(12, 2)), ("gross_weight_kg", pa.float64())]
                )
            ),
        ),
        ("attributes", pa.map_(pa.string(), pa.string())),
    ]
)


def parquet(rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> BinaryIO:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), file)
    file.seek(0)
    return file


def lines_of(file: BinaryIO, limits: Limits = LIMITS) -> list[bytes]:
    lines = io.BytesIO()
    read(file, lines, limits)
    return lines.getvalue().splitlines()


def test_rows_are_entries_as_the_wire_contract_has_them() -> None:
    (line,) = lines_of(parquet([ROW], SCHEMA))
    assert orjson.loads(line) == {
        "entry_date": "2026-11-24",
        "importer": {"country": "US"},
        "lines": [{"entered_value_usd": "48250", "gross_weight_kg": 1.5}],
        "attributes": {"tax_type": "A"},
    }


def test_a_column_of_texts_is_taken_as_it_is_but_for_its_line_feeds() -> None:
    texts = ['{"a":\n1}', '{"a":1,"a":2}', ""]
    found = lines_of(parquet([{"entry": each} for each in texts]))
    assert found == [b'{"a": 1}', b'{"a":1,"a":2}', b"null"]


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (io.BytesIO(b"PAR1 no PAR1"), "not_parquet"),
        (parquet([{"entry": "{}"}] * 101), "entries_count"),
        (parquet([{"entry": "x" * 200}] * 60), "too_large"),
        (parquet([{"lines": b"bytes"}]), "column_type"),
        (parquet([{"entry": None}], pa.schema([("entry", pa.string())])), "column_type"),
    ],
)
def test_what_is_not_read_is_said_in_a_word(file: BinaryIO, word: str) -> None:
    with pytest.raises(RefusedError, match=word):
        lines_of(file)


def test_a_file_damaged_inside_is_refused() -> None:
    whole = parquet([{"entry": f"text {at}"} for at in range(100)]).read()
    middle = len(whole) // 8
    damaged = whole[:middle] + bytes(255 - each for each in whole[middle : middle + 40])
    with pytest.raises(RefusedError):
        lines_of(io.BytesIO(damaged + whole[middle + 40 :]))


def test_results_are_written_with_figures_by_column() -> None:
    answer = {"decision_id": "D1", "score": 7, "probability": 0.25, "band": "hold", "lines": []}
    results = [
        orjson.dumps({"index": 0, "status": "scored", "answer": answer}),
        orjson.dumps({"index": 1, "status": "refused", "problem": {"status": 422}}),
    ]
    file = io.BytesIO()
    write(io.BytesIO(b"\n".join(results)), file)
    scored, refused = pq.read_table(io.BytesIO(file.getvalue())).to_pylist()
    assert (scored["score"], scored["band"], scored["problem"]) == (7, "hold", None)
    assert orjson.loads(scored["answer"]) == answer
    assert (refused["index"], refused["answer"], refused["problem"]) == (1, None, '{"status":422}')


@pytest.fixture
def files() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as lines:
        file.write(parquet([ROW], SCHEMA).read())
        file.seek(0)
        yield file, lines


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(100, 10_000, wall_s=0.001), "too_large"),
        (Limits(0, 10_000), "entries_count"),
    ],
)
def test_a_child_that_ends_in_any_way_is_a_refusal(
    files: tuple[BinaryIO, BinaryIO], limits: Limits, code: str
) -> None:
    with pytest.raises(InvalidJob) as refused:
        ChildParquet(limits).read(*files)
    assert refused.value.problems[0].code == code


def test_a_child_that_does_not_write_in_time_is_said() -> None:
    with pytest.raises(JobsUnavailable):
        ChildParquet(Limits(1, 1, wall_s=0.001)).write([b"{}"])


def test_a_child_that_dies_while_it_writes_is_said() -> None:
    with pytest.raises(JobsUnavailable):
        ChildParquet(LIMITS).write([b"no JSON"])


def test_where_pyarrow_cannot_be_imported_it_is_said(files: tuple[BinaryIO, BinaryIO]) -> None:
    narrow = ChildParquet(Limits(100, 10_000, address_mib=64))  # it does not fit in there
    with pytest.raises(UnsupportedMediaType):
        narrow.read(*files)
    with pytest.raises(UnsupportedMediaType):
        narrow.write([b"{}"])


def test_a_spooled_body_has_no_name_and_a_disk_that_refuses_is_said(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path / "spool")
    with spool.open() as file:
        file.write(b"body")
        assert list((tmp_path / "spool").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(JobsUnavailable):
        FileSpool(tmp_path / "file").open()
