"""A history as a store keeps it: whose it is, how far it has come, and records by key."""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from app.core.errors import DataRefused
from app.core.history.state import FORMAT
from app.core.history.transition import Record

_HEAD = struct.Struct(">qQ?Q")
_MAGIC = b"ERH" + bytes([FORMAT])


class HistoryScope(NamedTuple):
    """One tenant's history over one seed; both are digests, so that no name lies in a store.

    A draft is a history under construction beside the one that is read.
    """

    seed: str
    tenant: str
    is_draft: bool = False

    @property
    def text(self) -> str:
        """The scope in one word: `<seed>-<tenant>`, and `-draft` for a draft."""
        return f"{self.seed}-{self.tenant}" + ("-draft" if self.is_draft else "")


class HistoryHead(NamedTuple):
    """How far a history has come: all facts up to ledger number `seq` are in it, no later one.

    `anchor` and `origin` tell which fact was the last and which the first, so that another ledger's
    history is not taken for ours; 0 where there was none. It is not whole while it is being built.
    """

    seq: int
    anchor: int
    is_whole: bool
    origin: int = 0

    def pack(self) -> bytes:
        """Return the head as bytes with a checksum."""
        body = _HEAD.pack(*self)
        return _MAGIC + zlib.crc32(body).to_bytes(4, "big") + body

    @classmethod
    def unpack(cls, data: bytes) -> "HistoryHead":
        """Return the head that `pack` wrote; raise DataRefused for anything else."""
        magic, checksum, body = data[:4], data[4:8], data[8:]
        if (
            magic != _MAGIC
            or len(body) != _HEAD.size
            or zlib.crc32(body).to_bytes(4, "big") != checksum
        ):
            raise DataRefused("history head: found something else")
        return cls(*_HEAD.unpack(body))


class StoredHistory(NamedTuple):
    """What a store holds of some keys, all of one moment.

    `head` is None where there is no history or a damaged one; keys it has no record of are absent.
    `token` is what a later write has to name for it to count: it fails if another came between.
    """

    head: HistoryHead | None
    records: Mapping[str, Record]
    token: bytes


@dataclass(slots=True)
class HistoryCounts:
    """What a store counts of itself: commands answered, and failures (no answer, damage)."""

    reads: int = 0
    errors: int = 0


class StoreFigures(NamedTuple):
    """The size of a kept history: its head, how many keys, and bytes (None: not known)."""

    head: HistoryHead | None
    keys: int
    size_bytes: int | None


def scope_of(seed: str, tenant: str) -> HistoryScope:
    """Return the scope of a tenant over the seed of that digest ("" for no seed)."""
    return HistoryScope(_digest(f"{FORMAT}:{seed}"), _digest(tenant))


def anchor_of(fact_id: str) -> int:
    """Return the anchor of a fact: 64 bits of the digest of its id, never 0."""
    return int.from_bytes(blake2b(fact_id.encode(), digest_size=8).digest(), "big") or 1


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()
