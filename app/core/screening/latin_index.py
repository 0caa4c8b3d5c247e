"""Listed names in Latin letters, found by their words: same, respelt, misspelt, longer, shorter."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest

from rapidfuzz.distance import OSA

from app.core.reference import ListedEntity
from app.core.screening.alignment import Alignment, Found, ListedWord, align, tells
from app.core.screening.lexicon import Lexicon, Like, everyday_spelling
from app.core.screening.matches import (
    ENOUGH_EVIDENCE,
    ENOUGH_LETTERS,
    ENOUGH_TO_SHOW,
    INSIDE_MATCH,
    LEGAL_FORM_MATCH,
    LETTERS_OF_LONG_NAME,
    LETTERS_WITHOUT_GROUP,
    MARKED_LINE,
    MISSPELT_LINE,
    MISSPELT_MATCH,
    STRONG_LINE,
    WEAK_LINE,
    WORD_ORDER_MATCH,
    WORDS_OF_LONG_NAME,
    HitStrength,
    NameMatch,
)
from app.core.screening.names import (
    LONGEST_RUN,
    Name,
    Word,
    parts_of,
    take_apart,
    without_forms,
)
from app.core.screening.vocabulary import KNOWN_WORDS, Kind

_SHORTEST = 4  # letters of a name; JWD or GCL is too many firms to rely on
_LONG_POSTING = 256  # listed names of one everyday word; more are not followed
_LEAST_SHARE = 0.45  # of a listed name's weight that must be in common to look closer
_LOOKED_AT = 8  # listed names laid beside a name
_MARK = 1.25  # what a word tells that is nearly a mark, wherever the firm is
_LEGAL_ENDINGS = ("co", "ltd", "inc", "llc", "corp", "company", "limited")
_LETTERS_TO_MISSPELL = 10  # of a whole name that is a letter or two off
_FORMS_STAND_WITHIN = 2  # words from the end
_SHORTEST_RUN = 7  # letters of a name that is also read without its spaces
_FORM_AT_END = re.compile(r"(?:co)?(?:ltd|limited|corp|corporation|inc|llc|company|bhd|sdnbhd)$")
_RUN_FROM = 5  # letters of a run of words that may also be written as one


@dataclass(frozen=True, slots=True)
class _Listed:
    """One listed name, taken apart and weighed."""

    entity: ListedEntity
    kind: str
    folded: str
    name: Name
    words: tuple[ListedWord, ...]
    weight: float
    text: str
    letters: int

    @property
    def short(self) -> bool:
        return self.letters < _SHORTEST


class LatinIndex:
    """Finds the listed names that a folded name in Latin letters may be."""

    def __init__(self, names: Iterable[tuple[ListedEntity, str, str]]) -> None:
        """Index (entity, folded name, kind of name); names that say nothing are left out."""
        towns = _towns()
        taken = [
            (entity, folded, kind, take_apart(folded, towns)) for entity, folded, kind in names
        ]
        taken = [each for each in taken if _says_something(each[3])]
        self._lexicon = Lexicon(
            [(word.plain, word.kind) for word in each[3].words] for each in taken
        )
        self._spelling = everyday_spelling()
        self._runs = {
            **_runs([[word.text for word in each[3].words] for each in taken]),
            **{word: (word,) for word in self._lexicon.respelt},
            **towns,
        }
        self._listed = [self._weigh(*each) for each in taken]
        self._same: dict[tuple[str, ...], list[int]] = {}
        self._postings: list[list[int]] = [[] for _ in self._lexicon.words]
        self._together: dict[str, list[int]] = {}
        for at, listed in enumerate(self._listed):
            if listed.letters >= _SHORTEST_RUN:
                self._together.setdefault(listed.text, []).append(at)
            self._same.setdefault(listed.name.key, []).append(at)
            for number in {word.number for word in listed.words}:
                self._postings[number].append(at)

    def read(self, folded: str) -> Name:
        """Return a folded name taken apart, with the spaces of listed names set as they are."""
        return take_apart(folded, self._runs)

    def find(self, folded: str) -> list[NameMatch]:
        """Return the matches of a folded name, and of the firms that it names apart."""
        matches: list[NameMatch] = []
        for part in parts_of(folded):
            found = self._find_part(part)
            if part != folded:
                found = [each._replace(how=_with(each.how, "subsidiary")) for each in found]
            matches.extend(found)
        return matches

    def find_named(self, folded: str) -> list[NameMatch]:
        """Return the matches of a part of a field that is a listed name and tells who it is."""
        name = take_apart(folded, self._runs)
        return [
            _same(listed, name, folded)._replace(how=("subsidiary",))
            for listed in (self._listed[at] for at in self._same.get(name.key, ()))
            if _tells_who(listed)
        ]

    def find_run_together(self, folded: str) -> list[NameMatch]:
        """Return the matches of a name written without its spaces, with a legal form or without."""
        if " " in without_forms(folded):
            return []
        letters = without_forms(folded)
        bare = _FORM_AT_END.sub("", letters)
        readings = dict.fromkeys((letters, bare, bare.removesuffix("group")))
        found = [at for reading in readings for at in self._together.get(reading, ())]
        name = take_apart(folded, self._runs)
        return [_same(self._listed[at], name, folded)._replace(how=("spelling",)) for at in found]

    def _weigh(self, entity: ListedEntity, folded: str, kind: str, name: Name) -> _Listed:
        words = tuple(
            ListedWord(
                number := self._lexicon.numbers[word.plain],
                word.plain,
                word.kind,
                self._lexicon.weights[number],
                tells(word.plain, word.kind),
            )
            for word in name.words
        )
        text = "".join(word.text for word in name.words)
        weight = sum(word.weight for word in words)
        return _Listed(entity, kind, folded, name, words, weight, text, len(text))

    def _find_part(self, folded: str) -> list[NameMatch]:
        name = take_apart(folded, self._runs)
        same = self._same.get(name.key, ())
        matches = [_same(self._listed[at], name, folded) for at in same]
        given, found = self._found(name.words)
        for at in self._candidates(found):
            listed = self._listed[at]
            if at not in same and not listed.short:
                match = _match(listed, given, align(given, listed.words, found))
                if match is not None:
                    matches.append(match)
        return matches

    def _found(self, words: Sequence[Word]) -> tuple[list[Word], dict[int, list[Found]]]:
        """Return the words with misspelt everyday ones read, and where listed words are."""
        given: list[Word] = []
        found: dict[int, list[Found]] = {}
        for at, word in enumerate(words):
            likes = self._lexicon.like(
                word.text, word.plain, misspelt=word.kind is Kind.DISTINCTIVE
            )
            read = word
            if word.kind is Kind.DISTINCTIVE and not (likes and likes[0].likeness == 1.0):
                if at and not likes and _is_noise(word.plain, len(words) - at):
                    continue
                read = self._read(word, likes)
            if read.kind in {Kind.LEGAL, Kind.LINK}:
                continue
            for like in likes:
                found.setdefault(like.word, []).append(Found(len(given), like.likeness, like.how))
            given.append(read)
        return given, found

    def _read(self, word: Word, likes: list[Like]) -> Word:
        """Return an unknown word as the everyday word it may be, unless a listed one is nearer.

        Where that everyday word is in a listed name it joins `likes`.
        """
        read = self._spelling.read(word.plain)
        if read is None:
            return word
        plain, kind, likeness = read
        number = self._lexicon.numbers.get(plain)
        if number is not None and all(like.word != number for like in likes):
            likes.append(Like(number, likeness, "spelling"))
        return word if likes else word._replace(plain=plain, kind=kind)

    def _candidates(self, found: dict[int, list[Found]]) -> list[int]:
        shared: dict[int, float] = {}
        lexicon = self._lexicon
        for number, places in found.items():
            postings = self._postings[number]
            if lexicon.kinds[number] is not Kind.DISTINCTIVE and len(postings) > _LONG_POSTING:
                continue
            gain = lexicon.weights[number] * max(place.likeness for place in places)
            for at in postings:
                shared[at] = shared.get(at, 0.0) + gain
        listed = self._listed
        near = [
            (gain / listed[at].weight, -at)
            for at, gain in shared.items()
            if gain >= _LEAST_SHARE * listed[at].weight
        ]
        return [-at for _, at in nlargest(_LOOKED_AT, near)]


def _says_something(name: Name) -> bool:
    """Whether a listed name is more than one everyday word, such as half of a split name."""
    letters = sum(len(word.plain) for word in name.words)
    generic = all(word.kind in {Kind.TRADE, Kind.PLACE, Kind.ORGANISATION} for word in name.words)
    return letters > 1 and not (generic and len(name.words) == 1)


def _towns() -> dict[str, tuple[str, ...]]:
    return {word: (word,) for word, (_, kind) in KNOWN_WORDS.items() if kind is Kind.PLACE}


def _runs(names: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the words of listed names, and runs of them, by their letters."""
    runs: dict[str, tuple[str, ...]] = {}
    for words in names:
        for length in range(2, LONGEST_RUN):
            for at in range(len(words) - length + 1):
                letters = "".join(words[at : at + length])
                if len(letters) >= _RUN_FROM and letters not in KNOWN_WORDS:
                    runs.setdefault(letters, tuple(words[at : at + length]))
    for words in names:
        runs.update((word, (word,)) for word in words if len(word) > 1)
    return runs


