"""A snapshot is frozen, names the column that is wrong, and proves its bytes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.errors import DataRefused
from app.core.estimates.columns import Category
from app.core.estimates.snapshot import Provenance, Snapshot
from tests.snapshots import PROVENANCE, columns, large, snapshot

ONE = np.array([1, 0, 0, 0])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("score", [0, 10, 20, 1001]),
        ("score", [0, 10, 20, -1]),
        ("score", [0.5, 10, 20, 30]),
        ("score", [[0, 1, 2, 3]]),
        ("score", [0, 1, 2, 100_000]),
        ("score", ["a", "b", "c", "d"]),
        ("decided_at", np.full(4, np.datetime64("NaT", "s"))),
        ("value_usd", [1.0, 2.0, -3.0, 4.0]),
        ("value_usd", [1.0, 2.0, np.inf, 4.0]),
        ("outcome", [0, 0, 0, 3]),
        ("is_mature", [0, 1, 2, 0]),
        ("odds", [0.0, 0.0, 1.5, 0.0]),
        ("odds", [0.0, 0.0, np.nan, 0.0]),
        ("label_source", ONE),
        ("origin", ["CN"] * 3),
        ("hs_chapter", ["61", "62", "63"]),
        ("hs_chapter", [["61"] * 4]),
        ("hs_chapter", Category(np.array([0, 1, 2, 3], np.int32), ("61", "62"))),
        ("hs_chapter", Category(np.array([0, 0, 0, -1], np.int32), ("61",))),
        ("hs_chapter", Category(np.zeros(4), ("61",))),  # type: ignore[arg-type]
        ("reasons", ["A", "B", "C", "D"]),
        ("reasons", [["A", "B"]] * 4),
    ],
)
def test_a_wrong_column_is_named(name: str, values: Any) -> None:
    with pytest.raises(DataRefused, match=f"column {name}: "):
        snapshot(4, **{name: values})


def test_columns_that_contradict_each_other_are_named() -> None:
    with pytest.raises(DataRefused, match="column odds"):
        snapshot(4, is_drawn=ONE == 1)
    with pytest.raises(DataRefused, match="column is_drawn"):
        snapshot(4, is_drawn=ONE == 1, odds=ONE * 0.5, old_band=ONE)


def test_missing_and_unknown_columns_are_named() -> None:
    short = columns()
    del short["origin"]
    with pytest.raises(DataRefused, match="origin"):
        Snapshot.of(short, PROVENANCE)
    with pytest.raises(DataRefused, match="importer_name"):
        Snapshot.of(columns(importer_name=["x"] * 4), PROVENANCE)


def test_a_snapshot_is_frozen_and_apart_from_what_it_was_made_of() -> None:
    given = columns()
    found = Snapshot.of(given, PROVENANCE)
    given["score"][0] = 500
    assert found.score[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        found.score[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        found.origin.codes[0] = 1


def test_the_digest_is_of_every_byte() -> None:
    first = snapshot()
    assert snapshot().digest == first.digest
    changed = [
        snapshot(score=[0, 10, 20, 31]),
        snapshot(origin=["CN", "CN", "CN", "VN"]),
        snapshot(5),
        Snapshot.of(columns(), Provenance("sha256:other", "sha256:features", {})),
    ]
    assert len({first.digest, *(each.digest for each in changed)}) == 5


def test_a_snapshot_survives_its_file(tmp_path: Path) -> None:
    found = large(500)
    path = tmp_path / "snapshot.npz"
    found.save(path)
    again = Snapshot.load(path)
    assert again.digest == found.digest
    assert again.provenance == found.provenance
    assert again.reasons.names == found.reasons.names
    assert np.array_equal(again.score, found.score)


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.npz"
    snapshot().save(path)
    with np.load(path) as file:
        members = {name: file[name] for name in file.files}
    members["score"] = members["score"] + 1
    np.savez(path, **members)
    with pytest.raises(DataRefused, match="wanted sha256"):
        Snapshot.load(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no more", b"score,origin\n1,CN\n"])
def test_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(DataRefused, match=r"other\.npz"):
        Snapshot.load(path)


def test_a_file_without_its_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.npz"
    np.savez(path, score=np.zeros(3))
    with pytest.raises(DataRefused, match=r"bare\.npz"):
        Snapshot.load(path)


def test_names_keep_their_order_and_say_which_are_empty() -> None:
    found = Category.of(["b", "", "a", "b"])
    assert (found.names, found.codes.tolist()) == (("b", "", "a"), [0, 1, 2, 0])
    assert found.is_named().tolist() == [True, False, True, True]
    assert found.take(np.array([2])).tolist() == [2]
    assert Category.of([]).is_named().tolist() == []
