"""Signed checkpoints of the ledger: what the newest link of every chain was, and when.

Kept in a second place they prove that nothing before them was cut off or made again. Each names the
one before it by hash, so that none can be taken out of the middle unseen.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.core.canonical import sha256_hex
from app.core.chain import GENESIS
from app.core.model.signing import PublicKey, Signer
from app.core.receipt_canonical import canonical_bytes

FORMAT = "entry-risk-checkpoint-1"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of one chain, as far as it is known."""

    tenant: str
    stream: str
    number: int
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest event of the audit of control: its number and its hash."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that was read back and holds; `audit` None where it says nothing of that."""

    number: int
    at: str
    heads: tuple[Head, ...]
    audit: AuditHead | None = None


def checkpoint_line(
    heads: Iterable[Head],
    before: bytes | None,
    at: datetime,
    signer: Signer,
    audit: AuditHead | None = None,
) -> bytes:
    """Return the line of a checkpoint over `heads`, after the line `before` (None: the first).

    `audit` is the newest event of the audit, None: there is none. No line break at the end.
    """
    number = 1 if before is None else json.loads(before)["checkpoint"]["number"] + 1
    ordered = sorted(heads, key=lambda each: (each.tenant, each.stream))
    document: dict[str, Any] = {
        "format": FORMAT,
        "number": number,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous": GENESIS if before is None else sha256_hex(before),
        "heads": [[each.tenant, each.stream, each.number, each.seq, each.hash] for each in ordered],
    }
    if audit is not None:
        document["audit"] = [audit.seq, audit.hash]
    signature = {
        "key_id": signer.public_key.key_id,
        "value": signer.sign(canonical_bytes(document)).hex(),
    }
    return canonical_bytes({"checkpoint": document, "signature": signature})


def read_checkpoints(
    lines: Iterable[bytes], keys: Sequence[PublicKey]
) -> tuple[list[Checkpoint], str | None]:
    """Return the checkpoints that hold, in order, and what is wrong with the first that does not.

    A last line that was cut off while it was written is what is wrong with it.
    """
    by_id = {each.key_id: each for each in keys}
    found: list[Checkpoint] = []
    previous = GENESIS
    for number, line in enumerate(lines, 1):
        document, problem = _signed(line, by_id)
        if problem is None and (document["number"], document["previous"]) != (number, previous):
            problem = "does not follow the one before"
        if problem is not None:
            return found, f"checkpoint {number} {problem}"
        heads = tuple(Head(*each) for each in document["heads"])
        audit = AuditHead(*document["audit"]) if "audit" in document else None
        found.append(Checkpoint(number, document["at"], heads, audit))
        previous = sha256_hex(line)
    return found, None


def _signed(line: bytes, keys: Mapping[str, PublicKey]) -> tuple[dict[str, Any], str | None]:
    try:
        found = json.loads(line)
        document, signature = found["checkpoint"], found["signature"]
        key, value = keys.get(signature["key_id"]), bytes.fromhex(signature["value"])
        is_ours = document["format"] == FORMAT and canonical_bytes(found) == line
        is_ours = is_ours and signature["value"] == value.hex()  # one spelling
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}, "is no checkpoint"
    if not is_ours:
        return {}, "is no checkpoint"
    if key is None:
        return {}, "is signed by a key that is not known"
    if not key.signed(value, canonical_bytes(document)):
        return {}, "has a signature that is not its own"
    return document, None


def newest_heads(checkpoints: Iterable[Checkpoint]) -> dict[tuple[str, str], tuple[Head, str]]:
    """Return the newest head of each (tenant, stream), and when its checkpoint was made."""
    newest: dict[tuple[str, str], tuple[Head, str]] = {}
    for each in checkpoints:
        for head in each.heads:
            known = newest.get((head.tenant, head.stream))
            if known is None or known[0].number < head.number:
                newest[head.tenant, head.stream] = head, each.at
    return newest


def newest_audit(checkpoints: Iterable[Checkpoint]) -> tuple[AuditHead, str] | None:
    """Return the newest audit event that was signed and when; None where there is none."""
    newest: tuple[AuditHead, str] | None = None
    for each in checkpoints:
        if each.audit is not None and (newest is None or newest[0].seq < each.audit.seq):
            newest = each.audit, each.at
    return newest
