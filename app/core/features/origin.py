"""Origin features: the origin declared, and who and what disagrees with it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.core.features.described import names_north_korea, names_xinjiang
from app.core.features.facts import LineFacts
from app.core.features.gateways import Gateway
from app.core.features.kinds import FLAG, NAN, Feature, Group, flag
from app.core.features.landlocked import LANDLOCKED

# Where goods with Chinese inputs are finished and from where UFLPA stops came: Vietnam 32 %,
# Thailand 20 %, Malaysia 17 % of FY24 Q1 (CBP dashboard); Cambodia, Indonesia, Mexico as named in
# the UFLPA strategy's supply chains.
FINISHING_COUNTRIES = frozenset({"VN", "TH", "MY", "KH", "ID", "MX"})
HAIR_GOODS = ("0501", "6703", "6704")  # human hair, prepared hair, wigs and lashes


def is_china(facts: LineFacts) -> float:
    """Whether China is the declared origin."""
    return float(facts.origin == "CN")


def is_russia(facts: LineFacts) -> float:
    """Whether Russia is the declared origin."""
    return float(facts.origin == "RU")


def is_north_korea(facts: LineFacts) -> float:
    """Whether North Korea is the declared origin."""
    return float(facts.origin == "KP")


def is_finishing_country(facts: LineFacts) -> float:
    """Whether the declared origin is a country where Chinese inputs are often finished: Vietnam,
    Thailand, Malaysia, Cambodia, Indonesia or Mexico."""
    return float(facts.origin in FINISHING_COUNTRIES)


def manufacturer_differs(facts: LineFacts) -> float:
    """Whether the manufacturer's country is not the declared origin."""
    return _differs(facts.manufacturer.country, facts.origin)


def seller_differs(facts: LineFacts) -> float:
    """Whether the seller's country is not the declared origin."""
    return _differs(facts.seller_country, facts.origin)


def export_differs(facts: LineFacts) -> float:
    """Whether the export country is not the declared origin."""
    return _differs(facts.entry.export_country, facts.origin)


def mid_differs(facts: LineFacts) -> float:
    """Whether the country that the manufacturer's MID starts with is not the declared origin."""
    return _differs(facts.mid_country, facts.origin)


def lading_differs(facts: LineFacts) -> float:
    """Whether the goods were laden in another country than the declared origin; 0 where that has no
    seaport, so that they have to be."""
    free = facts.origin not in LANDLOCKED
    return _differs(facts.lading_country, facts.origin) * free  # what is not known stays so


def stuffing_differs(facts: LineFacts) -> float:
    """Whether the container was stuffed in another country than the declared origin."""
    return _differs(facts.stuffing_country, facts.origin)


def disagreements(facts: LineFacts) -> float:
    """How many countries other than the declared origin are named by manufacturer, seller, MID,
    export, lading and stuffing."""
    voices = facts.voices
    return float(len(voices) - (facts.origin in voices)) if voices else NAN


def china_behind(facts: LineFacts) -> float:
    """Whether manufacturer, seller, MID, export, lading or stuffing country is China although
    the declared origin is another; the lading only where the origin has a seaport of its own."""
    return flag(_china_behind(facts))


def north_korea_named(facts: LineFacts) -> float:
    """Whether North Korea is named anywhere: as origin, of a party, or on the way."""
    named = facts.origin, *facts.voices, *facts.of_entry.passed
    return float("KP" in named)


def uflpa_goods_china_behind(facts: LineFacts) -> float:
    """Whether goods of a UFLPA high-priority sector are declared as of another origin although a
    party, the MID, or the place of export, lading or stuffing is Chinese."""
    if facts.goods.uflpa is None:
        return 0.0
    return flag(_china_behind(facts))


def xinjiang_described(facts: LineFacts) -> float:
    """Whether the description of the goods names Xinjiang and does not deny it."""
    said = facts.line.description
    return NAN if said is None else float(names_xinjiang(said))


def north_korea_described(facts: LineFacts) -> float:
    """Whether the description of the goods names North Korea and does not deny it."""
    said = facts.line.description
    return NAN if said is None else float(names_north_korea(said))


def hair_goods_of_cluster(facts: LineFacts) -> float:
    """Whether hair goods have a manufacturer in Pingdu, where most plants finish North Korean
    lashes by a trade estimate of 2023."""
    if not facts.line.hts.startswith(HAIR_GOODS):
        return 0.0
    if not facts.knows_maker_place:
        return NAN
    return float(facts.maker_gateway is Gateway.CLUSTER)


def _china_behind(facts: LineFacts) -> bool | None:
    if facts.origin == "CN":
        return False
    return "CN" in facts.voices if facts.voices else None


def _differs(country: str | None, origin: str) -> float:
    return NAN if country is None else float(country != origin)


def _feature(compute: Callable[[LineFacts], float], unit: str, missing: str = "never") -> Feature:
    return Feature(f"origin.{compute.__name__}", Group.ORIGIN, unit, missing, compute)


_NOBODY = "no other country is declared"

ORIGIN = (
    _feature(is_china, FLAG),
    _feature(is_russia, FLAG),
    _feature(is_north_korea, FLAG),
    _feature(is_finishing_country, FLAG),
    _feature(manufacturer_differs, FLAG, "no manufacturer country is declared"),
    _feature(seller_differs, FLAG, "no seller country is declared"),
    _feature(export_differs, FLAG, "no export country is declared"),
    _feature(mid_differs, FLAG, "no MID is declared"),
    _feature(lading_differs, FLAG, "no lading country is declared"),
    _feature(stuffing_differs, FLAG, "no stuffing country is declared"),
    _feature(disagreements, "countries", _NOBODY),
    _feature(china_behind, FLAG, _NOBODY),
    _feature(north_korea_named, FLAG),
    _feature(uflpa_goods_china_behind, FLAG, f"{_NOBODY} and the goods are of such a sector"),
    _feature(xinjiang_described, FLAG, "no description is declared"),
    _feature(north_korea_described, FLAG, "no description is declared"),
    _feature(hair_goods_of_cluster, FLAG, "hair goods whose manufacturer's place is not known"),
)

# Directions that are certain: more of it never lowers the risk.
MONOTONE: Mapping[str, int] = MappingProxyType(
    {
        "origin.is_north_korea": 1,
        "origin.north_korea_named": 1,
        "origin.xinjiang_described": 1,
        "origin.north_korea_described": 1,
        "origin.hair_goods_of_cluster": 1,
    }
)
