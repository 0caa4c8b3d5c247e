"""Made-up examples of GET /v1/reference and its imports for the OpenAPI document."""

from typing import Any

from app.core.rehearsal import WINDOW_DAYS

PUBLISHED = (
    "Entity Name,Effective Date\n"
    "Camel Group Co. Ltd.,08/02/2023\nExample Cotton Co. Ltd.,03/01/2026\n"
)


def reference_example() -> dict[str, Any]:
    """Return a made-up answer of GET /v1/reference."""
    table = {
        "name": "entities",
        "rows": 179,
        "as_of": "2026-11-20",
        "age_days": 4,
        "sources": ["uflpa-list-2026-11-20"],
        "digest": "sha256:" + "e1" * 32,
    }
    return {
        "version": "2026-11-20",
        "digest": "sha256:" + "a2" * 32,
        "age_days": 4,
        "refused": None,
        "tables": [table],
        "activations": [_ACTIVATION],
        "imports": [],
    }


def import_example() -> dict[str, Any]:
    """Return a made-up import that would meet one entry."""
    dates = {"effective_from": "2026-03-01", "effective_to": None}
    entity = {
        "entity_id": "uflpa-example-cotton",
        "list": "UFLPA",
        "entity": "Example Cotton Co. Ltd.",
        "regime": "UFLPA",
    }
    change = {"change": "gained", "line_number": 1, "role": "manufacturer", **entity}
    supplier = "supplier:" + "5c" * 16
    decision = "01KAT0Q6ZQ8Y3B4N5M6P7R8S9T"
    entry = {
        "decision_id": decision,
        "entry_number": "B7603245278",
        "revision": 1,
        "dated": "2026-11-16",
        "suppliers": [supplier],
        "changes": [{**change, "match": 1.0, "strength": "strong", **dates}],
    }
    return {
        **_HEAD,
        "state": "staged",
        "activation": None,
        "report": {
            "tables": ["entities"],
            "rows_read": 2,
            "added": 1,
            "removed": 0,
            "changed": 0,
            "changed_decisive": 0,
            "changed_notes": 0,
            "changes": [],
            "rejects": [],
        },
        "entities": [{"change": "added", "fields": [], "decisive": True, **entity, **dates}],
        "rehearsal": {
            "window_days": WINDOW_DAYS,
            "screened": 5120,
            "digest": "sha256:" + "7d" * 32,
            "entries": [entry],
            "suppliers": [{"key": supplier, "decision_ids": [decision]}],
        },
        "notices": [],
    }


def activated_example() -> dict[str, Any]:
    """Return the same import once it was activated."""
    text = (
        "The manufacturer of line 1 and the list UFLPA: a match would be found today for entries "
        "dated on or after 2026-03-01. The entry is dated 2026-11-16. In law from 2026-03-01, "
        "known here since 2026-11-24."
    )
    notice = {
        "decision_id": "01KAT0Q6ZQ8Y3B4N5M6P7R8S9T",
        "entry_number": "B7603245278",
        "change": "gained",
        "text": text,
    }
    return {
        **import_example(),
        "state": "activated",
        "activation": _ACTIVATION,
        "notices": [notice],
    }


_BEFORE = {"version": "2026-11-01", "digest": "sha256:" + "a1" * 32}
_AFTER = {"version": "2026-11-20", "digest": "sha256:" + "a2" * 32}
_HEAD = {
    "import_id": "imp-3f9c1a5be07d4428c6aa",
    "kind": "uflpa",
    "as_of": "2026-11-20",
    "staged_at": "2026-11-24T02:20:41.007Z",
    "file": {"digest": "sha256:" + "f1" * 32, "bytes": len(PUBLISHED)},
    "before": _BEFORE,
    "after": _AFTER,
}
_ACTIVATION = {
    "number": 1,
    "import_id": "imp-3f9c1a5be07d4428c6aa",
    "activated_at": "2026-11-24T02:31:07.412Z",
    "before": _BEFORE,
    "after": _AFTER,
}
