"""Measuring screening on made-up names: recall by class, and how often a stranger is hit."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Party
from app.core.reference import ListedEntity, ReferencePack
from app.core.screening import HitStrength, Screener
from tests.screening_variants import CLASSES, unlisted, variants

ANY_DAY = date(2025, 9, 1)  # for an entity of unknown start, and for strangers


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares in [0, 1]: of variants with a strong hit by class, of strangers with a hit."""

    recall: dict[str, float]
    weak: dict[str, float]
    strangers_strong: float
    strangers_weak: float

    @property
    def overall(self) -> float:
        """Recall over all classes, each as many variants."""
        return sum(self.recall.values()) / len(self.recall)

    def lines(self, title: str) -> Iterator[str]:
        """Yield the figures as lines of text."""
        for kind, share in self.recall.items():
            yield f"{title:9} {kind:16} strong {share:.4f}  weak only {self.weak[kind]:.4f}"
        yield f"{title:9} {'all':16} strong {self.overall:.4f}"
        strong, weak = self.strangers_strong, self.strangers_weak
        yield f"{title:9} {'strangers':16} strong {strong:.5f}  weak only {weak:.5f}"


def firms(pack: ReferencePack) -> list[ListedEntity]:
    """Return the listed firms in force: no vessels, and no regions, which are met by place."""
    regions = {order.entity_id for order in pack.orders_by_place if not order.also_party}
    return [
        each
        for each in pack.listed
        if each.status == "active"
        and each.entity_id not in regions
        and not each.name.startswith("Fishing vessel")
    ]


def measured(
    pack: ReferencePack, seed: int, *, count: int, strangers: int, telling: bool = True
) -> Quality:
    """Measure `count` variants a class and `strangers` unlisted names of one seed."""
    screener, listed = Screener(pack), firms(pack)
    recall: dict[str, float] = {}
    weak: dict[str, float] = {}
    for kind in CLASSES:
        found = Counter(
            _strength(screener, entity, name)
            for entity, name in variants(listed, kind, count, seed, telling=telling)
        )
        recall[kind] = found[HitStrength.STRONG] / count
        weak[kind] = found[HitStrength.WEAK] / count
    hits = Counter(_strongest(screener, name) for name in unlisted(listed, strangers, seed))
    share = 1 / max(strangers, 1)
    return Quality(recall, weak, hits[HitStrength.STRONG] * share, hits[HitStrength.WEAK] * share)


def _strength(screener: Screener, entity: ListedEntity, name: str) -> HitStrength | None:
    hts = (entity.hs_prefixes[0] if entity.hs_prefixes else "6109").ljust(6, "0")
    entry = _entry(name, entity.country, hts)
    hits = screener.screen(entry, entity.effective_from or ANY_DAY)
    return next((hit.strength for hit in hits if hit.entity_id == entity.entity_id), None)


def _strongest(screener: Screener, name: str) -> HitStrength | None:
    """Return the strongest hit of a stranger, on goods of any kind that orders name."""
    found: set[HitStrength] = set()
    for hts in ("610910", "520512", "854143", "160554"):
        hits = screener.screen(_entry(name, "CN", hts), ANY_DAY)
        found.update(hit.strength for hit in hits if hit.strength is not HitStrength.PAST)
    return next((each for each in HitStrength if each in found), None)


def _entry(name: str, country: str | None, hts: str) -> Entry:
    line = EntryLine(
        line_number=1,
        hts=HtsCode(hts),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1000),
        manufacturer=Party(name=name, country=CountryCode(country) if country else None),
    )
    return Entry(lines=(line,))
