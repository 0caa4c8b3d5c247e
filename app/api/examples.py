"""Made-up examples for the OpenAPI document: an entry released, one held, one answered degraded."""

from typing import Any

from app.core.document.example import example_entry
from app.core.scale import probability_at

NAMES = ("release", "hold", "degraded")
Document = dict[str, Any]


def requests() -> dict[str, Document]:
    """Return an entry for each example."""
    return {"release": _garments_from_lucca(), "hold": held_entry(), "degraded": _bare_entry()}


def answers() -> dict[str, Document]:
    """Return the answer of each example."""
    return {"release": _released(), "hold": _held(), "degraded": _degraded()}


def batch_requests() -> dict[str, Document]:
    """Return a batch of one entry for each example."""
    return {name: {"entries": [entry]} for name, entry in requests().items()}


def batch_answers() -> dict[str, Document]:
    """Return the answer of each batch."""
    return {name: {"results": [answer]} for name, answer in answers().items()}


def decisions() -> dict[str, Document]:
    """Return the stored decision of each example."""
    because = {"release": "none", "hold": "model", "degraded": "degraded"}
    answered = answers()
    return {
        name: {
            "decision_id": answered[name]["decision_id"],
            "intent": entry.get("intent", "draft"),
            "body_digest": "sha256:" + "5e" * 32,
            "examined_because": because[name],
            "exploration_odds": 0.0,
            "request": entry,
            "response": answered[name],
        }
        for name, entry in requests().items()
    }


def held_entry() -> Document:
    """Return the example entry as it is filed, with no preference and no attributes."""
    entry = example_entry() | {"intent": "filed"}
    entry["lines"][0].update(preference=None, attributes={})
    return entry


def _garments_from_lucca() -> Document:
    entry = held_entry()
    entry.update(entry_number="B76-0324528-6", export_country="IT")
    entry["bills_of_lading"], entry["containers"] = ["MSCU7712345"], ["MSCU1234566"]
    entry["route"] = [
        {"unlocode": "ITLIV", "country": "IT", "role": "lading"},
        {"unlocode": "USNYC", "country": "US", "role": "unlading"},
    ]
    entry["lines"][0].update(
        origin_country="IT",
        manufacturer={"name": "Esempio Confezioni S.r.l.", "city": "Lucca", "country": "IT"},
        seller=None,
    )
    return entry


def _bare_entry() -> Document:
    line = {"hts": "030617", "origin_country": "CN", "entered_value_usd": "91000"}
    return {"intent": "draft", "lines": [line]}


def _answer(score: int, band: str, line: Document, **changes: Any) -> Document:
    probability = round(probability_at(score), 6)
    answer = {
        "decision_id": "01KAT0Q6ZQ8Y3B4N5M6P7R8S9T",
        "entry_number": "B76-0324527-8",
        "revision": 1,
        "scored_at": "2026-11-24T02:31:07.412Z",
        "score": score,
        "probability": probability,
        "band": band,
        "supersedes": None,
        "history_seq": 90211,
        "lines": [
            {
                "line_number": 1,
                "score": score,
                "probability": probability,
                "band": band,
                "floors": [],
                **line,
            }
        ],
        "resubmission": None,
        "screening": [],
        "preflight": [],
        "unknowns": [],
        "exploration": False,
        "degraded": False,
        "degraded_groups": [],
        "model": {"version": "2026-11-24-3f9c1a", "digest": "sha256:" + "3f" * 32},
        "policy": {"version": 0, "source": "bundle"},
        "reference": {"version": "2026-11-01", "digest": "sha256:" + "a1" * 32},
    }
    return {**answer, **changes}


def _released() -> Document:
    return _answer(402, "release", {}, entry_number="B76-0324528-6")


def _held() -> Document:
    reason = {
        "code": "DPRK_BORDER_MANUFACTURER",
        "text": "Manufacturer is in Dandong, opposite Sinuiju; garments from here have used North "
        "Korean labour.",
        "group": "supplier",
        "regime": "CAATSA-321",
        "contribution": 1.92,
        "source": "reference:gateways@2026-11-01",
    }
    unknowns = ["importer history: first entry seen"]
    return _answer(781, "hold", {"reasons": [reason]}, unknowns=unknowns)


def _degraded() -> Document:
    return _answer(
        533,
        "review",
        {"floors": ["degraded"], "reasons": []},
        entry_number=None,
        unknowns=["route: no leg declared", "history: not available, answered without it"],
        degraded=True,
        degraded_groups=["history"],
    )
