"""A supplier as it is shown: plain values for the API and the console alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.canonical import plain_decimal
from app.core.entry import Party
from app.core.history import OUTCOME_KINDS, PartyState, distinct
from app.core.outcomes import OutcomeKind, effects_of
from app.core.records import OutcomeRecord
from app.core.screening import Hit
from app.core.suppliers import (
    Share,
    Spelling,
    Supplied,
    goods_of,
    months_of,
    origins_of,
    routes_of,
    signals_of,
)
from app.services.answer import hit_document

MOST_SHARES = 20  # headings, origins or ways that are shown
MOST_OUTCOMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierFile:
    """All that is known of one supplier as of `at`; `state` None is nothing, or not known.

    `supplied` are its filings, `spellings` those of drafts too.
    """

    key: str
    at: date
    history_seq: int
    state: PartyState | None
    missing_groups: tuple[str, ...]
    supplied: Sequence[Supplied]
    spellings: Sequence[Spelling]
    drafts: int
    outcomes: Sequence[OutcomeRecord]
    hits: Sequence[Hit]
    is_complete: bool


def supplier_document(found: SupplierFile) -> dict[str, Any]:
    """Return a supplier as GET /v1/suppliers/{key} answers it."""
    return {
        "key": found.key,
        "at": found.at.isoformat(),
        "history_seq": found.history_seq,
        "spellings": [_spelling(each) for each in found.spellings],
        "filings": len(found.supplied),
        "drafts": found.drafts,
        "history": None if found.state is None else _state(found.state.on(found.at.toordinal())),
        "outcomes": _outcomes(found.outcomes),
        "screening": [_screened(hit) for hit in found.hits],
        "goods": [_share(each) for each in goods_of(found.supplied, MOST_SHARES)],
        "origins": [_share(each) for each in origins_of(found.supplied, MOST_SHARES)],
        "routes": [_share(each) for each in routes_of(found.supplied, MOST_SHARES)],
        "signals": [
            {"code": each.code, "text": each.text} for each in signals_of(found.supplied, found.at)
        ],
        "months": [
            {
                "month": each.month,
                "entries": each.entries,
                "lines": each.lines,
                "value_usd": plain_decimal(each.value_usd),
            }
            for each in months_of(found.supplied, found.at)
        ],
        "is_complete": found.is_complete,
        "degraded_groups": list(found.missing_groups),
    }


def party_document(party: Party) -> dict[str, Any]:
    """Return how a supplier was declared; null is not declared."""
    return {
        "name": party.name,
        "number": party.number,
        "mid": party.mid,
        "city": party.city,
        "country": party.country or (party.mid.country if party.mid else None),
    }


def _spelling(spelling: Spelling) -> dict[str, Any]:
    return {
        **party_document(spelling.party),
        "entries": spelling.entries,
        "first_seen": spelling.first.isoformat(),
        "last_seen": spelling.last.isoformat(),
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "name": share.name,
        "lines": share.lines,
        "value_usd": plain_decimal(share.value_usd),
        "first_seen": share.first.isoformat(),
        "last_seen": share.last.isoformat(),
    }


def _state(state: PartyState) -> dict[str, Any]:
    weights = {kind.value: getattr(state, kind.value) for kind in OUTCOME_KINDS}
    return {
        "lines": state.lines,
        "entries": state.entries,
        "first_seen": _day(state.first_seen),
        "last_seen": _day(state.last_seen),
        "lines_recent": state.lines_recent,
        "lines_decayed": state.lines_decayed,
        "value_recent_usd": state.value_recent,
        "value_decayed_usd": state.value_decayed,
        "kg_decayed": state.kg_decayed,
        "outcome_weights": weights,
        "distinct": {
            "goods": _about(state.goods),
            "origins": _about(state.origins),
            "routes": _about(state.routes),
            "importers": _about(state.partners),
        },
    }


def _about(sketch: int) -> int:
    return round(distinct(sketch))


def _day(ordinal: int) -> str | None:
    return date.fromordinal(ordinal).isoformat() if ordinal else None


def _screened(hit: Hit) -> dict[str, Any]:
    document = hit_document(hit)
    del document["line_number"]  # of an entry made up of its spellings
    return document


def _outcomes(outcomes: Sequence[OutcomeRecord]) -> dict[str, Any]:
    newest = sorted(outcomes, key=lambda each: each.known_at, reverse=True)
    return {
        "by_kind": _by_kind(outcomes),
        "newest": [
            {
                "outcome_id": each.outcome_id,
                "decision_id": each.decision_id,
                "line_numbers": None if each.line_numbers is None else list(each.line_numbers),
                "code": each.code.value,
                "source": each.source.value,
                "regime": each.regime,
                "known_at": each.known_at.isoformat(),
            }
            for each in newest[:MOST_OUTCOMES]
        ],
    }


def _by_kind(outcomes: Iterable[OutcomeRecord]) -> dict[str, int]:
    counts = dict.fromkeys(OutcomeKind, 0)
    for outcome in outcomes:
        for kind, _ in effects_of(outcome.code):
            counts[kind] += 1
    return {kind.value: count for kind, count in counts.items()}