def _is_noise(word: str, to_end: int) -> bool:
    """Whether a word is a misspelt "and", or a legal form where legal forms stand."""
    if to_end > 1 and 2 <= len(word) <= len("and") + 1 and _is_near(word, "and"):
        return True
    return to_end <= _FORMS_STAND_WITHIN and any(_is_near(word, form) for form in _LEGAL_ENDINGS)


def _is_near(word: str, other: str) -> bool:
    return OSA.distance(word, other, score_cutoff=1) <= 1


def _same(listed: _Listed, name: Name, folded: str) -> NameMatch:
    how: tuple[str, ...] = ()
    degree = 1.0
    if listed.folded != folded:
        ordered = [word.plain for word in name.words] == [word.plain for word in listed.name.words]
        degree = LEGAL_FORM_MATCH if ordered else WORD_ORDER_MATCH
        how = () if name.legal == listed.name.legal else ("legal form",)
        how += () if ordered else ("word order",)
        how += ("transliteration",) if any(word.joined for word in name.words) else ()
    one_common = len(listed.words) == 1 and listed.words[0].kind is not Kind.DISTINCTIVE
    weak = listed.short or one_common
    strength = HitStrength.WEAK if weak else HitStrength.STRONG
    mark = not weak and any(word.tells >= _MARK for word in listed.words)
    return NameMatch(listed.entity, listed.kind, degree, strength, how, mark)


