"""What is missing of an entry, in plain words; each also shows as NaN in its features."""

from collections.abc import Callable, Sequence

from app.core.features.facts import LineFacts
from app.core.reference import HtsStatus

Missing = Callable[[LineFacts], bool]

# Of the whole entry: text, and whether it holds.
_OF_ENTRY: tuple[tuple[str, Missing], ...] = (
    ("route: no leg declared", lambda facts: not facts.entry.route),
    (
        "route: no place of stuffing declared",
        lambda facts: bool(facts.entry.route) and "stuffing" in facts.of_entry.legs_missing,
    ),
    (
        "route: no place of lading declared",
        lambda facts: bool(facts.entry.route) and "lading" in facts.of_entry.legs_missing,
    ),
    ("route: no export country declared", lambda facts: facts.entry.export_country is None),
    (
        "route: transit time unknown, export or arrival date not declared",
        lambda facts: facts.of_entry.transit_days is None,
    ),
    ("importer: not declared", lambda facts: not facts.history.has_importer),
    (
        "importer history: first entry seen",
        lambda facts: facts.history.has_importer and facts.history.seen("importer") is None,
    ),
    ("filer: not declared", lambda facts: not facts.history.has_filer),
    (
        "filer history: first entry seen",
        lambda facts: facts.history.has_filer and facts.history.seen("filer") is None,
    ),
    (
        "declaration: mode of transport not declared",
        lambda facts: facts.entry.mode_of_transport is None,
    ),
    ("declaration: entry type not declared", lambda facts: facts.entry.entry_type is None),
)


def _first_seen(kind: str, word: str) -> tuple[str, Missing]:
    def missing(facts: LineFacts) -> bool:
        declared = getattr(facts.history.keys, kind) is not None
        return declared and facts.history.seen(kind) is None

    return f"{word} history: first entry seen", missing


# Of single lines.
_OF_LINE: tuple[tuple[str, Missing], ...] = (
    ("commodity: tariff code in no table", lambda facts: facts.hts_status is HtsStatus.UNKNOWN),
    (
        "commodity: tariff code not in force on the date",
        lambda facts: facts.hts_status is HtsStatus.OBSOLETE,
    ),
    ("supplier: not declared", lambda facts: not facts.history.has_supplier),
    (
        "supplier history: first entry seen",
        lambda facts: facts.history.has_supplier and facts.history.seen("supplier") is None,
    ),
    _first_seen("mid", "MID"),
    _first_seen("city", "town"),
    _first_seen("goods", "goods"),
    _first_seen("lane", "lane"),
    _first_seen("route", "route"),
    ("manufacturer: MID not declared", lambda facts: facts.manufacturer.mid is None),
    ("manufacturer: country not declared", lambda facts: facts.maker_country is None),
    (
        "manufacturer: town and postal code not declared",
        lambda facts: not (facts.manufacturer.city or facts.manufacturer.postal_code),
    ),
    (
        "manufacturer: town or address may mean several places",
        lambda facts: facts.maker_at.kind is None and facts.maker_at.unclear is not None,
    ),
    ("valuation: gross weight not declared", lambda facts: facts.line.gross_weight_kg is None),
    ("valuation: quantity not declared", lambda facts: facts.line.quantity is None),
    ("declaration: duty rate not declared", lambda facts: facts.line.duty_rate_percent is None),
)


def unknowns(facts: Sequence[LineFacts]) -> list[str]:
    """Return what is missing of an entry whose lines these are, entry first, then lines.

    A text that holds for some lines only names them, as "(lines 2, 5)".
    """
    if not facts:
        return []
    found = [text for text, missing in _OF_ENTRY if missing(facts[0])]
    for text, missing in _OF_LINE:
        numbers = [fact.line.line_number for fact in facts if missing(fact)]
        if len(numbers) == len(facts):
            found.append(text)
        elif numbers:
            found.append(f"{text} ({_lines(numbers)})")
    return found


def _lines(numbers: list[int]) -> str:
    word = "line" if len(numbers) == 1 else "lines"
    return f"{word} {', '.join(str(number) for number in numbers)}"
