"""Stages in a run folder: artefacts with digests, skipped where nothing they read has changed."""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Generic, TypeVar

import app
import training
from app.core.canonical import canonical_json, digest
from app.core.errors import DataRefused
from app.core.model.runtime import Runtime
from training.files import file_digest, write_atomically
from training.progress import Steps

MANIFEST = "run.json"
LOCK = ".lock"
FORMAT = 1
_ANEW = "remove the run folder to start anew"
_SOURCES = ("*.py", "*.csv", "*.toml", "*.html")

R = TypeVar("R")


class Stopped(Exception):
    """A stage ends the run: `verdict` is one of VERDICTS (verdicts.py), `reasons` say why."""

    def __init__(self, verdict: str, reasons: Sequence[str]) -> None:
        super().__init__(f"{verdict}: {'; '.join(reasons)}")
        self.verdict = verdict
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Stage(Generic[R]):
    """One stage: `work` writes files into its folder, reading those of the stages in `reads`.

    `key` gives everything else it depends on as JSON values: parts of the configuration, digests
    of files outside of the run folder.
    """

    name: str
    work: Callable[[R, Path], None]
    reads: tuple[str, ...]
    key: Callable[[R], Mapping[str, Any]]


@cache
def code_version() -> str:
    """Return a digest of the code, its tables and the libraries that a run's bytes depend on."""
    found = sha256(canonical_json(dict(Runtime.current().libraries)))
    for package in (app, training):
        room = Path(str(package.__file__)).parent
        room = room / "core" if package is app else room
        for path in sorted({path for kind in _SOURCES for path in room.rglob(kind)}):
            found.update(f"{path.relative_to(room)} {file_digest(path)}\n".encode())
    return f"sha256:{found.hexdigest()}"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run folder; raise DataRefused where another run has it. A killed run lets go."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataRefused(f"{folder.name}: another run is at work in this folder") from error
        yield


def run_stages(
    stages: Sequence[Stage[R]],
    run: R,
    folder: Path,
    steps: Steps,
    *,
    before_commit: Callable[[str], None] = lambda _: None,
) -> tuple[str, ...]:
    """Run what has to be run, in order; return the names of the stages that were.

    A stage whose key, code, inputs and artefacts are as recorded is skipped. Its files count once
    the manifest names them, which is replaced in one step: after a kill the stage starts anew.
    `before_commit` is called with a stage's name between the two. Raises what stages raise.
    """
    notes = read_manifest(folder)
    ran = []
    for place, stage in enumerate(stages):
        key = _key(stage, run, notes)
        directory = folder / f"{place:02d}-{stage.name}"
        if notes.get(stage.name, {}).get("key") == key and _is_whole(
            directory, notes[stage.name]["files"]
        ):
            steps.say(f"{stage.name}: nothing changed, kept")
            continue
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        stage.work(run, directory)
        before_commit(stage.name)
        notes[stage.name] = {"key": key, "folder": directory.name, "files": _digests(directory)}
        for later in stages[place + 1 :]:
            notes.pop(later.name, None)
        _write(folder, notes)
        ran.append(stage.name)
    return tuple(ran)


def _key(stage: Stage[R], run: R, notes: Mapping[str, Any]) -> str:
    inputs = {name: notes[name]["files"] for name in stage.reads}
    document = {"code": code_version(), "inputs": inputs, "key": dict(stage.key(run))}
    return digest(canonical_json(document))


def _digests(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): file_digest(path) for path in files}


def _is_whole(directory: Path, files: Mapping[str, str]) -> bool:
    return _digests(directory) == dict(files)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what the run folder's manifest says of each stage; nothing where there is none.

    Raises DataRefused where the file is damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
        stages = dict(document["stages"]) if document["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError) as error:
        raise DataRefused(f"{path.name}: {error}; {_ANEW}") from error
    if stages is None:
        raise DataRefused(f"{path.name}: found another format than {FORMAT}; {_ANEW}")
    return stages


def _write(folder: Path, notes: Mapping[str, Any]) -> None:
    document = {"format": FORMAT, "stages": dict(notes)}
    write_atomically(folder / MANIFEST, json.dumps(document, indent=1, sort_keys=True) + "\n")
