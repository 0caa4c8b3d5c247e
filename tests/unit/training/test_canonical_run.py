"""Our own files: several lines an entry, outcomes apart, a split by day with a delay gap."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.core.errors import DataRefused
from app.core.mapping import load_mapping
from tests.small_world import NOW, QUICK, silent
from training.evaluate import EvaluateOptions, evaluate
from training.ingest import day_of
from training.learn import LearnOptions
from training.progress import Steps
from training.sources import DataOptions, read_split
from training.train import TrainOptions, train

FIRST = date(2025, 1, 1)
CUT = date(2025, 12, 1)
GOODS = ("6201407511", "0306170003", "6403990000")
PLACES = ("CN", "VN", "US")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> DataOptions:
    """Sixteen months of entries of one to three lines; half of the lines have an outcome."""
    draw = np.random.default_rng(8)
    lines: list[dict[str, str]] = []
    outcomes: list[dict[str, str]] = []
    for place in range(900):
        number = f"B76{place:07d}0"
        day = FIRST + timedelta(days=place * 480 // 900)
        for line in range(1, 1 + int(draw.integers(1, 4))):
            goods, origin = int(draw.integers(3)), int(draw.integers(3))
            lines.append(
                {
                    "entry_number": number,
                    "entry_date": day.isoformat(),
                    "line_number": str(line),
                    "importer_number": f"{place % 40:02d}-0000000",
                    "manufacturer_name": f"Maker {draw.integers(50)}",
                    "manufacturer_country": PLACES[origin],
                    "export_country": "HK",
                    "hts": GOODS[goods],
                    "origin_country": PLACES[origin],
                    "entered_value_usd": f"{draw.integers(100, 90000)}.00",
                    "gross_weight_kg": f"{draw.integers(1, 900)}",
                }
            )
            if draw.random() < 0.5:
                denied = draw.random() < (0.7 if goods == origin else 0.05)
                known = day + timedelta(days=int(draw.integers(20, 70)))
                outcomes.append(
                    {
                        "entry_number": number,
                        "line_numbers": str(line),
                        "code": "seized" if denied else "examined_clear",
                        "source": "government",
                        "regime": "UFLPA",
                        "event_at": known.isoformat(),
                        "known_at": known.isoformat(),
                    }
                )
    folder = tmp_path_factory.mktemp("canonical")
    pq.write_table(pa.Table.from_pylist(lines), folder / "lines.parquet")
    pq.write_table(pa.Table.from_pylist(outcomes), folder / "outcomes.parquet")
    return DataOptions(
        data=folder / "lines.parquet",
        outcomes=folder / "outcomes.parquet",
        label="denied",
        valid_from=CUT,
    )


def test_no_label_that_trains_was_known_after_the_cut(files: DataOptions, steps: Steps) -> None:
    split = read_split(load_mapping("canonical"), files, steps)
    assert split.gap_days == 90
    days = [day_of(row.entry) for row in split.past for _ in row.entry.lines]
    assert max(days[at] for at in split.fit_lines) < CUT - timedelta(days=90)
    held = [day_of(row.entry) for row in split.held for _ in row.entry.lines]
    assert max(held[at] for at in split.held_lines) < max(held)


@pytest.mark.nightly
def test_a_run_over_our_own_files_trains_and_evaluates(
    files: DataOptions, tmp_path: Path, steps: Steps
) -> None:
    learn = LearnOptions(label="denied", candidates=QUICK, minimum_positives=30)
    out, keys = tmp_path / "models", tmp_path / "keys"
    found = train(
        TrainOptions(mapping="canonical", data=files, learn=learn, out=out, keys=keys, now=NOW),
        silent(),
    )
    assert found.evaluation["ap"] > 0.5
    assert found.evaluation["entries"]["n"] < found.evaluation["n"]
    for history in ("frozen", "replay"):
        judged = evaluate(
            EvaluateOptions(
                bundle=out,
                mapping="canonical",
                data=replace(files, valid_from=None),
                keys=keys,
                history=history,
                scores=tmp_path / f"{history}.txt",
            ),
            steps,
        )
        assert judged["history"] == history
        assert json.dumps(judged)
    frozen, replayed = ((tmp_path / f"{each}.txt").read_text() for each in ("frozen", "replay"))
    assert frozen != replayed


def test_a_file_that_ends_before_the_cut_is_refused(files: DataOptions, steps: Steps) -> None:
    late = replace(files, valid_from=date(2030, 1, 1))
    with pytest.raises(DataRefused, match="0 after"):
        read_split(load_mapping("canonical"), late, steps)
