"""From what fired to what is wanted: for each law and family of goods, reviews and documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.remedies.causes import Cause
from app.core.remedies.kinds import Document, Family, Review
from app.core.remedies.table import NOT_KNOWN, Remedies


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document that is wanted, for which lines, and in which review (None: in none)."""

    document: Document
    line_numbers: tuple[int, ...]
    review: str | None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a law asks for of goods of one family; `regime` None is what no law asks for by name.

    Where there are several reviews, one of them is enough. Documents of no review settle what the
    causes speak of. Without documents, `none_because` says why there are none.
    """

    regime: str | None
    title: str
    family: Family | None
    line_numbers: tuple[int, ...]
    causes: tuple[Cause, ...]
    reviews: tuple[Review, ...]
    documents: tuple[Wanted, ...]
    none_because: tuple[str, ...]


GENERAL = "What no law asks for by name"


def demands_of(
    causes: Sequence[Cause], hts_of: Mapping[int, str], remedies: Remedies
) -> tuple[Demand, ...]:
    """Return the demands, laws in the order of their tables and what has no law last.

    `hts_of` maps each line number of the entry to its tariff code; a cause of the whole entry
    counts for every line.
    """
    keyed: dict[tuple[str | None, str | None], list[tuple[int, Cause]]] = {}
    for cause in causes:
        regime = cause.regime if cause.regime in remedies.regimes else None
        numbers = hts_of if cause.line_number is None else (cause.line_number,)
        for number in numbers:
            family = remedies.family_of(hts_of[number]).family if regime else None
            keyed.setdefault((regime, family), []).append((number, cause))
    order = {regime: place for place, regime in enumerate(remedies.regimes)}
    ordered = sorted(keyed, key=lambda key: (order.get(key[0] or "", len(order)), key[1] or ""))
    return tuple(_demand(key, keyed[key], remedies) for key in ordered)


def _demand(
    key: tuple[str | None, str | None], found: Sequence[tuple[int, Cause]], remedies: Remedies
) -> Demand:
    regime, name = key
    family = None if name is None else remedies.families[name]
    lists = frozenset(cause.list for _, cause in found if cause.list is not None)
    reviews = remedies.reviews(regime, lists)
    numbers = tuple(sorted({number for number, _ in found}))
    wanted: list[Wanted] = []
    for review in reviews:
        traced = family.documents if family is not None and review.traces else ()
        wanted += [
            Wanted(each, numbers, review.code)
            for each in dict.fromkeys([*review.documents, *traced])
        ]
    asked = {each.document.document_id for each in wanted}
    own, why = _of_causes(found, asked, remedies)
    wanted += own
    return Demand(
        regime=regime,
        title=GENERAL if regime is None else remedies.regimes[regime].title,
        family=family,
        line_numbers=numbers,
        causes=tuple(dict.fromkeys(cause for _, cause in found)),
        reviews=reviews,
        documents=tuple(wanted),
        none_because=() if wanted else tuple(why) or (NOT_KNOWN,),
    )


def _of_causes(
    found: Iterable[tuple[int, Cause]], asked: set[str], remedies: Remedies
) -> tuple[list[Wanted], list[str]]:
    """Return what the causes themselves ask for beyond `asked`, and why others ask for nothing."""
    lines: dict[Document, set[int]] = {}
    why: dict[str, None] = {}
    for number, cause in found:
        cell = remedies.aspect(cause.code, cause.group)
        for document in cell.documents:
            if document.document_id not in asked:
                lines.setdefault(document, set()).add(number)
        if cell.none_because:
            why[cell.none_because] = None
    wanted = [Wanted(each, tuple(sorted(numbers)), None) for each, numbers in lines.items()]
    return wanted, list(why)
