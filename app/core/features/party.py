"""Party features: what is known of supplier, importer and filer, and where the maker is.

A party never seen has NaN history and a novelty flag, not zero risk; a party not declared has NaN
in both.
"""

from collections.abc import Callable
from math import log

from app.core.features.facts import LineFacts
from app.core.features.gateways import Gateway
from app.core.features.kinds import FLAG, NAN, Feature, Group, Known, flag
from app.core.features.seen import figure_of, never_seen
from app.core.features.shares import denied, share
from app.core.history import PartyState, bit_of, distinct, fold_name


def _log_lines(state: PartyState, facts: LineFacts) -> float:
    """Lines {what} had before, decayed with a half-life of 180 days, log of one plus."""
    return log(1 + state.lines_on(facts.day))


def _surge(state: PartyState, facts: LineFacts) -> float:
    """How many of {what}'s lines are of late: lines with a half-life of 30 days over lines
    with one of 180 days, 0 to 1."""
    lines = state.lines_on(facts.day)
    return state.recent_lines_on(facts.day) / lines if lines > 0 else 0.0


def _days_known(state: PartyState, facts: LineFacts) -> float:
    """Days since {what} was first seen."""
    return float(max(0, facts.day - state.first_seen))


def _days_since_last(state: PartyState, facts: LineFacts) -> float:
    """Days since {what} was last seen."""
    return float(max(0, facts.day - state.last_seen))


def _log_outcomes(state: PartyState, facts: LineFacts) -> float:
    """Lines of {what} whose outcome was known on the day, decayed with a half-life of 365
    days, log of one plus."""
    return log(1 + state.denied_on(facts.day) + state.cleared_on(facts.day))


def _new_goods(state: PartyState, facts: LineFacts) -> float:
    """Whether goods of this HS heading are new for {what}."""
    return float(not state.goods & bit_of(facts.line.hts[:4]))


def _new_origin(state: PartyState, facts: LineFacts) -> float:
    """Whether this origin is new for {what}."""
    return float(not state.origins & bit_of(facts.origin))


def _new_route(state: PartyState, facts: LineFacts) -> float:
    """Whether this route (countries in order) is new for {what}; NaN where no route or
    export country is declared."""
    bit = facts.route_bit
    return NAN if bit is None else float(not state.routes & bit)


def _partners(state: PartyState, _facts: LineFacts) -> float:
    """About with how many others {what} dealt, log of one plus."""
    return log(1 + distinct(state.partners))


def _new_partner(state: PartyState, facts: LineFacts) -> float:
    """Whether this supplier is new for {what}; NaN where no supplier is declared."""
    supplier = facts.history.keys.supplier
    return NAN if supplier is None else float(not state.partners & bit_of(supplier))


def supplier_missing(facts: LineFacts) -> float:
    """Whether neither manufacturer nor seller is identified."""
    return float(not facts.history.has_supplier)


def importer_missing(facts: LineFacts) -> float:
    """Whether the importer is not identified."""
    return float(not facts.history.has_importer)


def seller_is_manufacturer(facts: LineFacts) -> float:
    """Whether seller and manufacturer have the same name."""
    seller, maker = facts.line.seller, facts.manufacturer
    if seller is None or seller.name is None or maker.name is None:
        return NAN
    return float(fold_name(seller.name) == fold_name(maker.name))


def mid_city_differs(facts: LineFacts) -> float:
    """Whether the manufacturer's MID does not end with the first letters of its town."""
    mid, city = facts.manufacturer.mid, facts.manufacturer.city
    letters = "" if city is None else fold_name(city)[:3].upper()
    if mid is None or not (letters.isascii() and letters.isalpha()):
        return NAN
    return float(not mid.endswith(letters))


def china_postal_missing(facts: LineFacts) -> float:
    """Whether a manufacturer in China has no postal code, required by CBP since 2023-03-18."""
    if facts.maker_country is None:
        return NAN
    return float(facts.maker_country == "CN" and facts.manufacturer.postal_code is None)


