"""Stages are skipped where nothing they read changed, and leave nothing half done that counts."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.errors import DataRefused
from tests.small_world import silent
from training.job.artefacts import read_arrays, read_json, write_arrays, write_json
from training.job.stages import (
    MANIFEST,
    Stage,
    Stopped,
    code_version,
    locked,
    read_manifest,
    run_stages,
)


@dataclass
class Counting:
    """A run of two stages that counts what it does."""

    first: int = 1
    second: int = 1
    ran: list[str] = field(default_factory=list)
    stops: bool = False


def make_first(run: Counting, out: Path) -> None:
    run.ran.append("first")
    write_json(out / "first.json", {"value": run.first})


def make_second(run: Counting, out: Path) -> None:
    run.ran.append("second")
    if run.stops:
        raise Stopped("refused", ["no"])
    value = read_json(out.parent / "00-first" / "first.json")["value"]
    write_json(out / "second.json", {"value": value + run.second})


def key(name: str) -> Any:
    return lambda run: {name: getattr(run, name)}


STAGES = (
    Stage("first", make_first, (), key("first")),
    Stage("second", make_second, ("first",), key("second")),
)


def go(run: Counting, folder: Path, **more: Any) -> tuple[str, ...]:
    return run_stages(STAGES, run, folder, silent(), **more)


def test_what_has_not_changed_is_not_done_again(tmp_path: Path) -> None:
    assert go(Counting(), tmp_path) == ("first", "second")
    assert go(Counting(), tmp_path) == ()
    assert go(Counting(second=5), tmp_path) == ("second",)
    assert go(Counting(first=2, second=5), tmp_path) == ("first", "second")
    assert read_json(tmp_path / "01-second" / "second.json") == {"value": 7}


def test_a_change_that_leaves_the_same_artefacts_ends_there(tmp_path: Path) -> None:
    go(Counting(), tmp_path)
    notes = json.loads((tmp_path / MANIFEST).read_text())
    notes["stages"]["first"]["key"] = "another"
    (tmp_path / MANIFEST).write_text(json.dumps(notes))
    run = Counting()
    assert go(run, tmp_path) == ("first", "second")  # later stages were dropped with it


@pytest.mark.parametrize("damage", ["change", "remove", "add"])
def test_an_artefact_that_is_not_what_was_written_is_made_anew(tmp_path: Path, damage: str) -> None:
    go(Counting(), tmp_path)
    path = tmp_path / "00-first" / "first.json"
    if damage == "change":
        path.write_text("{}")
    elif damage == "remove":
        path.unlink()
    else:
        (path.parent / "more").write_text("")
    assert go(Counting(), tmp_path) == ("first", "second")
    assert read_json(path) == {"value": 1}
    assert not (path.parent / "more").exists()


def test_files_count_only_once_the_manifest_names_them(tmp_path: Path) -> None:
    def cut(name: str) -> None:
        if name == "second":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(Counting(), tmp_path, before_commit=cut)
    assert list(read_manifest(tmp_path)) == ["first"]
    assert go(Counting(), tmp_path) == ("second",)


def test_a_stage_that_stops_keeps_what_came_before_it(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="refused: no"):
        go(Counting(stops=True), tmp_path)
    assert list(read_manifest(tmp_path)) == ["first"]


def test_a_folder_is_held_by_one_run_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(DataRefused, match="another run"), locked(tmp_path):
        raise AssertionError
    with locked(tmp_path):
        pass


@pytest.mark.parametrize("text", ["{", '{"format": 2, "stages": {}}', '{"format": 1}', "[]"])
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(DataRefused, match="start anew"):
        read_manifest(tmp_path)


def test_the_code_has_one_digest() -> None:
    assert code_version() == code_version()
    assert code_version().startswith("sha256:")


def test_arrays_are_the_same_bytes_whenever_they_are_written(tmp_path: Path) -> None:
    arrays = {"b": np.arange(3.0), "a": np.array(["x", "yz"])}
    for name in ("one", "two"):
        write_arrays(tmp_path / name, arrays)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    found = read_arrays(tmp_path / "one")
    assert found["a"].tolist() == ["x", "yz"]
    with pytest.raises(ValueError, match="Object arrays"):
        write_arrays(tmp_path / "three", {"a": np.array([None])})