def _match(listed: _Listed, given: Sequence[Word], aligned: Alignment) -> NameMatch | None:
    degree, how, whole = aligned.degree, aligned.how, _is_whole(listed, aligned)
    marked = _is_marked(listed, aligned)
    if _is_misspelt(listed, given, aligned):
        degree, how, whole = MISSPELT_MATCH, ("spelling",), True
    elif aligned.inside and _is_long(listed, aligned):
        degree = max(degree, INSIDE_MATCH)
    elif marked:
        degree = max(degree, WEAK_LINE)
    branch = _is_branch(listed, given, aligned)
    if degree < WEAK_LINE or not (whole or branch or aligned.evidence >= ENOUGH_TO_SHOW):
        return None
    telling = aligned.named and aligned.evidence >= ENOUGH_EVIDENCE
    enough = telling or _is_long(listed, aligned)
    line = MARKED_LINE if marked and not aligned.stranger else STRONG_LINE
    strong = whole or branch or (enough and not aligned.replaced and degree >= line)
    return NameMatch(
        listed.entity,
        listed.kind,
        min(round(degree, 3), WORD_ORDER_MATCH),
        HitStrength.STRONG if strong else HitStrength.WEAK,
        how,
        strong and any(word.tells >= _MARK for word in listed.words),
    )


def _tells_who(listed: _Listed) -> bool:
    """Whether a listed name in a longer field is enough: some words, one of which names a firm."""
    named = any(word.kind is Kind.DISTINCTIVE for word in listed.words)
    return named and sum(word.tells for word in listed.words) >= ENOUGH_EVIDENCE


def _is_branch(listed: _Listed, given: Sequence[Word], aligned: Alignment) -> bool:
    """Whether a group's whole name stands in the given one with nothing but places more."""
    group = listed.words[-1].kind is Kind.ORGANISATION and len(listed.words) > 1
    places = sum(word.kind is Kind.PLACE for word in given)
    return group and aligned.inside and places >= len(given) - len(listed.words)


def _is_marked(listed: _Listed, aligned: Alignment) -> bool:
    """Whether the name has what is nearly a mark of the firm, and lacks no town or trade of it."""
    mark = any(word.tells >= _MARK for word in listed.words)
    return mark and aligned.complete


def _is_whole(listed: _Listed, aligned: Alignment) -> bool:
    """Whether every listed word is there, misspelt perhaps, and no other."""
    letters = LETTERS_WITHOUT_GROUP if aligned.lacking else ENOUGH_LETTERS
    whole = aligned.complete and not aligned.extra and listed.letters >= letters
    return whole and aligned.degree >= MISSPELT_LINE


def _is_misspelt(listed: _Listed, given: Sequence[Word], aligned: Alignment) -> bool:
    """Whether the name is the listed one, a letter or two off; one where that names the firm."""
    if not (aligned.missing and aligned.extra) or listed.letters < _LETTERS_TO_MISSPELL:
        return False
    most = 1 if aligned.nameless else 2
    text = "".join(word.text for word in given)
    return OSA.distance(text, listed.text, score_cutoff=most) <= most


def _is_long(listed: _Listed, aligned: Alignment) -> bool:
    long = len(listed.words) >= WORDS_OF_LONG_NAME and listed.letters >= LETTERS_OF_LONG_NAME
    return long and aligned.complete and not aligned.lacking


def _with(how: tuple[str, ...], more: str) -> tuple[str, ...]:
    return how if more in how else (*how, more)
