"""Listed names that stand in the description of goods, such as the ship that caught them."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from app.core.reference import ListedEntity
from app.core.reference.folding import fold_text
from app.core.screening.matches import HitStrength, NameMatch
from app.core.screening.names import MOST_WORDS, Name
from app.core.screening.vocabulary import Kind

STATED_MATCH = 0.95  # a listed name word for word in a text about goods
_LEAST_WORDS = 2  # of a listed name; brands are one word, and goods are made for them
_CERTAIN_WORDS = 3  # of a name that is hardly a brand or another firm's
_OVERLAP = 8  # words that two pieces of a long text share
_DENIED_WITHIN = 3  # words before a name in which a denial is looked for
_DENIALS = frozenset(
    {"no", "not", "non", "without", "excluding", "except", "exclude", "excludes", "other", "never"}
)
_DENIED_AFTER = frozenset({"free", "excluded"})


def is_denied(words: tuple[str, ...], start: int, end: int) -> bool:
    """Whether the text denies what stands in words[start:end], as "no" before or "free" after."""
    before = words[max(0, start - _DENIED_WITHIN) : start]
    return not _DENIALS.isdisjoint(before) or not _DENIED_AFTER.isdisjoint(words[end : end + 1])


class _Stated(NamedTuple):
    """A listed name as its plain words in order."""

    words: tuple[str, ...]
    entity: ListedEntity
    kind: str
    certain: bool


class DescriptionIndex:
    """Finds listed names word for word in the text of a description."""

    __slots__ = ("_by_first", "_read")

    def __init__(
        self, names: Iterable[tuple[ListedEntity, str, str]], read: Callable[[str], Name]
    ) -> None:
        """Index (entity, folded name, kind of name); `read` takes a folded name apart.

        Names of one word, and those in which no word names a firm, are left out.
        """
        self._read = read
        self._by_first: dict[str, list[_Stated]] = {}
        for entity, folded, kind in names:
            words = read(folded).words
            named = any(word.kind is Kind.DISTINCTIVE for word in words)
            if named and len(words) >= _LEAST_WORDS:
                plain = tuple(word.plain for word in words)
                stated = _Stated(plain, entity, kind, len(words) >= _CERTAIN_WORDS)
                self._by_first.setdefault(plain[0], []).append(stated)

    def find(self, text: str) -> tuple[NameMatch, ...]:
        """Return the listed names in a text, each entity once; a denied or short one is weak."""
        found: dict[str, NameMatch] = {}
        spelt = fold_text(text).split()
        for start in range(0, max(1, len(spelt) - _OVERLAP), MOST_WORDS - _OVERLAP):
            piece = self._read(" ".join(spelt[start : start + MOST_WORDS]))
            for match in self._in_piece(tuple(word.plain for word in piece.words)):
                earlier = found.get(match.entity.entity_id)
                if earlier is None or earlier.strength is HitStrength.WEAK:
                    found[match.entity.entity_id] = match
        return tuple(found.values())

    def _in_piece(self, words: tuple[str, ...]) -> Iterable[NameMatch]:
        for at, word in enumerate(words):
            for stated in self._by_first.get(word, ()):
                end = at + len(stated.words)
                if words[at:end] == stated.words:
                    certain = stated.certain and not is_denied(words, at, end)
                    strength = HitStrength.STRONG if certain else HitStrength.WEAK
                    yield NameMatch(
                        stated.entity, stated.kind, STATED_MATCH, strength, ("description",), False
                    )
