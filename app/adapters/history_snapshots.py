"""Snapshots of histories as files: what a start restores, so that it does not replay years.

A snapshot is a shortcut, never the record: a damaged one is passed over and the ledger replayed.
"""

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from app.core.errors import DataRefused
from app.core.history.projected import HistoryHead, HistoryScope
from app.core.history.transition import Record

MAGIC = b"ERHS1\n"
SUFFIX = ".snapshot"
_COUNT = struct.Struct(">Q")
_SIZES = struct.Struct(">HH")
_DIGEST_BYTES = hashlib.sha256().digest_size
_CHUNK = 1 << 20
log = structlog.get_logger(__name__)


class Kept(NamedTuple):
    """A history as it is kept: its head and all records that differ from the bundle's snapshot."""

    head: HistoryHead
    records: Mapping[str, Record]


class HistorySnapshots:
    """One file a history in `folder`, named by digests, readable by its owner alone.

    Layout: magic, scope, head (each behind its length in 2 bytes), number of records in 8 bytes,
    each record as key and packed bytes behind their lengths, SHA-256 of all before.
    """

    def __init__(self, folder: Path) -> None:
        """Read and write in `folder`, which is made when first needed."""
        self._folder = folder

    def save(self, scope: HistoryScope, kept: Kept) -> None:
        """Write the snapshot in the place of the one before, whole or not at all (blocking).

        Raises OSError where the disk refuses.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(scope)
        unfinished = path.with_suffix(".unfinished")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            digest = hashlib.sha256()
            for part in _parts(scope, kept):
                digest.update(part)
                file.write(part)
            file.write(digest.digest())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    def load(self, scope: HistoryScope) -> Kept | None:
        """Return what was kept, None where there is nothing or it is damaged (blocking)."""
        path = self._path(scope)
        try:
            return _read(path.read_bytes(), scope)
        except FileNotFoundError:
            return None
        except (OSError, DataRefused, struct.error, UnicodeDecodeError) as error:
            log.warning("history_snapshot_refused", history=scope.text, why=str(error)[:200])
            return None

    def size(self, scope: HistoryScope) -> int | None:
        """Return the bytes of the snapshot, None where there is none (blocking)."""
        with suppress(FileNotFoundError):
            return self._path(scope).stat().st_size
        return None

    def _path(self, scope: HistoryScope) -> Path:
        return self._folder / f"{scope.text}{SUFFIX}"


def _parts(scope: HistoryScope, kept: Kept) -> Iterator[bytes]:
    yield MAGIC + _sized(scope.text.encode()) + _sized(kept.head.pack())
    buffer = bytearray(_COUNT.pack(len(kept.records)))
    for key, record in kept.records.items():
        name, body = key.encode(), record.pack()
        buffer += _SIZES.pack(len(name), len(body)) + name + body
        if len(buffer) >= _CHUNK:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer)


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _read(data: bytes, scope: HistoryScope) -> Kept:
    body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if not body.startswith(MAGIC) or hashlib.sha256(body).digest() != digest:
        raise DataRefused("found bytes that are no whole snapshot")
    at = len(MAGIC)
    whose, at = _take(body, at)
    head, at = _take(body, at)
    if whose.decode() != scope.text:
        raise DataRefused("found another history's snapshot")
    (count,) = _COUNT.unpack_from(body, at)
    at += _COUNT.size
    records = {}
    for _ in range(count):
        name, size = _SIZES.unpack_from(body, at)
        middle = at + _SIZES.size + name
        records[body[at + _SIZES.size : middle].decode()] = Record.unpack(
            body[middle : middle + size]
        )
        at = middle + size
    return Kept(HistoryHead.unpack(head), records)


def _take(data: bytes, at: int) -> tuple[bytes, int]:
    end = at + 2 + int.from_bytes(data[at : at + 2], "big")
    return data[at + 2 : end], end
