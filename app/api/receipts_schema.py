"""What receipts, their keys and replays answer, as JSON Schema with made-up examples."""

from typing import Any

from app.api import examples
from app.api.operation import COMMON_ERRORS, Operation, path_parameter
from app.api.receipts import RECEIPT_KEYS_PATH, RECEIPT_PATH, REPLAY_PATH
from app.api.schema import answer_schema, entry_schema
from app.core.access import Scope
from app.core.chain import GENESIS
from app.core.receipt import ALGORITHM, FORMAT

Schema = dict[str, Any]
STATES = ("identical", "different", "not_replayable")
_ERRORS = (*COMMON_ERRORS, "not-found", "ledger-unavailable")
_KEY = "f" * 64
_KEY_ID = "a8bc1d3e5f708192"


def receipt_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations that prove a decision, by path and method."""
    decision_id = path_parameter("decision_id", "Id of the decision.")
    return {
        (RECEIPT_PATH, "get"): Operation(
            summary="The signed receipt of a decision, also of a clean one.",
            scope=Scope.DECISION_READ,
            answer=_object(
                "SignedReceipt", {"receipt": _receipt_schema(), "signature": _signature()}
            ),
            errors=_ERRORS,
            parameters=(decision_id,),
            answer_examples={name: _receipt(name) for name in examples.NAMES},
        ),
        (REPLAY_PATH, "post"): Operation(
            summary="Compute a decision again from its stored versions, entry and history.",
            scope=Scope.DECISION_READ,
            answer=_replay_schema(),
            errors=_ERRORS,
            parameters=(decision_id,),
            answer_examples={"identical": _identical(), "not_replayable": _not_replayable()},
        ),
        (RECEIPT_KEYS_PATH, "get"): Operation(
            summary="The public keys that receipts are checked with, the one in use first.",
            scope=Scope.DECISION_READ,
            answer=_object("ReceiptKeys", {"keys": {"type": "array", "items": _key_schema()}}),
            errors=COMMON_ERRORS,
            answer_examples={"one": {"keys": [_key()]}},
        ),
    }


def _receipt_schema() -> Schema:
    return _object(
        "Receipt",
        {
            "format": {"type": "string", "const": FORMAT},
            "decision_id": _text("The decision it proves."),
            "tenant": _text("Whose decision it is."),
            "caller": _text("Id of the key that asked."),
            "scored_at": _text("When it was decided, RFC 3339 in UTC with microseconds."),
            "intent": _text("draft or filed."),
            "score": {"type": "integer"},
            "probability": {"type": "number"},
            "band": _text("The entry's band."),
            "examined_because": _text("Why it would be examined, or none."),
            "degraded": {"type": "boolean"},
            "history_seq": {"type": "integer"},
            "supersedes": {"type": ["string", "null"]},
            "model": _any("Version and digest of the model."),
            "policy": _any("The cut points it was decided by."),
            "reference": _any("Version and digest of the lists and tables."),
            "searched": _any("The lists by version, the names looked for, and every hit."),
            "lines": {"type": "array", "items": {}, "description": "Features and scores, by line."},
            "evidence": _any("What else was read and computed."),
            "input": _object("ReceiptInput", {"digest": _text("Of it."), "entry": entry_schema()}),
            "answer": answer_schema(),
            "ledger": _any("Its link in the hash chain."),
        },
    )


def _signature() -> Schema:
    return _object(
        "ReceiptSignature",
        {
            "algorithm": {"type": "string", "const": ALGORITHM},
            "key_id": _text("Which key of /v1/receipt-keys signed it."),
            "value": _text("Signature over the canonical JSON (RFC 8785) of `receipt`, hex."),
        },
    )


def _key_schema() -> Schema:
    return _object(
        "ReceiptKey",
        {
            "key_id": _text("First 16 hex digits of the SHA-256 of the key."),
            "algorithm": _text("Always Ed25519."),
            "public_key": _text("32 bytes, hex."),
            "is_current": {"type": "boolean", "description": "Whether it signs now."},
        },
    )


def _replay_schema() -> Schema:
    line = {
        "line_number": {"type": "integer"},
        "raw_score": {"type": "number"},
        "probability": {"type": "number"},
        "score": {"type": "integer"},
        "band": _text("The line's band."),
    }
    difference = {
        "line_number": {"type": "integer"},
        "what": _text("What differs, as raw_score."),
        "stored": {"description": "As it was kept."},
        "replayed": {"description": "As it came out now."},
    }
    missing = {
        "what": _text("model, reference or history."),
        "version": {"type": ["string", "null"]},
        "digest": {"type": ["string", "null"]},
        "why": _text("Why it could not be read."),
    }
    return _object(
        "Replay",
        {
            "decision_id": _text("The decision that was computed again."),
            "state": {"type": "string", "enum": list(STATES)},
            "lines": _list(_object("ReplayedLine", line)),
            "differences": _list(_object("ReplayDifference", difference)),
            "missing": _list(_object("MissingVersion", missing)),
        },
    )


def _receipt(name: str) -> dict[str, Any]:
    decision, answer = examples.decisions()[name], examples.answers()[name]
    receipt = {
        "format": FORMAT,
        "decision_id": answer["decision_id"],
        "tenant": "acme",
        "caller": "01KAT0AAAA8Y3B4N5M6P7R8S9T",
        "scored_at": "2026-11-24T02:31:07.412000+00:00",
        "intent": decision["intent"],
        "score": answer["score"],
        "probability": answer["probability"],
        "band": answer["band"],
        "examined_because": decision["examined_because"],
        "degraded": answer["degraded"],
        "history_seq": answer["history_seq"],
        "supersedes": answer["supersedes"],
        "model": answer["model"],
        "policy": {**answer["policy"], "review_at": 620, "hold_at": 760},
        "reference": answer["reference"],
        "searched": {
            "lists": answer["reference"],
            "names": ["latin:example trading garment"],
            "hits": answer["screening"],
        },
        "lines": [],
        "evidence": {"at": "2026-11-16", "explain": "codes"},
        "input": {"digest": decision["body_digest"], "entry": decision["request"]},
        "answer": answer,
        "ledger": {"seq": 90211, "number": 90211, "prev_hash": GENESIS, "hash": "e" * 64},
    }
    signature = {"algorithm": ALGORITHM, "key_id": _KEY_ID, "value": "0" * 128}
    return {"receipt": receipt, "signature": signature}


def _identical() -> dict[str, Any]:
    answer = examples.answers()[examples.NAMES[0]]
    line = {"line_number": 1, "raw_score": -6.25, "probability": answer["probability"]}
    line |= {"score": answer["score"], "band": answer["band"]}
    return _replay("identical", lines=[line])


def _not_replayable() -> dict[str, Any]:
    missing = {
        "what": "model",
        "version": "2026-11-24-3f9c1a",
        "digest": f"sha256:{_KEY}",
        "why": "found no bundle '2026-11-24-3f9c1a' here",
    }
    return _replay("not_replayable", missing=[missing])


def _replay(state: str, **found: Any) -> dict[str, Any]:
    head = {"decision_id": "01KAT0Q6ZQ8Y3B4N5M6P7R8S9T", "state": state}
    return head | {"lines": [], "differences": [], "missing": []} | found


def _key() -> dict[str, Any]:
    return {"key_id": _KEY_ID, "algorithm": ALGORITHM, "public_key": _KEY, "is_current": True}


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    found = {"type": "object", "title": title, "properties": properties}
    return {**found, "required": list(properties)}


def _any(meaning: str) -> Schema:
    return {"type": ["object", "null"], "description": meaning}


def _list(each: Schema) -> Schema:
    return {"type": "array", "items": each}


def _text(meaning: str) -> Schema:
    return {"type": "string", "description": meaning}
