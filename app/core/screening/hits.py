"""What screening says of a line: one listed entity, how it was met, and how far to rely on it."""

from dataclasses import dataclass
from datetime import date

from app.core.reference import ListedEntity, ListName
from app.core.screening.matches import HitStrength

_ORDERS = {
    ListName.WRO: "Withhold Release Order of CBP",
    ListName.FINDING: "Finding of CBP",
    ListName.UFLPA: "UFLPA Entity List",
    ListName.CAATSA_321: "CBP action under CAATSA section 321",
    ListName.OFAC_NK: "OFAC list, North Korea",
}
_SAID = {
    "legal form": "the legal form differs",
    "word order": "the words stand in another order",
    "spelling": "the spelling differs by a letter or two",
    "transliteration": "Chinese words are written another way",
    "abbreviation": "words are abbreviated",
    "subsidiary": "it has more words, as a branch or subsidiary would",
}
_GOODS_SAID = 6  # HS prefixes that are named; more are counted


@dataclass(frozen=True, slots=True)
class Hit:
    """One listed entity that a party or the goods lead to, on one line or, as None, on all.

    `role` is importer, manufacturer, seller, description where the goods' own text has the name,
    or goods for an order on a region's goods. `order` names the order or list, `how` the ways in
    which the names differ (legal form, word order, spelling, transliteration, abbreviation,
    subsidiary) or what else was met (mid, place, description). `match` is 1.0 for the same name,
    LEGAL_FORM_MATCH where only legal forms differ; `effective_from` None
    is an unknown start, `effective_to` the first day an ended order no longer held. `why` states
    facts and never accuses.
    """

    line_number: int | None
    role: str
    list: str
    entity: str
    entity_id: str
    regime: str
    match: float
    effective_from: date | None
    why: str
    strength: HitStrength = HitStrength.STRONG
    effective_to: date | None = None
    order: str = ""
    how: tuple[str, ...] = ()

    def concerns(self, line_number: int) -> bool:
        """Whether the hit is on that line: its own, or one of the whole entry."""
        return self.line_number is None or self.line_number == line_number


def order_of(entity: ListedEntity) -> str:
    """Return the order or list an entity is on, with its goods where it is not on all."""
    goods = f": {entity.merchandise}" if entity.hs_prefixes and entity.merchandise else ""
    return _ORDERS[entity.list] + goods


def in_words(entity: ListedEntity, on: date) -> str:
    """Return since when an order holds, till when it held, and for which goods."""
    since = f"since {entity.effective_from}" if entity.effective_from else "since an unknown day"
    said = f"in force {since}"
    if not entity.in_force(on):
        until = entity.effective_to or "an unknown day"
        said = f"{since}, ended on {until}, so it does not count"
    if entity.hs_prefixes:
        named = ", ".join(entity.hs_prefixes[:_GOODS_SAID])
        said += f", for goods of HS {named}"
    return said


def differences(how: tuple[str, ...]) -> str:
    """Return in words how two names differ; "" where they do not."""
    said = [_SAID[each] for each in how if each in _SAID]
    return f"; {' and '.join(said)}" if said else ""
