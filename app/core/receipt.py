"""A signed receipt of a decision: what was asked, known, searched and answered, and where it lies.

A receipt is `{"receipt": {...}, "signature": {...}}` in canonical JSON (RFC 8785), so that there is
one spelling of it and any other byte is found. The Ed25519 signature is over the canonical bytes
of `receipt`.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from app.core.chain import Link, link_fields
from app.core.model.signing import PublicKey, Signer
from app.core.receipt_canonical import canonical_bytes
from app.core.records import DecisionRecord

FORMAT = "entry-risk-receipt-1"
ALGORITHM = "Ed25519"
_SIGNATURE = re.compile(r"[0-9a-f]{128}", re.ASCII)
_ASIDE = ("caller", "lines", "screening_keys", "policy", "reference")


def receipt_document(record: DecisionRecord, link: Link) -> dict[str, Any]:
    """Return what a receipt says of a decision whose payload is there, and of its `link`.

    `searched` names the lists by version and digest, the names that were looked for and every hit;
    without a hit it is the proof of a search that found nothing.
    """
    evidence, answer = json.loads(record.evidence), json.loads(record.response)
    return {
        "format": FORMAT,
        "decision_id": record.decision_id,
        "tenant": record.tenant,
        "caller": evidence.get("caller"),
        "scored_at": record.scored_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "intent": record.intent.value,
        "score": record.score,
        "probability": record.probability,
        "band": record.band,
        "examined_because": record.examined_because,
        "degraded": record.degraded,
        "history_seq": record.history_seq,
        "supersedes": record.supersedes,
        "model": {"version": record.model_version, "digest": record.model_digest},
        "policy": evidence.get("policy"),
        "reference": evidence.get("reference"),
        "searched": {
            "lists": evidence.get("reference"),
            "names": evidence.get("screening_keys"),
            "hits": answer.get("screening"),
        },
        "lines": evidence.get("lines"),
        "evidence": {name: each for name, each in evidence.items() if name not in _ASIDE},
        "input": {"digest": record.body_digest, "entry": json.loads(record.request)},
        "answer": answer,
        "ledger": {**link_fields(link), "hash": link.hash},
    }


def signed_receipt(document: dict[str, Any], signer: Signer) -> bytes:
    """Return the receipt's bytes: the document and the signature over its canonical bytes."""
    signature = {
        "algorithm": ALGORITHM,
        "key_id": signer.public_key.key_id,
        "value": signer.sign(canonical_bytes(document)).hex(),
    }
    return canonical_bytes({"receipt": document, "signature": signature})


def receipt_problem(data: bytes, keys: Iterable[PublicKey]) -> str | None:
    """Say why `data` is no receipt that one of `keys` signed; None where it is.

    Every byte counts: a document spelled otherwise is refused, whatever it says.
    """
    try:
        found = json.loads(data)
        receipt, signature = found["receipt"], found["signature"]
        if canonical_bytes(found) != data:
            return "the bytes are not those that were given out"
        claimed, key_id = signature["value"], signature["key_id"]
        told = signature["algorithm"], receipt["format"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "the bytes are no receipt"
    if told != (ALGORITHM, FORMAT) or not isinstance(claimed, str):
        return "the bytes are no receipt of this form"
    if not _SIGNATURE.fullmatch(claimed) or len(found) + len(signature) != 5:
        return "the bytes are no receipt of this form"
    for key in keys:
        if key.key_id == key_id:
            is_signed = key.signed(bytes.fromhex(claimed), canonical_bytes(receipt))
            return None if is_signed else "the signature is not that of the receipt"
    return "the key that signed it is not known here"
