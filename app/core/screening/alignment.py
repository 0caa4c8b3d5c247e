"""Two names laid side by side, word by word: how far they are the same, and in what they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import OSA

from app.core.screening.lexicon import WEIGHTS
from app.core.screening.names import Word
from app.core.screening.romanisation import syllables
from app.core.screening.vocabulary import Kind

# What a word of the given name weighs that the listed name lacks, by kind: as part of a longer
# name (a branch, a subsidiary), and where the listed name has another word in its place.
_ADDED = {
    Kind.ORGANISATION: 0.02,
    Kind.TRADE: 0.08,
    Kind.PLACE: 0.06,
    Kind.COMMON: 0.3,
    Kind.NUMBER: 0.2,
    Kind.DISTINCTIVE: 0.7,
}
_INSTEAD = {
    Kind.ORGANISATION: 0.04,
    Kind.TRADE: 0.25,
    Kind.PLACE: 0.4,
    Kind.COMMON: 0.5,
    Kind.NUMBER: 1.0,
    Kind.DISTINCTIVE: 0.8,
}
# Share of its weight that a word costs that is merely left out, with none of its kind instead.
_LEFT_OUT = {Kind.PLACE: 0.45, Kind.TRADE: 0.5}
_ABBREVIATED = 0.9  # likeness of a word and what abbreviates it
_SHORTEST_ABBREVIATION = 3
_TINY = 4  # letters of an everyday word that the lexicon does not look for misspelt
_TINY_MISSPELT = 0.7
_SHORT_ADDED = 0.25  # what an unknown word of three letters or fewer weighs
_MOST_OF_A_WORD = 0.75
_INITIALS = 4  # letters of a word without vowels that stands for a firm, as XPCC


class ListedWord(NamedTuple):
    """A word of a listed name: its number in the lexicon, what it is, weighs and tells."""

    number: int
    plain: str
    kind: Kind
    weight: float
    tells: float


class Found(NamedTuple):
    """Where a listed word was found: position in the given name, likeness, how they differ."""

    at: int
    likeness: float
    how: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a given name and a listed one lie side by side.

    `degree` in [0, 1] is the share of their weight that agrees; `evidence` how much the words in
    common tell of who it is. Of the listed words, `missing` that one is not there, `lacking` that
    one of organisation is not, `complete` that no other is, `nameless` that one that names the firm
    is not, `named` that one is. `extra` that given words are left; `replaced` that an unknown one
    is, where a listed one is missing, `stranger` that an unknown one is at all; `inside` that the
    listed name stands in the given one word for word.
    """

    degree: float
    evidence: float
    complete: bool
    lacking: bool
    missing: bool
    extra: bool
    replaced: bool
    stranger: bool
    inside: bool
    nameless: bool
    named: bool
    how: tuple[str, ...]


def tells(word: str, kind: Kind) -> float:
    """Return how much it means that two firms share a word: about 1 for one that names a firm.

    Two Chinese syllables are a name that strangers share; a long word that is no Chinese and no
    English is nearly a mark.
    """
    if kind is not Kind.DISTINCTIVE:
        return WEIGHTS[kind]
    parts = syllables(word)
    if parts is not None:
        return (0.5, 0.95, 1.3)[min(len(parts), 3) - 1]
    if len(word) >= _INITIALS and not set(word) & set("aeiouy"):
        return 1.25
    return 1.4 if len(word) >= 6 else 1.0 if len(word) >= 4 else 0.4


def align(
    given: Sequence[Word], listed: Sequence[ListedWord], found: Mapping[int, Sequence[Found]]
) -> Alignment:
    """Lay a given name beside a listed one; `found` says where listed words may stand in it."""
    places: dict[int, Found] = {}  # position in the listed name -> where it was found
    used: set[int] = set()
    for at, word in enumerate(listed):
        for place in found.get(word.number, ()):
            if place.at not in used and (at not in places or place.likeness > places[at].likeness):
                places[at] = place
        if at in places:
            used.add(places[at].at)
    _abbreviations(given, listed, places, used)
    return _weigh(given, listed, places, used)


