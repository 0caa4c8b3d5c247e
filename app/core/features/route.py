"""Route features: where the goods passed. A gateway place never counts without goods at risk."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.core.entry import LegRole
from app.core.features.facts import LineFacts
from app.core.features.gateways import Gateway
from app.core.features.goods import lists_forced_labour
from app.core.features.kinds import FLAG, NAN, Feature, Group
from app.core.features.landlocked import LANDLOCKED
from app.core.features.origin import FINISHING_COUNTRIES

# Countries through which cargo is relayed and relabelled: regional transshipment hubs of the ports
# table, and Gulf and Central Asian re-exporters (our judgement).
HUB_COUNTRIES = frozenset({"HK", "MO", "SG", "MY", "KR", "TW", "AE", "KZ", "KG", "TR"})


def declared(facts: LineFacts) -> float:
    """Whether a route is declared at all; without one much of the rest is unknown."""
    return float(bool(facts.entry.route))


def legs(facts: LineFacts) -> float:
    """How many places on the way are declared."""
    return float(len(facts.entry.route)) if facts.entry.route else NAN


def china_on_the_way(facts: LineFacts) -> float:
    """Whether the goods passed through China although China is not the declared origin. Of a land
    without a seaport only goods stuffed there count: the others may have no other way."""
    return _detoured(facts, "CN")


def russia_on_the_way(facts: LineFacts) -> float:
    """Whether the goods passed through Russia although Russia is not the declared origin; of a land
    without a seaport only goods stuffed there."""
    return _detoured(facts, "RU")


def hub_on_the_way(facts: LineFacts) -> float:
    """Whether the goods passed through a transshipment country that is not the declared origin:
    Hong Kong, Macao, Singapore, Malaysia, Korea, Taiwan, the Emirates, Kazakhstan, Kyrgyzstan or
    Turkey."""
    return _passed(facts, HUB_COUNTRIES)


def first_leg_differs(facts: LineFacts) -> float:
    """Whether the first place on the way is in another country than the declared origin."""
    found = facts.of_entry.legs
    if not found or found[0].country is None:
        return NAN
    return float(found[0].country != facts.origin)


def transshipments(facts: LineFacts) -> float:
    """At how many places the goods were transshipped."""
    if not facts.entry.route:
        return NAN
    return float(sum(leg.role is LegRole.TRANSSHIPMENT for leg in facts.entry.route))


def border_town_with_dprk_goods(facts: LineFacts) -> float:
    """How surely goods that passed a Chinese town on the North Korean border belong to a sector in
    which North Korean labour is used: 0 no such place or goods, to 3 surely."""
    return _with_goods(facts, Gateway.BORDER, facts.goods.dprk_strength)


def far_east_with_dprk_goods(facts: LineFacts) -> float:
    """How surely goods that passed a port of the Russian Far East belong to a sector of North
    Korean trade or labour: 0 no such place or goods, to 3 surely."""
    return _with_goods(facts, Gateway.FAR_EAST, facts.goods.dprk_strength)


def hub_port_with_dprk_goods(facts: LineFacts) -> float:
    """How surely goods that passed a relay port such as Dalian, Qingdao or Busan belong to a sector
    in which North Korean labour is used: 0 no such place or goods, to 3 surely."""
    return _with_goods(facts, Gateway.HUB, facts.goods.dprk_strength)


def xinjiang_with_uflpa_goods(facts: LineFacts) -> float:
    """Whether goods of a UFLPA high-priority sector passed a place in Xinjiang."""
    return _with_goods(facts, Gateway.XINJIANG, int(facts.goods.uflpa is not None))


def gateway_with_goods(facts: LineFacts) -> float:
    """Highest risk of a gateway place on the way, for goods of a UFLPA or North Korean labour
    sector: 0 none, 1 low, 2 medium, 3 high, 4 prohibited; always 0 for other goods."""
    if not (facts.goods.dprk_strength or facts.goods.uflpa):
        return 0.0
    if not facts.of_entry.knows_places:
        return NAN
    return float(facts.of_entry.gateway_risk)


def listed_goods_on_the_way(facts: LineFacts) -> float:
    """Whether the US Department of Labor lists these goods as made with forced labour in a country
    on the way that is not the declared origin."""
    passed = facts.of_entry.on_the_way
    if not passed:
        return NAN
    others = passed - {facts.origin}
    return float(any(_listed(facts, country) for country in others)) if others else 0.0


def detour_ratio(facts: LineFacts) -> float:
    """How many times longer the declared way is than the direct one (1 is direct)."""
    path, direct = facts.of_entry.path_km, facts.of_entry.direct_km
    return NAN if path is None or direct is None else path / direct


def transit_days(facts: LineFacts) -> float:
    """Days from export to arrival; below 0 where the dates are out of order."""
    days = facts.of_entry.transit_days
    return NAN if days is None else float(days)


def km_per_day(facts: LineFacts) -> float:
    """Length of the declared way for each day from export to arrival, km a day (a day at least)."""
    path, days = facts.of_entry.path_km, facts.of_entry.transit_days
    return NAN if path is None or days is None or days < 0 else path / max(days, 1)


def chain_strength(facts: LineFacts) -> float:
    """How closely the way follows a chain of places by which public sources saw such goods travel:
    0 no chain, 1 ordinary trade goes that way too, to 3 the chain as it was described."""
    if facts.chain is not None:
        return float(facts.chain.strength)
    if not facts.reference.ways.chains_of(facts.line.hts, facts.origin, facts.at):
        return 0.0
    return 0.0 if facts.entry.route else NAN


def impossible_transit(facts: LineFacts) -> float:
    """By how many days the goods arrived sooner than the fastest ship ever (without a vessel: the
    fastest aircraft) covers the declared way; 0 where it is possible."""
    short = facts.of_entry.shortfall_days
    return NAN if short is None else short


def off_the_way(facts: LineFacts) -> float:
    """How much longer the way by the place of lading is than straight from the place of stuffing to
    the destination, as a share of the direct way; 0 on the way."""
    longer = facts.of_entry.detour_by_lading
    return NAN if longer is None else longer


def missing_legs(facts: LineFacts) -> float:
    """How many of the places of stuffing, lading and unlading are not declared."""
    return float(len(facts.of_entry.legs_missing))


def relabelled_at_hub(facts: LineFacts) -> float:
    """Whether the declared origin is a country of transshipment or of finishing in which the
    manufacturer is not."""
    maker = facts.maker_country
    if maker is None:
        return NAN
    return float(facts.origin in HUB_COUNTRIES | FINISHING_COUNTRIES and maker != facts.origin)


def _detoured(facts: LineFacts, country: str) -> float:
    """Whether the goods passed `country` although they are of another that has ways of its own."""
    free = facts.origin not in LANDLOCKED or facts.stuffing_country == country
    return _passed(facts, frozenset({country})) * free  # what is not known stays so


def _passed(facts: LineFacts, wanted: frozenset[str]) -> float:
    passed = facts.of_entry.on_the_way
    return float(not wanted.isdisjoint(passed - {facts.origin})) if passed else NAN


def _with_goods(facts: LineFacts, kind: Gateway, strength: int) -> float:
    if not strength:
        return 0.0
    if not facts.of_entry.knows_places:
        return NAN
    return float(strength if kind in facts.of_entry.gateways else 0)


def _listed(facts: LineFacts, country: str) -> bool:
    return lists_forced_labour(facts.reference.goods_risks(facts.line.hts, country, facts.at))


def _feature(compute: Callable[[LineFacts], float], unit: str, missing: str = "never") -> Feature:
    return Feature(f"route.{compute.__name__}", Group.ROUTE, unit, missing, compute)


_NO_ROUTE = "no route is declared"
_NO_WAY = "neither route nor export country is declared"
_NO_PLACE = "the goods are at risk, but no known place on the way is declared"
_FEW_POINTS = "fewer than two places with coordinates are declared"

ROUTE = (
    _feature(declared, FLAG),
    _feature(legs, "places", _NO_ROUTE),
    _feature(china_on_the_way, FLAG, _NO_WAY),
    _feature(russia_on_the_way, FLAG, _NO_WAY),
    _feature(hub_on_the_way, FLAG, _NO_WAY),
    _feature(first_leg_differs, FLAG, "the country of the first place is not declared"),
    _feature(transshipments, "places", _NO_ROUTE),
    _feature(border_town_with_dprk_goods, "0 to 3", _NO_PLACE),
    _feature(far_east_with_dprk_goods, "0 to 3", _NO_PLACE),
    _feature(hub_port_with_dprk_goods, "0 to 3", _NO_PLACE),
    _feature(xinjiang_with_uflpa_goods, FLAG, _NO_PLACE),
    _feature(gateway_with_goods, "0 to 4", _NO_PLACE),
    _feature(listed_goods_on_the_way, FLAG, _NO_WAY),
    _feature(detour_ratio, "ratio", f"{_FEW_POINTS}, or the ends are within 50 km"),
    _feature(transit_days, "days", "export or arrival date is not declared"),
    _feature(km_per_day, "km a day", f"{_FEW_POINTS}, or the dates are missing or out of order"),
    _feature(chain_strength, "0 to 3", "a chain of such goods is known, but no route is declared"),
    _feature(impossible_transit, "days", "a date or the places of the way are not declared"),
    _feature(off_the_way, "share", "stuffing, lading or destination is not declared or known"),
    _feature(missing_legs, "places"),
    _feature(relabelled_at_hub, FLAG, "no manufacturer country is declared"),
)

# Directions that are certain: more of it never lowers the risk.
MONOTONE: Mapping[str, int] = MappingProxyType(
    {
        "route.border_town_with_dprk_goods": 1,
        "route.xinjiang_with_uflpa_goods": 1,
        "route.gateway_with_goods": 1,
        "route.chain_strength": 1,
        "route.impossible_transit": 1,
    }
)
