"""Made-up examples of evidence for the OpenAPI document: a release, a hold, one degraded."""

from typing import Any

from app.api import examples
from app.core.counterfactuals import NOT_NEEDED, NOT_TOLD
from app.services.dossier_document import DISCLAIMER

Document = dict[str, Any]


def evidence_examples() -> dict[str, Document]:
    """Return the evidence of each example decision, lists cut short."""
    return {
        "release": _evidence("release", [], help_text=NOT_NEEDED),
        "hold": _evidence(
            "hold",
            [_BORDER],
            demands=[_DEMAND],
            index=[_ROW],
            letters=[_LETTER],
            help_text=NOT_TOLD,
        ),
        "degraded": _evidence("degraded", [_DEGRADED], demands=[_NO_DEMAND], help_text=NOT_TOLD),
    }


def filled_examples() -> dict[str, Document]:
    """Return filled indexes: one whole, one partial."""
    whole = {"row": 1, "file": "payroll.pdf", "pages": "1-14", "line_numbers": [1],
             "statements": [1, 2, 3]}  # fmt: skip
    partial = {**whole, "pages": "1", "statements": [1]}
    return {"whole": {"filled": [whole]}, "partial": {"filled": [partial]}}


def checked() -> dict[str, Document]:
    """Return what the filled indexes of the examples lack."""
    lacks = [{"row": 1, "lack": "statement", "item": item} for item in (2, 3)]
    return {
        "whole": {"complete": True, "missing": []},
        "partial": {"complete": False, "missing": lacks},
    }


_BORDER = {
    "kind": "reason",
    "code": "DPRK_BORDER_MANUFACTURER",
    "text": "Manufacturer is in Dandong, opposite Sinuiju; garments from here have used North "
    "Korean labour.",
    "regime": "CAATSA-321",
    "source": "reference:places@2026-11-01",
}
_DEGRADED = {
    "kind": "floor",
    "code": "FLOOR_DEGRADED",
    "text": "Evidence was missing when it was scored.",
    "regime": None,
    "source": None,
}
_APPAREL = {"code": "cotton_apparel", "title": "cotton, textiles and apparel"}
_PAYROLL = {
    "document": "payroll",
    "title": "Payroll with proof of payment to each worker",
    "shows": [
        "wage of each worker of the roster for the period of production",
        "payment into the worker's own account or hands; none to an agency or a state",
        "deductions and what they are for",
    ],
}
_REVIEW = "caatsa_exception"
_CITED = {"citation": "DHS, questions and answers on CAATSA section 321(b)", "verified": False}
_DEMAND = {
    "regime": "CAATSA-321",
    "title": "CAATSA section 321(b) (22 USC 9241a)",
    "family": _APPAREL,
    "line_numbers": [1],
    "causes": ["DPRK_BORDER_MANUFACTURER"],
    "reviews": [
        {
            "code": _REVIEW,
            "title": "Exception review: no North Korean national worked on the goods, or none was "
            "forced",
            "standard": "clear and convincing evidence, within 30 days of the notice",
            "portal": "2026-01-21",
            "verified": True,
        }
    ],
    "documents": [
        {**_PAYROLL, **_CITED, "supplied_by": ["manufacturer"], "review": _REVIEW,
         "line_numbers": [1]}
    ],
    "none_because": [],
}  # fmt: skip
_NO_DEMAND = {
    "regime": None,
    "title": "What no law asks for by name",
    "family": None,
    "line_numbers": [1],
    "causes": ["FLOOR_DEGRADED"],
    "reviews": [],
    "documents": [],
    "none_because": ["Part of the evidence was not at hand; score it again when it is."],
}
_ROW = {
    "row": 1,
    **_PAYROLL,
    "regime": "CAATSA-321",
    "review": _REVIEW,
    "line_numbers": [1],
    "file": None,
    "pages": None,
    "status": "missing",
}
_LETTER = {
    "addressee": "Example Trading Garment Co., Ltd.",
    "subject": "Documents for a shipment to the United States",
    "line_numbers": [1],
    "wanted_by": "2026-12-16",
    "documents": ["payroll"],
    "text": "To: Example Trading Garment Co., Ltd.\n\nSubject: ...\n",
    "html": "<!doctype html>...",
}
_CLOCK = {
    "code": "RELEASE_OR_DETAIN",
    "text": "CBP releases the goods or detains them.",
    "actor": "CBP",
    "days": 5,
    "counting": "working_days",
    "start": "presented_on",
    "starts_on": "2026-11-16",
    "stands_in": "arrival_date",
    "due_on": "2026-11-23",
    "is_working_day": True,
    "citation": "19 USC 1499(c)(1); 19 CFR 151.16(b)",
    "verified": True,
}


def _evidence(
    name: str, causes: list[Document], help_text: str, **lists: list[Document]
) -> Document:
    answer = examples.answers()[name]
    line = examples.requests()[name]["lines"][0]
    family = _APPAREL if line["hts"].startswith("62") else {"code": "seafood", "title": "seafood"}
    head = ("decision_id", "entry_number", "revision", "scored_at", "band")
    return {
        **{field: answer[field] for field in head},
        "disclaimer": DISCLAIMER,
        "lines": [
            {
                "line_number": 1,
                "hts": line["hts"],
                "origin_country": line["origin_country"],
                "description": line.get("description"),
                "band": answer["band"],
                "family": family,
                "causes": causes,
            }
        ],
        "causes": [],
        "demands": lists.get("demands", []),
        "clocks": [_CLOCK],
        "index": lists.get("index", []),
        "letters": lists.get("letters", []),
        "what_would_help": {"text": help_text, "proposals": []},
    }
