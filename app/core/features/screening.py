"""Screening features: how near the parties and the goods of a line come to the lists of the day.

They read the hits that screening found (docs/screening.md). An order that has ended is no hit here.
"""

from collections.abc import Callable, Iterable, Mapping

from app.core.features.facts import LineFacts
from app.core.features.kinds import FLAG, NAN, Feature, Group
from app.core.screening import Hit, HitStrength

_NOBODY = "no party is named"
_DEGREE = "degree, 0 to 1"
_MID, _PLACE = "mid", "place"


def named(facts: LineFacts) -> bool:
    """Whether a party of the line has a name that could be searched."""
    parties = (facts.entry.importer, facts.line.manufacturer, facts.line.seller)
    return any(party is not None and party.name is not None for party in parties)


def hits_by_name(facts: LineFacts, strength: HitStrength) -> tuple[Hit, ...]:
    """Return the hits of a strength that a name led to, the best match first."""
    hits = (hit for hit in facts.hits if hit.strength is strength and not _by_sign(hit))
    return tuple(sorted(hits, key=lambda hit: -hit.match))


def hits_by_mid(facts: LineFacts) -> tuple[Hit, ...]:
    """Return the hits that only the manufacturer's MID led to."""
    return tuple(hit for hit in facts.hits if _MID in hit.how)


def hits_by_place(facts: LineFacts) -> tuple[Hit, ...]:
    """Return the hits of orders in force on the goods of a place, the surest first."""
    in_force = (hit for hit in facts.hits if hit.strength is not HitStrength.PAST)
    return tuple(sorted((hit for hit in in_force if _PLACE in hit.how), key=lambda hit: -hit.match))


def searched(facts: LineFacts) -> float:
    """Whether a party of the line is named, so that the lists could be searched."""
    return float(named(facts))


def strong_match(facts: LineFacts) -> float:
    """How nearly a party has the name of a listed entity, or the goods come from a place whose
    goods are under an order, where the match can be relied on; 0 where neither does."""
    by_place = [hit for hit in hits_by_place(facts) if hit.strength is HitStrength.STRONG]
    best = _best((*hits_by_name(facts, HitStrength.STRONG), *by_place))
    return best if by_place or named(facts) else NAN


def near_match(facts: LineFacts) -> float:
    """How nearly a party has the name of a listed entity, where the match is weak: a short name, a
    name that many firms share, a firm of another country; 0 where there is none."""
    return _best(hits_by_name(facts, HitStrength.WEAK)) if named(facts) else NAN


def uflpa_entity(facts: LineFacts) -> float:
    """Whether a party has the name of an entity on the UFLPA Entity List."""
    return _of_regime(facts, "UFLPA")


def caatsa_entity(facts: LineFacts) -> float:
    """Whether a party has the name of a firm whose goods CBP stopped under CAATSA section 321."""
    return _of_regime(facts, "CAATSA-321")


def ta307_order(facts: LineFacts) -> float:
    """Whether a party has the name of a firm under a Withhold Release Order or Finding on goods
    such as these."""
    return _of_regime(facts, "TA-307")


def mid_match(facts: LineFacts) -> float:
    """How nearly the manufacturer's MID is what CBP's rule makes of a listed entity's name, where
    no name led there; 0 where it is none of them."""
    if facts.manufacturer.mid is None:
        return NAN
    return max((hit.match for hit in hits_by_mid(facts)), default=0.0)


def place_order(facts: LineFacts) -> float:
    """How surely the goods come from a place whose goods are under an order: 1 surely, less where
    the place is not certain, 0 no such order."""
    return _best(hits_by_place(facts))


def _by_sign(hit: Hit) -> bool:
    return _MID in hit.how or _PLACE in hit.how


def _best(hits: Iterable[Hit]) -> float:
    return max((hit.match for hit in hits), default=0.0)


def _of_regime(facts: LineFacts, regime: str) -> float:
    if not named(facts):
        return NAN
    return float(any(hit.regime == regime for hit in hits_by_name(facts, HitStrength.STRONG)))


def _feature(compute: Callable[[LineFacts], float], unit: str, missing: str = _NOBODY) -> Feature:
    return Feature(f"screening.{compute.__name__}", Group.SCREENING, unit, missing, compute)


SCREENING = (
    _feature(searched, FLAG, "never"),
    _feature(strong_match, _DEGREE, f"{_NOBODY} and no order on the goods of the place"),
    _feature(near_match, _DEGREE),
    _feature(uflpa_entity, FLAG),
    _feature(caatsa_entity, FLAG),
    _feature(ta307_order, FLAG),
    _feature(mid_match, _DEGREE, "no MID is declared"),
    _feature(place_order, _DEGREE, "never"),
)
# More of it never lowers the risk; a trainer may hold the model to that.
MONOTONE: Mapping[str, int] = {
    feature.name: 1 for feature in SCREENING if feature.name != "screening.searched"
}
