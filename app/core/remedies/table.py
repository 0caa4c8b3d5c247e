"""The tables together: which documents settle a reason under a law for certain goods."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.core.remedies.kinds import Document, Family, RegimeRemedy, Review

OTHER = "other"
NOT_KNOWN = "No document is defined for it yet."


@dataclass(frozen=True, slots=True)
class Cell:
    """The documents of one reason, law and family; or none, and then why."""

    documents: tuple[Document, ...]
    none_because: str | None


class Remedies:
    """Documents by reason, law and family of goods; built by load_remedies, never changed."""

    __slots__ = ("_aspects", "_by_prefix", "documents", "families", "regimes")

    def __init__(
        self,
        documents: Mapping[str, Document],
        families: Iterable[Family],
        regimes: Iterable[RegimeRemedy],
        aspects: Mapping[str, Cell],
    ) -> None:
        """Index the families by prefix; `aspects` are by reason code and by reason group."""
        self.documents = MappingProxyType(dict(documents))
        self.families = MappingProxyType({each.family: each for each in families})
        self.regimes = MappingProxyType({each.regime: each for each in regimes})
        self._aspects = MappingProxyType(dict(aspects))
        self._by_prefix = {
            prefix: family for family in self.families.values() for prefix in family.hs_prefixes
        }

    def family_of(self, hts: str) -> Family:
        """Return the family of a tariff code, the longest prefix first; `other` where none is."""
        for length in range(len(hts), 1, -1):
            found = self._by_prefix.get(hts[:length])
            if found is not None:
                return found
        return self.families[OTHER]

    def aspect(self, code: str, group: str | None) -> Cell:
        """Return what settles a reason whatever the law: by its code, else by its group."""
        return self._aspects.get(code) or self._aspects.get(group or "") or Cell((), NOT_KNOWN)

    def reviews(
        self, regime: str | None, lists: frozenset[str] = frozenset()
    ) -> tuple[Review, ...]:
        """Return the reviews a law offers; hits on `lists` leave only those meant for them."""
        remedy = self.regimes.get(regime or "")
        if remedy is None:
            return ()
        named = lists & {each for review in remedy.reviews for each in review.lists}
        return tuple(
            review
            for review in remedy.reviews
            if not named or not review.lists or named & set(review.lists)
        )

    def cell(self, code: str, group: str | None, regime: str | None, family: Family) -> Cell:
        """Return the documents of a reason under a law for goods of a family, each once.

        What the law's reviews ask for comes first, then what the goods' family is traced by, then
        what the reason itself speaks of. Without any, `none_because` says why.
        """
        reviews = self.reviews(regime)
        found: list[Document] = [each for review in reviews for each in review.documents]
        if any(review.traces for review in reviews):
            found.extend(family.documents)
        own = self.aspect(code, group)
        found.extend(own.documents)
        documents = tuple(dict.fromkeys(found))
        return Cell(documents, None if documents else own.none_because or NOT_KNOWN)
