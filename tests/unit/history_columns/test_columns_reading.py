"""What is read of a file before history is computed: order, types, refusals, and the command."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from app.core.errors import DataRefused
from tests.history_worlds import computed, odd_rows, write_rows
from tests.small_world import silent
from training.cli import EXIT_REFUSED, app
from training.history_columns import (
    FEATURE_NAMES,
    HistoryColumns,
    Options,
    OutcomeFile,
    compute_file,
)
from training.history_columns.chunks import Chunk, Reading, wanted_columns
from training.history_columns.interning import Keys, Pairs
from training.history_columns.texts import Texts
from training.outcomes import OutcomeRecord, load_taxonomy

DAY = date(2026, 3, 2)


def _batch(**columns: Any) -> pa.RecordBatch:
    rows = len(columns.get("entry_number", [1]))
    whole: dict[str, Any] = {
        "entry_number": ["B7600000001"],
        "entry_date": [date(2026, 3, 2)] * rows,
        "hts": ["620140"] * rows,
        "origin_country": ["CN"] * rows,
        "entered_value_usd": [100.0] * rows,
    } | columns
    return pa.RecordBatch.from_pydict(
        {name: values for name, values in whole.items() if values is not None}
    )


def _chunk(**columns: Any) -> Chunk:
    (chunk,) = Reading().chunks([_batch(**columns)])
    return chunk


def test_an_entry_that_goes_on_in_the_next_batch_stays_whole() -> None:
    numbers = ["B7600000001", "B7600000001", "B7600000002"]
    batches = [_batch(entry_number=numbers), _batch(entry_number=numbers[2:] * 2)]
    sizes = [np.diff(each.starts).tolist() for each in Reading().chunks(batches)]
    assert sizes == [[2], [3]]


def test_a_file_without_rows_has_no_chunks() -> None:
    assert list(Reading().chunks([])) == []
    assert list(Reading().chunks([_batch().slice(0, 0)])) == []


def test_typed_and_written_numbers_and_days_are_the_same() -> None:
    typed = _chunk(
        gross_weight_kg=pa.array([Decimal(1250)], pa.decimal128(9, 2)), line_number=pa.array([7])
    )
    written = _chunk(
        entered_value_usd=[" 100.00 "], entry_date=["2026-03-02"], gross_weight_kg=["1250"],
        line_number=["7"],
    )  # fmt: skip
    for chunk in (typed, written):
        assert (chunk.values[0], chunk.kilos[0]) == (100.0, 1250.0)
        assert (int(chunk.days[0]), int(chunk.line_numbers[0])) == (date(2026, 3, 2).toordinal(), 7)
    assert len(typed) == 1


def test_a_column_of_a_dictionary_is_read_as_its_texts() -> None:
    coded = pa.array(["CN"]).dictionary_encode()
    codes = _chunk(origin_country=coded, entry_number=coded).codes
    assert np.array_equal(np.asarray(codes["origin_country"]), [1])


def test_dates_fall_back_to_arrival_and_a_moment_counts_for_its_day() -> None:
    chunk = _chunk(entry_date=[""], arrival_date=["2026-03-04T10:00:00"])
    assert int(chunk.days[0]) == date(2026, 3, 4).toordinal()


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [(None, [1, 2]), ([4, 4], [1, 2]), ([4, 9], [4, 9]), ([None, 2], [1, 2])],
)
def test_lines_without_numbers_of_their_own_are_numbered_in_order(
    declared: list[int | None] | None, wanted: list[int]
) -> None:
    chunk = _chunk(entry_number=["B7600000001"] * 2, line_number=declared)
    assert chunk.line_numbers.tolist() == wanted


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"entry_date": [None]}, "neither entry_date nor arrival_date"),
        ({"entry_date": ["soon"]}, "wanted a day"),
        ({"entered_value_usd": [None]}, "without entered_value_usd"),
        ({"entered_value_usd": [-1.0]}, "below 0"),
        ({"entered_value_usd": ["much"]}, "wanted a number"),
        ({"entry_number": [None]}, "without entry_number"),
        ({"hts": ["jacket"]}, "hts"),
        ({"hts": [None]}, "without hts"),
        ({"origin_country": ["  "]}, "without origin_country"),
    ],
)
def test_what_train_would_set_aside_is_refused(columns: Mapping[str, Any], said: str) -> None:
    with pytest.raises(DataRefused, match=said):
        _chunk(**columns)


def test_entries_out_of_order_are_refused() -> None:
    later, sooner = date(2026, 3, 3), date(2026, 3, 2)
    numbers = ["B7600000001", "B7600000002"]
    with pytest.raises(DataRefused, match="sort the file"):
        _chunk(entry_number=numbers, entry_date=[later, sooner])
    batches = [
        _batch(entry_number=[number] * 2, entry_date=[day] * 2)
        for number, day in zip(numbers, (later, sooner), strict=True)
    ]
    with pytest.raises(DataRefused, match="sort the file"):
        list(Reading().chunks(batches))


def test_an_outcome_of_lines_that_are_not_there_changes_nothing() -> None:
    records = {"B7600000001": [OutcomeRecord("B7600000001", (9,), "seized", "", DAY, DAY)]}
    outcomes = OutcomeFile(records, load_taxonomy())
    batch = _batch(entry_number=["B7600000001"])
    found, wanted = (
        next(iter(HistoryColumns(known).features([batch]))).features for known in (outcomes, None)
    )
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("header", "said"),
    [(["hts"], "entry_number"), (["entry_number", "hts", "origin_country", "entered_value_usd"],
                                 "entry_date or arrival_date")],
)  # fmt: skip
def test_a_file_without_what_history_needs_is_refused(header: list[str], said: str) -> None:
    with pytest.raises(DataRefused, match=said):
        wanted_columns(header)


def test_texts_that_mean_the_same_have_one_number() -> None:
    texts = Texts("name", str.upper)
    found = texts.numbers(pa.array(["a", None, " A ", "", "b"]))
    assert found.tolist() == [1, 0, 1, 0, 2]
    assert texts.numbers(pa.array(["b"])).tolist() == [2]
    assert texts.values == [None, "A", "B"]


def test_pairs_keep_their_numbers_when_their_table_grows() -> None:
    pairs = Pairs()
    one = np.arange(5_000, dtype=np.int32)
    assert pairs.numbers(one, one).tolist() == one.tolist()
    assert pairs.numbers(one[::-1], one[::-1]).tolist() == one[::-1].tolist()


def test_tuples_that_make_the_same_key_have_one_number() -> None:
    keys = Keys(2, lambda numbers: None if numbers[0] == 0 else f"key {numbers[0] % 3}")
    one = np.array([0, 1, 4, 2], np.int32)
    assert keys.numbers((one, one), 4).tolist() == [-1, 0, 0, 1]
    assert keys.numbers((one[2:], one[2:]), 2).tolist() == [0, 1]
    assert (len(keys), keys.texts) == (2, ["key 1", "key 2"])
    assert Keys(2, lambda _: "none").numbers((None, None), 3).tolist() == [-1, -1, -1]


def test_very_many_texts_keep_their_numbers() -> None:
    texts = Texts("name", str)
    many = pa.array([f"text {number}" for number in range(5_000)])
    assert texts.numbers(many).tolist() == list(range(1, 5_001))
    assert texts.numbers(many.slice(4_000, 3)).tolist() == [4_001, 4_002, 4_003]
    assert texts.numbers(pa.nulls(2)).tolist() == [0, 0]


def test_without_outcomes_none_is_known() -> None:
    columns = HistoryColumns()
    (found,) = columns.features([_batch(entry_number=["B7600000001"])])
    assert found.features.shape == (len(FEATURE_NAMES), 1)
    assert columns.keys == 2  # the filer and the goods
    assert columns.state_bytes > 0


def test_many_parties_are_told_apart() -> None:
    numbers = [f"B76{number:08d}" for number in range(500)]
    columns = HistoryColumns()
    batches = [
        _batch(entry_number=numbers, importer_number=numbers, manufacturer_name=numbers)
        for numbers in (numbers, numbers)
    ]
    features = np.concatenate([each.features for each in columns.features(batches)], axis=1)
    assert columns.keys == 1002  # with the filer and the goods
    never_seen = features[FEATURE_NAMES.index("party.supplier_never_seen")]
    new_supplier = features[FEATURE_NAMES.index("party.importer_new_supplier")]
    assert (never_seen[:500] == 1.0).all()
    assert (never_seen[500:] == 0.0).all()
    assert (new_supplier[500:] == 0.0).all()


def test_the_command_writes_the_features_of_every_line(tmp_path: Path) -> None:
    folder = write_rows(tmp_path, *odd_rows(30, seed=8))
    out = folder / "made" / "features.parquet"
    result = CliRunner().invoke(
        app,
        ["history", "--data", str(folder / "lines.parquet"), "--out", str(out),
         "--outcomes", str(folder / "outcomes.parquet")],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    found = pq.read_table(out)
    assert found.schema.names == ["entry_number", "line_number", *FEATURE_NAMES]
    features = np.array([found[name].to_numpy() for name in FEATURE_NAMES]).T
    np.testing.assert_array_equal(features, computed(folder))
    assert f"{len(features)} lines" in result.output


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    lines, outcomes = odd_rows(10, seed=9)
    lines[-1]["origin_country"] = "nowhere"
    folder = write_rows(tmp_path, lines, outcomes)
    out = folder / "features.parquet"
    result = CliRunner().invoke(
        app, ["history", "--data", str(folder / "lines.parquet"), "--out", str(out)]
    )
    assert result.exit_code == EXIT_REFUSED
    assert sorted(each.name for each in folder.iterdir()) == ["lines.parquet", "outcomes.parquet"]


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    for name in ("missing.parquet", "text.parquet"):
        (tmp_path / "text.parquet").write_text("a,b\n", "utf-8")
        with pytest.raises(DataRefused, match=name):
            compute_file(Options(tmp_path / name, tmp_path / "out.parquet"), silent())