def border_maker_with_dprk_goods(facts: LineFacts) -> float:
    """How surely goods whose manufacturer is in a Chinese town on the North Korean border belong
    to a sector in which North Korean labour is used: 0 no such place or goods, to 3 surely."""
    return _maker_with_goods(facts, (Gateway.BORDER,), facts.goods.dprk_strength)


def near_border_maker_with_dprk_goods(facts: LineFacts) -> float:
    """How surely goods whose manufacturer is in or near Dalian, or in the Russian Far East, belong
    to a sector in which North Korean labour is used: 0 no such place or goods, to 3 surely."""
    return _maker_with_goods(facts, (Gateway.HUB, Gateway.FAR_EAST), facts.goods.dprk_strength)


def xinjiang_maker(facts: LineFacts) -> float:
    """Whether the manufacturer's town or postal code is in Xinjiang."""
    known = facts.knows_maker_place
    return flag(facts.maker_gateway is Gateway.XINJIANG if known else None)


def xinjiang_maker_with_uflpa_goods(facts: LineFacts) -> float:
    """Whether goods of a UFLPA high-priority sector have a manufacturer in Xinjiang."""
    return _maker_with_goods(facts, (Gateway.XINJIANG,), int(facts.goods.uflpa is not None))


def _maker_with_goods(facts: LineFacts, kinds: tuple[Gateway, ...], strength: int) -> float:
    if not strength:
        return 0.0
    if not facts.knows_maker_place:
        return NAN
    return float(strength if facts.maker_gateway in kinds else 0)


def _denied_rate(party: str, towards: str) -> Feature:
    def known(_state: PartyState, facts: LineFacts) -> float:
        return share(facts, party, denied)

    known.__doc__ = (
        "Share of {what}'s lines with known outcome that were denied, as known on the day, "
        f"drawn towards {towards} where outcomes are few."
    )
    return figure_of(party, "denied_rate", "share", known)


_VOLUME: tuple[tuple[str, str, Known], ...] = (
    ("log_lines", "log lines", _log_lines),
    ("days_known", "days", _days_known),
    ("log_outcomes", "log lines", _log_outcomes),
)
_CONDUCT: tuple[tuple[str, str, Known], ...] = (
    ("surge", "share", _surge),
    ("days_since_last", "days", _days_since_last),
    ("new_goods", FLAG, _new_goods),
    ("new_origin", FLAG, _new_origin),
    ("new_route", FLAG, _new_route),
    ("partners", "log parties", _partners),
)


def _feature(compute: Callable[[LineFacts], float], unit: str, missing: str = "never") -> Feature:
    return Feature(f"party.{compute.__name__}", Group.PARTY, unit, missing, compute)


_NO_PLACE = "the goods are at risk, but the manufacturer's country and town or postal code are not"

HISTORY_OF_PARTIES = (
    never_seen("supplier"),
    _denied_rate("supplier", "the share of the manufacturer's town"),
    *(figure_of("supplier", *each) for each in (*_VOLUME, *_CONDUCT)),
    never_seen("importer"),
    _denied_rate("importer", "everyone's share"),
    *(figure_of("importer", *each) for each in (*_VOLUME, *_CONDUCT)),
    figure_of("importer", "new_supplier", FLAG, _new_partner),
    never_seen("filer"),
    _denied_rate("filer", "everyone's share"),
    *(figure_of("filer", *each) for each in _VOLUME),
)
PARTY = (
    *HISTORY_OF_PARTIES,
    _feature(supplier_missing, FLAG),
    _feature(importer_missing, FLAG),
    _feature(seller_is_manufacturer, FLAG, "the name of seller or manufacturer is not declared"),
    _feature(mid_city_differs, FLAG, "MID or town is not declared"),
    _feature(china_postal_missing, FLAG, "no country of the manufacturer is declared"),
    _feature(border_maker_with_dprk_goods, "0 to 3", f"{_NO_PLACE} declared"),
    _feature(near_border_maker_with_dprk_goods, "0 to 3", f"{_NO_PLACE} declared"),
    _feature(xinjiang_maker, FLAG, "the manufacturer's place is not declared"),
    _feature(xinjiang_maker_with_uflpa_goods, FLAG, f"{_NO_PLACE} declared"),
)