def _abbreviations(
    given: Sequence[Word], listed: Sequence[ListedWord], places: dict[int, Found], used: set[int]
) -> None:
    left = [at for at in range(len(given)) if at not in used]
    if not left:
        return
    for at, word in enumerate(listed):
        if at in places or word.kind in {Kind.DISTINCTIVE, Kind.NUMBER}:
            continue
        for position in left:
            place = None if position in used else _short_for(given[position].plain, word.plain)
            if place is not None:
                places[at] = Found(position, *place)
                used.add(position)
                break


def _short_for(given: str, listed: str) -> tuple[float, str] | None:
    if abbreviates(given, listed):
        return _ABBREVIATED, "abbreviation"
    if len(listed) <= _TINY and len(given) > 1 and OSA.distance(given, listed) <= 1:
        return _TINY_MISSPELT, "spelling"
    return None


def abbreviates(short: str, word: str) -> bool:
    """Whether a word is short for another: same first letter, the rest in order, much shorter."""
    if not _SHORTEST_ABBREVIATION <= len(short) <= len(word) * _MOST_OF_A_WORD:
        return False
    letters = iter(word)
    return short[0] == word[0] and all(letter in letters for letter in short)


def _weigh(
    given: Sequence[Word],
    listed: Sequence[ListedWord],
    places: Mapping[int, Found],
    used: set[int],
) -> Alignment:
    extra = [given[at] for at in range(len(given)) if at not in used]
    extra_kinds = {word.kind for word in extra}
    agreed = whole = evidence = 0.0
    missing: set[Kind] = set()
    for at, word in enumerate(listed):
        place = places.get(at)
        if place is not None:
            agreed += word.weight * place.likeness
            evidence += word.tells * place.likeness
            whole += word.weight
        else:
            missing.add(word.kind)
            merely = word.kind not in extra_kinds
            whole += word.weight * (_LEFT_OUT.get(word.kind, 1.0) if merely else 1.0)
    whole += sum(_added(word, missing) for word in extra)
    unknown = any(w.kind is Kind.DISTINCTIVE and len(w.plain) >= _TINY for w in extra)
    in_order = [places[at] for at in sorted(places)]
    return Alignment(
        agreed / whole,
        evidence,
        complete=missing <= {Kind.ORGANISATION},
        lacking=Kind.ORGANISATION in missing,
        missing=bool(missing),
        extra=bool(extra),
        replaced=unknown and bool(missing),
        stranger=unknown,
        inside=not missing and _is_inside(in_order),
        nameless=Kind.DISTINCTIVE in missing,
        named=any(listed[at].kind is Kind.DISTINCTIVE for at in places),
        how=_differences(in_order, [given[at] for at in used], extra),
    )


def _added(word: Word, missing: set[Kind]) -> float:
    """Return what a word weighs that the listed name has not, more where one of its kind is."""
    if word.kind is Kind.DISTINCTIVE and len(word.plain) < _TINY:
        return _SHORT_ADDED
    return (_INSTEAD if word.kind in missing else _ADDED)[word.kind]


def _differences(
    places: Sequence[Found], used: Sequence[Word], extra: Sequence[Word]
) -> tuple[str, ...]:
    hows = [place.how for place in places if place.how]
    hows.extend("transliteration" for word in used if word.joined)
    order = [place.at for place in places]
    if order != sorted(order):
        hows.append("word order")
    if extra:
        hows.append("subsidiary")
    return tuple(dict.fromkeys(hows))


def _is_inside(places: Sequence[Found]) -> bool:
    """Whether listed words were found as they are, one after the other."""
    start = places[0].at
    return all(
        place.likeness == 1.0 and place.at == start + step for step, place in enumerate(places)
    )
