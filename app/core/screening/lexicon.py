"""The words of the listed names: how much each tells, and which one a word may be."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import log
from typing import NamedTuple

from rapidfuzz.distance import OSA

from app.core.screening.romanisation import syllables, wade_giles
from app.core.screening.vocabulary import KNOWN_WORDS, Kind

# What one word weighs in a comparison, by its kind.
WEIGHTS: Mapping[Kind, float] = {
    Kind.ORGANISATION: 0.12,
    Kind.TRADE: 0.3,
    Kind.PLACE: 0.4,
    Kind.COMMON: 0.55,
    Kind.NUMBER: 0.5,
    Kind.DISTINCTIVE: 1.0,
}
_SHORT = 3  # letters; a word as short tells less
_SHORT_WEIGHT = 0.6
_LEAST_RARITY = 0.6  # share of its weight that a word in every listed name keeps
_FUZZY_FROM = 4  # letters of a word that may be misspelt
_TWO_EDITS_FROM = 6
_READ_FROM = 4  # letters of an everyday word that may be misspelt
_READ_LIKENESS = 0.7
_LONG_BUCKET = 64  # words of one part; more would cost more than they find
_RESPELT = 0.95  # likeness of a word in another romanisation
_SAME_SCRIPT_LOSS = 0.1  # more doubt where both spellings are Chinese syllables
_LONG_PINYIN = 9  # letters of Chinese syllables that may have two edits


class Like(NamedTuple):
    """A listed word that a word may be: its number, likeness in (0, 1] and how they differ."""

    word: int
    likeness: float
    how: str


class Lexicon:
    """Words of the listed names by number, with weights; finds near ones without a scan."""

    def __init__(self, names: Iterable[Iterable[tuple[str, Kind]]]) -> None:
        """Take the words of each listed name with their kinds."""
        counts: Counter[str] = Counter()
        kinds: dict[str, Kind] = {}
        total = 0
        for words in names:
            total += 1
            kinds.update(found := dict(words))
            counts.update(found.keys())
        self.words: list[str] = list(kinds)
        self.kinds: list[Kind] = list(kinds.values())
        self.weights = [_weight(word, kinds[word], counts[word], total) for word in self.words]
        self.numbers = {word: number for number, word in enumerate(self.words)}
        self.respelt: dict[str, int] = {}
        self._deleted: dict[str, list[int]] = {}
        self._parts: dict[tuple[int, int], dict[str, list[int]]] = {}
        for number, word in enumerate(self.words):
            self._index(number, word)

    def like(self, text: str, plain: str, *, misspelt: bool) -> list[Like]:
        """Return the listed words that a word may be, itself first; near ones if `misspelt`.

        `text` is the word as written, `plain` what it stands for.
        """
        found: list[Like] = []
        number = self.numbers.get(plain)
        if number is not None:
            found.append(Like(number, 1.0, ""))
        respelt = self.respelt.get(text)
        if respelt is not None and respelt != number:
            found.append(Like(respelt, _RESPELT, "transliteration"))
        if not found and misspelt and len(plain) >= _FUZZY_FROM:
            found.extend(self._near(plain))
        return found

    def _index(self, number: int, word: str) -> None:
        kind = self.kinds[number]
        if kind is Kind.NUMBER or len(word) < _FUZZY_FROM:
            return
        respelt = wade_giles(word) if kind in {Kind.DISTINCTIVE, Kind.PLACE} else None
        if respelt is not None and len(respelt) >= _FUZZY_FROM:
            self.respelt.setdefault(respelt, number)
        for key in _deletions(word):
            self._deleted.setdefault(key, []).append(number)
        if len(word) >= _TWO_EDITS_FROM:
            for start, end in _thirds(len(word)):
                starts = self._parts.setdefault((len(word), start), {})
                starts.setdefault(word[start:end], []).append(number)

    def _near(self, word: str) -> Iterator[Like]:
        found: dict[int, None] = {}
        for key in _deletions(word):
            found.update(dict.fromkeys(self._deleted.get(key, ())))
        if not found and len(word) >= _TWO_EDITS_FROM - 1:
            found = self._sharing_a_part(word)
        pinyin = syllables(word) is not None if found else False
        for number in found:
            likeness = likeness_of(word, self.words[number])
            if likeness and pinyin and syllables(self.words[number]) is not None:
                likeness = _of_syllables(likeness, len(word))
            if likeness:
                yield Like(number, likeness, "spelling")

    def _sharing_a_part(self, word: str) -> dict[int, None]:
        """Return words that share one of three parts, moved by two at most: 2 edits leave one."""
        found: dict[int, None] = {}
        for length in range(max(_TWO_EDITS_FROM, len(word) - 2), len(word) + 3):
            for start, end in _thirds(length):
                parts = self._parts.get((length, start))
                if parts is None:
                    continue
                for move in range(-min(2, start), 3):
                    bucket = parts.get(word[start + move : end + move])
                    if bucket is not None and len(bucket) <= _LONG_BUCKET:
                        found.update(dict.fromkeys(bucket))
        return found


def likeness_of(word: str, listed: str) -> float:
    """Return how alike two spellings are, by edits over letters; 0.0 beyond two edits, or one
    below six letters."""
    most = 2 if len(listed) >= _TWO_EDITS_FROM else 1
    edits = OSA.distance(word, listed, score_cutoff=most)
    return 0.0 if edits > most else 1.0 - edits / max(len(listed), len(word))


def _of_syllables(likeness: float, letters: int) -> float:
    """Return the likeness of two words of Chinese syllables: one edit makes another name too."""
    one_edit = 1.0 - 1.0 / letters - likeness < 0.01
    return likeness - _SAME_SCRIPT_LOSS if one_edit or letters >= _LONG_PINYIN else 0.0


def _weight(word: str, kind: Kind, count: int, total: int) -> float:
    rarity = 1.0 - (1.0 - _LEAST_RARITY) * log(count) / log(total) if total > 1 else 1.0
    short = len(word) <= _SHORT and kind is Kind.DISTINCTIVE
    return (_SHORT_WEIGHT if short else WEIGHTS[kind]) * rarity


def _deletions(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _thirds(length: int) -> tuple[tuple[int, int], ...]:
    first, second = length // 3, 2 * length // 3
    return ((0, first), (first, second), (second, length))


class Spelling:
    """Reads misspelt everyday words: of one edit, by what is left when a letter goes."""

    def __init__(self) -> None:
        """Index the known words that are long enough."""
        self._deleted: dict[str, list[str]] = {}
        for word in KNOWN_WORDS:
            if len(word) >= _READ_FROM:
                for key in _deletions(word):
                    self._deleted.setdefault(key, []).append(word)

    def read(self, word: str) -> tuple[str, Kind, float] | None:
        """Return the plain word that `word` may be, its kind and their likeness; None for none."""
        if len(word) < _READ_FROM - 1:
            return None
        best: tuple[float, str] | None = None
        for key in _deletions(word):
            for known in self._deleted.get(key, ()):
                likeness = likeness_of(word, known)
                if likeness >= _READ_LIKENESS and (best is None or (likeness, known) > best):
                    best = (likeness, known)
        if best is not None and KNOWN_WORDS[best[1]][1] is Kind.PLACE and syllables(word):
            return None  # Haifeng is a name of its own, not Kaifeng misspelt
        return None if best is None else (*KNOWN_WORDS[best[1]], best[0])


@lru_cache(1)
def everyday_spelling() -> Spelling:
    """Return the one reader of everyday words; it depends on the vocabulary alone."""
    return Spelling()
