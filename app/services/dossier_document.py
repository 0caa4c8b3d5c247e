"""The dossier of a decision as the document that GET /v1/decisions/{id}/evidence answers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.core.clocks import DueDate
from app.core.counterfactuals import Advice, Effect, LineScore, Proposal
from app.core.entry import EntryLine
from app.core.remedies import (
    Cause,
    Demand,
    Document,
    Family,
    IndexRow,
    Letter,
    Missing,
    Remedies,
    load_remedies,
)
from app.services.dossier import Dossier

PORTAL_SINCE = date(2026, 1, 21)  # CBP's Forced Labor Portal, specs/domain.md section 3
DISCLAIMER = (
    "What is listed settles questions that the data raise. It says nothing about any company's "
    "conduct, and is no legal advice; texts not marked verified are to be checked against the law."
)
Json = dict[str, Any]


def dossier_document(dossier: Dossier, remedies: Remedies | None = None) -> Json:
    """Return the whole document, ready for JSON; dates as RFC 3339, what is unknown as null."""
    tables = remedies or load_remedies()
    response = dossier.stored.response
    lines = dossier.stored.submission.entry.lines
    return {
        "decision_id": response["decision_id"],
        "entry_number": response["entry_number"],
        "revision": response["revision"],
        "scored_at": response["scored_at"],
        "band": response["band"],
        "disclaimer": DISCLAIMER,
        "lines": [_line(dossier, line, tables) for line in lines],
        "causes": [_cause(each) for each in dossier.causes if each.line_number is None],
        "demands": [_demand(each) for each in dossier.demands],
        "clocks": [_clock(each) for each in dossier.clocks],
        "index": [_row(each) for each in dossier.index],
        "letters": [_letter(each) for each in dossier.letters],
        "what_would_help": _advice(dossier.advice),
    }


def missing_document(missing: Sequence[Missing]) -> Json:
    """Return what a filled index lacks; complete where it lacks nothing."""
    return {
        "complete": not missing,
        "missing": [
            {"row": each.row, "lack": each.lack.value, "item": each.item or None}
            for each in missing
        ],
    }


def _line(dossier: Dossier, line: EntryLine, remedies: Remedies) -> Json:
    number = line.line_number
    family = remedies.family_of(line.hts)
    return {
        "line_number": number,
        "hts": str(line.hts),
        "origin_country": str(line.origin_country),
        "description": line.description,
        "band": dossier.stored.answered[number]["band"],
        "family": {"code": family.family, "title": family.title},
        "causes": [_cause(each) for each in dossier.causes if each.line_number == number],
    }


def _cause(cause: Cause) -> Json:
    return {
        "kind": cause.kind.value,
        "code": cause.code,
        "text": cause.text,
        "regime": cause.regime,
        "source": cause.source,
    }


def _demand(demand: Demand) -> Json:
    return {
        "regime": demand.regime,
        "title": demand.title,
        "family": _family(demand.family),
        "line_numbers": list(demand.line_numbers),
        "causes": sorted({cause.code for cause in demand.causes}),
        "reviews": [
            {
                "code": each.code,
                "title": each.title,
                "standard": each.standard,
                "portal": PORTAL_SINCE.isoformat() if each.portal else None,
                "verified": each.verified,
            }
            for each in demand.reviews
        ],
        "documents": [
            {**_document(each.document), "review": each.review,
             "line_numbers": list(each.line_numbers)}
            for each in demand.documents
        ],
        "none_because": list(demand.none_because),
    }  # fmt: skip


def _family(family: Family | None) -> Json | None:
    return None if family is None else {"code": family.family, "title": family.title}


def _document(document: Document) -> Json:
    return {
        "document": document.document_id,
        "title": document.title,
        "shows": list(document.shows),
        "supplied_by": [each.value for each in document.supplied_by],
        "citation": document.source,
        "verified": document.verified,
    }


def _clock(due: DueDate) -> Json:
    clock = due.clock
    return {
        "code": clock.code,
        "text": clock.about,
        "actor": clock.actor,
        "days": clock.length,
        "counting": clock.counting.value,
        "start": clock.start.value,
        "starts_on": _day(due.starts_on),
        "stands_in": due.stands_in,
        "due_on": _day(due.due_on),
        "is_working_day": due.is_working_day,
        "citation": clock.citation,
        "verified": clock.verified,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _row(row: IndexRow) -> Json:
    return {
        "row": row.row,
        "document": row.document_id,
        "title": row.title,
        "regime": row.regime,
        "review": row.review,
        "line_numbers": list(row.line_numbers),
        "shows": list(row.shows),
        "file": None,
        "pages": None,
        "status": "missing",
    }


def _letter(letter: Letter) -> Json:
    return {
        "addressee": letter.addressee,
        "subject": letter.subject,
        "line_numbers": [each.line_number for each in letter.goods],
        "wanted_by": _day(letter.wanted_by),
        "documents": [each.document_id for each in letter.documents],
        "text": letter.text,
    }


def _advice(advice: Advice) -> Json:
    return {
        "text": advice.text,
        "proposals": [_proposal(*each) for each in advice.proposals],
    }


def _proposal(proposal: Proposal, effects: Sequence[Effect]) -> Json:
    return {
        "code": proposal.code,
        "path": proposal.path,
        "line_number": proposal.line_number,
        "text": proposal.text,
        "certainty": proposal.certainty.value,
        "basis": proposal.basis,
        "effects": [
            {
                "line_number": each.now.line_number,
                "now": _score(each.now),
                "lowest": _score(each.lowest),
                "highest": _score(each.highest),
                "changes": each.changes,
            }
            for each in effects
        ],
    }


def _score(line: LineScore) -> Mapping[str, Any]:
    return {"raw_score": line.raw_score, "score": line.score, "band": line.band.value}
