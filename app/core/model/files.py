"""The files of a bundle: which there may be, how large, read once, and written whole or not at all.

Step 1 of the load order (docs/bundle.md): every file is read once into memory, so that what was
verified is what is parsed.
"""

import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from app.core.errors import BundleUnreadable

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
HISTORY = "history.json"

_KIB = 1 << 10
_MIB = 1 << 20
# Byte caps, checked before reading: some ten times what the largest training run so far wrote.
CONTENT_CAPS: Mapping[str, int] = MappingProxyType(
    {
        "MODEL_CARD.md": _MIB,
        "baseline_policy.json": 64 * _KIB,
        "calibrator.joblib": _MIB,
        "canary.json": 16 * _MIB,
        "evaluation.json": 16 * _MIB,
        "feature_schema.json": 4 * _MIB,
        HISTORY: 512 * _MIB,
        "holdout_scores.npz": 128 * _MIB,
        "lane_priors.json": 256 * _MIB,
        "model.txt": 128 * _MIB,
        "model_card.json": _MIB,
        "reason_map.json": _MIB,
        "sbom.json": 4 * _MIB,
    }
)
CAPS: Mapping[str, int] = MappingProxyType(
    {**CONTENT_CAPS, MANIFEST: _MIB, SIGNATURE: 64}  # an Ed25519 signature is 64 bytes
)
REQUIRED = frozenset(CAPS) - {HISTORY}
_READ_ONLY = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def read_files(directory: Path) -> dict[str, bytes]:
    """Return every file of a bundle by name, each read once.

    Raises BundleUnreadable where the directory or a file is missing, a link, not a regular file,
    not one a bundle has, or over its cap.
    """
    try:
        folder = os.open(directory, _READ_ONLY | os.O_DIRECTORY)
    except OSError as error:
        message = f"{directory.name}: {error.strerror}, wanted a bundle directory, not a link"
        raise BundleUnreadable(message) from error
    try:
        return _read_all(folder)
    finally:
        os.close(folder)


def _read_all(folder: int) -> dict[str, bytes]:
    names = frozenset(os.listdir(folder))
    if unlisted := sorted(names - frozenset(CAPS)):
        raise BundleUnreadable(f"found {unlisted[0][:40]!r}, which no bundle has")
    if missing := sorted(REQUIRED - names):
        raise BundleUnreadable(f"{missing[0]}: missing")
    return {name: _read_one(folder, name, CAPS[name]) for name in sorted(names)}


def _read_one(folder: int, name: str, cap: int) -> bytes:
    try:
        # O_NONBLOCK: opening a pipe someone planted must not wait for a writer
        handle = os.open(name, _READ_ONLY, dir_fd=folder)
    except OSError as error:
        message = f"{name}: {error.strerror}, wanted a regular file, not a link"
        raise BundleUnreadable(message) from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise BundleUnreadable(f"{name}: wanted a regular file")
        if found.st_size > cap:
            raise BundleUnreadable(f"{name}: found {found.st_size} bytes, wanted at most {cap}")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(cap)  # one that grows meanwhile fails its digest
    finally:
        os.close(handle)


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` as the new folder `target`: complete and on disk, or not there at all.

    A folder that is there already with the same bytes is left as it is. Raises FileExistsError
    where it holds others.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.parent / f".draft-{secrets.token_hex(8)}"
    draft.mkdir()
    try:
        for name, data in files.items():
            _write_new(draft / name, data)
        _sync_folder(draft)
        _move_into_place(draft, target, files)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _sync_folder(target.parent)


def _move_into_place(draft: Path, target: Path, files: Mapping[str, bytes]) -> None:
    try:
        draft.rename(target)
    except OSError as error:
        # another run of the same training got there first: the same bytes are no conflict
        found = {each.name: each.read_bytes() for each in target.iterdir() if each.is_file()}
        if found != dict(files):
            message = f"{target.name} is there already with other bytes"
            raise FileExistsError(message) from error


def replace_file(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data` in one step; a reader sees the old or the new."""
    draft = path.parent / f".draft-{secrets.token_hex(8)}"
    try:
        _write_new(draft, data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)


def create_once(path: Path, data: bytes, mode: int) -> bool:
    """Create the file at `path` with `mode` unless it is there; say whether it was created."""
    draft = path.parent / f".draft-{secrets.token_hex(8)}"
    try:
        _write_new(draft, data, mode)
        os.link(draft, path)  # unlike a rename, never replaces
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
