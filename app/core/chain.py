"""Hash chain arithmetic: what a link covers, its hash, and where a chain is broken.

A chain belongs to one tenant and one writer stream. A link covers digests only, so that a payload
can be erased and the chain stays whole. Everything is SHA-256 over canonical JSON (sorted keys, no
spaces, UTF-8), so that a verifier needs no code of this project.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GENESIS = "0" * 64  # previous hash of the first link of a stream
Scalar = str | int | float | bool | None
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link: `number` counts from 1 within (tenant, stream), `seq` orders the whole ledger.

    `epoch` is the writer's opening of the stream, never falling; `subject` names what is recorded
    (a decision id); the digests are of its columns and of its payload; hashes are hex.
    """

    tenant: str
    stream: str
    epoch: int
    number: int
    seq: int
    kind: str
    subject: str
    record_digest: str
    payload_digest: str
    prev_hash: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain is not what was written, and what is wrong there."""

    tenant: str
    stream: str
    number: int
    seq: int
    problem: str


def canonical(fields: Mapping[str, Scalar]) -> bytes:
    """Return the one JSON spelling of `fields`: sorted keys, no spaces, UTF-8, floats shortest."""
    return _ENCODER.encode(fields).encode()


def record_digest(fields: Mapping[str, Scalar]) -> str:
    """Return the hex digest of a record's columns."""
    return hashlib.sha256(canonical(fields)).hexdigest()


def payload_digest(salt: bytes, parts: Iterable[bytes]) -> str:
    """Return the hex digest of a payload's parts, each behind its length (8 bytes, big-endian).

    The random `salt` is erased with the payload, so that the digest left behind tells nothing.
    """
    digest = hashlib.sha256(salt)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def link_fields(link: Link) -> dict[str, Scalar]:
    """Return what a link's hash covers: every field but the hash itself."""
    return {
        "tenant": link.tenant,
        "stream": link.stream,
        "epoch": link.epoch,
        "number": link.number,
        "seq": link.seq,
        "kind": link.kind,
        "subject": link.subject,
        "record_digest": link.record_digest,
        "payload_digest": link.payload_digest,
        "prev_hash": link.prev_hash,
    }


def link_hash(link: Link) -> str:
    """Return the hex hash that `link` must carry."""
    return record_digest(link_fields(link))


def broken_after(previous: Link | None, link: Link) -> str | None:
    """Say what is wrong with `link` coming right after `previous` in its stream; None if nothing.

    `previous` is None for the first link of a stream.
    """
    number, epoch, seq, prev_hash = (
        (previous.number, previous.epoch, previous.seq, previous.hash)
        if previous
        else (0, 0, 0, GENESIS)
    )
    if link.number != number + 1:
        return f"found link {link.number}, wanted {number + 1}"
    if link.prev_hash != prev_hash:
        return "the previous hash is not that of the link before"
    if link.hash != link_hash(link):
        return "the hash is not that of the link's fields"
    if link.epoch < epoch:
        return f"found epoch {link.epoch} after {epoch}"
    if link.seq <= seq:
        return f"found seq {link.seq} after {seq}"
    return None


def first_break(links: Iterable[Link]) -> Break | None:
    """Return the first break in `links`, which come stream by stream in order of number."""
    previous: Link | None = None
    for link in links:
        if previous and (previous.tenant, previous.stream) != (link.tenant, link.stream):
            previous = None
        problem = broken_after(previous, link)
        if problem:
            return Break(link.tenant, link.stream, link.number, link.seq, problem)
        previous = link
    return None
