"""What a name leads to: a listed entity, how well, and how far that may be relied on."""

from enum import StrEnum
from typing import NamedTuple

from app.core.reference import ListedEntity

LEGAL_FORM_MATCH = 0.95  # equal once legal forms are left out; 1.0 is equal with them
WORD_ORDER_MATCH = 0.94  # equal words in another order
STRONG_LINE = 0.85  # docs/screening.md: measured on variants and on unlisted names
MARKED_LINE = 0.75  # the same where what is nearly a mark is in common, and no unknown word is left
INSIDE_MATCH = 0.9  # a long listed name that stands word for word in a longer one
MISSPELT_MATCH = 0.9  # a whole name two letters off
MISSPELT_LINE = 0.7  # the same where every word is there, misspelt or not, and no other
WEAK_LINE = 0.7
ENOUGH_EVIDENCE = 1.2  # a word that names a firm, and one more in common
ENOUGH_TO_SHOW = 0.9
ENOUGH_LETTERS = 8  # of a whole name that is only everyday words
LETTERS_OF_LONG_NAME = 18  # of three words or more: such a name is hardly another firm's
WORDS_OF_LONG_NAME = 3
LETTERS_WITHOUT_GROUP = 20  # the same where "group" or "corps" is left out


class HitStrength(StrEnum):
    """How far a hit may be relied on.

    `strong` sets the hold floor. `weak` (a MID alone, a short name, a name many firms share) is
    shown and counted by the model, and sets none. `past` is an order that ended before the date:
    shown, never counted.
    """

    STRONG = "strong"
    WEAK = "weak"
    PAST = "past"


class NameMatch(NamedTuple):
    """A listed entity that a name leads to.

    `kind` says which of its names, `degree` in (0, 1] how well, `how` in what the names differ.
    `mark` is a match on words that are nearly a mark of the firm, wherever it is.
    """

    entity: ListedEntity
    kind: str
    degree: float
    strength: HitStrength
    how: tuple[str, ...]
    mark: bool

    @property
    def rank(self) -> tuple[bool, float]:
        """Order of matches of one entity: the strongest last."""
        return self.strength is HitStrength.STRONG, self.degree


def best_of_each(matches: list[NameMatch]) -> tuple[NameMatch, ...]:
    """Return the best match of each entity, in the order in which entities were found."""
    best: dict[str, NameMatch] = {}
    for match in matches:
        known = best.get(match.entity.entity_id)
        if known is None or match.rank > known.rank:
            best[match.entity.entity_id] = match
    return tuple(best.values())
