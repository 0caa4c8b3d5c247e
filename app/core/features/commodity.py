"""Commodity features: what lists say of these goods, and what kind of goods they are.

HS mapping of sectors: docs/glossary.md and the goods table of the reference pack; ours, unverified.
"""

from collections.abc import Callable

from app.core.features.facts import LineFacts
from app.core.features.kinds import FLAG, NAN, Feature, Group
from app.core.reference import HtsStatus

# Kinds of goods by HS prefix, from the indicators of the DPRK advisory of 2018-07-23 and the UFLPA
# strategy of 2025 (our mapping).
SECTORS: dict[str, tuple[str, ...]] = {
    "seafood": ("03", "1604", "1605"),
    "apparel": ("61", "62"),
    "textiles": ("50", "51", "52", "53", "54", "55", "56", "57", "58", "59", "60", "63"),
    "footwear": ("64",),
    "hair_goods": ("0501", "6703", "6704"),
    "wood": ("44", "9403"),
    "coal": ("2701", "2704"),
    "silica_solar": ("2506", "2804", "2811", "3818", "8541"),
    "electronics": ("84", "85"),
}


def dol_forced_labour(facts: LineFacts) -> float:
    """Whether the US Department of Labor lists these goods from the origin declared as made with
    forced labour."""
    return float(facts.goods.dol)


def dol_forced_labour_china(facts: LineFacts) -> float:
    """Whether the US Department of Labor lists these goods from China as made with forced labour,
    whatever origin is declared."""
    return float(facts.goods.dol_in_china)


def uflpa_sector(facts: LineFacts) -> float:
    """Whether the goods belong to a high-priority sector of the UFLPA strategy, whatever origin is
    declared."""
    return float(facts.goods.uflpa is not None)


def dprk_sector(facts: LineFacts) -> float:
    """How surely the goods belong to a sector in which North Korean labour is used in China or
    Russia: 0 none, 1 weakly, 2 partly, 3 surely."""
    return float(facts.goods.dprk_strength)


def cbp_action(facts: LineFacts) -> float:
    """Whether goods of this kind and origin are under a CBP withhold release order or finding."""
    return float(facts.goods.cbp_action is not None)


def hts_obsolete(facts: LineFacts) -> float:
    """Whether the tariff code was no longer, or not yet, in force on the date; NaN where the code
    is in no table."""
    status = facts.hts_status
    return NAN if status is HtsStatus.UNKNOWN else float(status is HtsStatus.OBSOLETE)


def hts_unknown(facts: LineFacts) -> float:
    """Whether the tariff code is in no table of ours."""
    return float(facts.hts_status is HtsStatus.UNKNOWN)


def _of_sector(sector: str, prefixes: tuple[str, ...]) -> Feature:
    def compute(facts: LineFacts) -> float:
        return float(facts.line.hts.startswith(prefixes))

    goods = sector.replace("_", " ")
    compute.__doc__ = f"Whether the goods are {goods} (HS {', '.join(prefixes)})."
    return Feature(f"commodity.is_{sector}", Group.COMMODITY, FLAG, "never", compute)


def _feature(compute: Callable[[LineFacts], float], unit: str, missing: str = "never") -> Feature:
    return Feature(f"commodity.{compute.__name__}", Group.COMMODITY, unit, missing, compute)


COMMODITY = (
    _feature(dol_forced_labour, FLAG),
    _feature(dol_forced_labour_china, FLAG),
    _feature(uflpa_sector, FLAG),
    _feature(dprk_sector, "0 to 3"),
    _feature(cbp_action, FLAG),
    _feature(hts_obsolete, FLAG, "the code is in no table"),
    _feature(hts_unknown, FLAG),
    *(_of_sector(sector, prefixes) for sector, prefixes in SECTORS.items()),
)
