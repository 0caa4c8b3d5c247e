"""The two example entries of the demo: one that shows what is looked for, one honest."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.core.document import read_submission
from app.core.document.example import example_entry
from app.core.entry import Entry
from app.core.errors import DataRefused
from app.core.features import Encoder, line_facts
from app.core.history import History
from app.core.model.bundle import Bundle
from app.core.reasons import GivenReason, explain
from app.core.reference import ReferencePack
from app.core.scale import score_of
from app.core.screening import Screener

Document = dict[str, Any]
REASONS = 5
REGIME = "CAATSA-321"

# with dates inside the world's window
SUSPECT: Document = example_entry() | {
    "export_date": "2026-10-05",
    "arrival_date": "2026-10-29",
}
CLEAN: Document = {
    "intent": "draft",
    "entry_number": "B76-0324531-0",
    "revision": 1,
    "entry_type": "01",
    "filer_code": "B76",
    "port_of_entry": "1703",
    "mode_of_transport": "11",
    "importer": {"number": "12-3456789AB", "name": "Harbor Outfitters LLC", "country": "US"},
    "export_country": "IT",
    "export_date": "2026-10-09",
    "arrival_date": "2026-10-26",
    "carrier_scac": "HLCU",
    "bills_of_lading": ["HLCU1182207734"],
    "containers": ["HLXU4410276"],
    "route": [
        {"unlocode": "ITGOA", "country": "IT", "role": "lading"},
        {"unlocode": "USSAV", "country": "US", "role": "unlading"},
    ],
    "lines": [
        {
            "line_number": 1,
            "hts": "8481809050",
            "description": "valves of steel, hand operated",
            "origin_country": "IT",
            "manufacturer": {
                "mid": "ITMARVAL27GEN",
                "name": "Marlinde Valves S.p.A.",
                "address": "27 Port Road",
                "city": "Genova",
                "postal_code": "16126",
                "country": "IT",
            },
            "seller": {"name": "Marlinde Valves S.p.A.", "country": "IT"},
            "entered_value_usd": "36400.00",
            "quantity": 1250,
            "quantity_unit": "NO",
            "gross_weight_kg": 1720,
            "duty_rate_percent": "2",
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Example:
    """An entry in wire form with the score and strongest reasons the demo model gives it."""

    document: Document
    score: int
    reasons: tuple[GivenReason, ...]


def suspect_example(
    bundle: Bundle, reference: ReferencePack, makers: Sequence[Mapping[str, str]], wanted: int
) -> Example:
    """Return an entry that scores at least `wanted`, first one whose reasons name CAATSA s.321.

    Tried are the one of docs/api.md, then the same goods by each of `makers` of the demo world.
    Where none scores enough it is the one that scores most.
    """
    found = [scored_example(bundle, reference, document) for document in _candidates(makers)]
    reviewed = [each for each in found if each.score >= wanted]
    telling = [each for each in reviewed if any(r.regime == REGIME for r in each.reasons)]
    return (telling or reviewed or [max(found, key=lambda each: each.score)])[0]


def _candidates(makers: Sequence[Mapping[str, str]]) -> Iterator[Document]:
    yield SUSPECT
    for maker in makers:
        document = deepcopy(SUSPECT)
        document["lines"][0]["manufacturer"] = dict(maker)
        yield document


def scored_example(bundle: Bundle, reference: ReferencePack, document: Document) -> Example:
    """Return what the bundle, with the memory it brings, says of an entry of one line."""
    entry = read_submission(document).entry
    raw, reasons = _say(bundle, reference, entry)
    return Example(document, score_of(bundle.probability(raw)), reasons)


def _say(
    bundle: Bundle, reference: ReferencePack, entry: Entry
) -> tuple[float, tuple[GivenReason, ...]]:
    at = entry.moment
    if at is None:
        raise DataRefused("demo: an example has no date")
    history = History() if bundle.history is None else History.restore(bundle.history)
    hits = Screener(reference).screen(entry, at)
    facts = line_facts(entry, history.read(entry, at), hits, reference, at)
    rows = Encoder(bundle.schema, reference, bundle.lanes).encode(facts)
    contributions = bundle.contributions(rows)[0].tolist()
    reasons = explain(bundle.schema.names, contributions, facts[0], bundle.reason_map, REASONS)
    return float(bundle.predict(rows)[0]), reasons
