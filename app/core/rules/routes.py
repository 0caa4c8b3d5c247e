"""Rules on places and ways: strong circumstances only, and never a place without goods."""

from app.core.entry import LegRole
from app.core.features import LineFacts
from app.core.features.described import names_north_korea, names_xinjiang
from app.core.features.entry_facts import AT_DESTINATION
from app.core.features.gateways import Gateway
from app.core.features.origin import FINISHING_COUNTRIES
from app.core.features.route import HUB_COUNTRIES
from app.core.features.whereabouts import Whereabouts
from app.core.policy import Band
from app.core.reasons import ReasonGroup, Regime
from app.core.reasons import route_statements as way
from app.core.rules.kinds import Rule
from app.core.rules.presumptions import UFLPA_REBUT, UFLPA_SINCE, dprk_law, dprk_words

SURE_SECTOR = 2  # strength from which goods are of a North Korean labour sector (partly, surely)
STRONG_CHAIN = 3
LASHES = "6704"
FAR_OFF = 0.4  # share by which the way over the place of lading is longer than the direct one
SHORT_DAYS = 1.0  # days missing beyond the day that a date line may take


def at_risk(facts: LineFacts) -> bool:
    """Whether the goods are of a North Korean labour sector or a UFLPA high-priority sector."""
    return facts.goods.dprk_strength >= SURE_SECTOR or facts.goods.uflpa is not None


def _of_sector(facts: LineFacts) -> bool:
    return facts.goods.dprk_strength >= SURE_SECTOR


def _supplier_at(facts: LineFacts) -> Whereabouts:
    return facts.seller_at if facts.line.manufacturer is None else facts.maker_at


def _border_maker(facts: LineFacts) -> bool | None:
    if not _of_sector(facts):
        return False
    at = _supplier_at(facts)
    if at.kind is Gateway.BORDER:
        return True
    return None if at.unclear is Gateway.BORDER else False


def _say_border_maker(facts: LineFacts) -> str:
    who = "seller" if facts.line.manufacturer is None else "manufacturer"
    place = _supplier_at(facts).place
    where = "by its postal code" if place is None else f"at {place.name}"
    return (
        f"The {who} is on the North Korean border, {where}; goods sector: "
        f"{facts.goods.dprk_sector}; {dprk_words(facts)}."
    )


def _border_legs(facts: LineFacts) -> list[str]:
    return [
        leg.port.name
        for leg in facts.of_entry.legs
        if leg.role not in AT_DESTINATION and leg.port is not None and leg.gateway is Gateway.BORDER
    ]


def _border_departure(facts: LineFacts) -> bool | None:
    if not _of_sector(facts):
        return False
    if _border_legs(facts):
        return True
    return False if facts.of_entry.knows_places else None


def _strong_chain(facts: LineFacts) -> bool:
    return facts.chain is not None and facts.chain.strength >= STRONG_CHAIN


def _weak_chain(facts: LineFacts) -> bool:
    return facts.chain is not None and facts.chain.strength < STRONG_CHAIN


def _say_chain(facts: LineFacts) -> str:
    found = facts.chain
    stops = "" if found is None else ", then ".join(found.stops)
    title = "" if found is None else found.chain.title
    return f"The way ({stops}) follows a known chain: {title}; {dprk_words(facts)}."


def _say_weak_chain(facts: LineFacts) -> str:
    found = facts.chain
    title = "" if found is None else found.chain.title
    return f"The way resembles a known chain that ordinary trade uses too: {title}."


def _lashes(facts: LineFacts) -> bool | None:
    if not facts.line.hts.startswith(LASHES):
        return False
    if facts.maker_gateway is Gateway.CLUSTER:
        return True
    return None if facts.maker_at.unclear is Gateway.CLUSTER else False


def _china_behind_third(facts: LineFacts) -> bool | None:
    """Whether UFLPA goods of a third country left from China, and a maker's sign is Chinese too.

    The way says so by stuffing in China, or by lading and export from there; the maker by its
    country or MID, or, where no maker is declared, the seller by its country. One alone is
    ordinary: a Vietnamese maker is fed through Yantian, and Chinese firms sell Vietnamese goods.
    """
    if facts.goods.uflpa is None or facts.origin == "CN" or facts.at < UFLPA_SINCE:
        return False
    maker: tuple[str | None, str | None] = facts.manufacturer.country, facts.mid_country
    if facts.line.manufacturer is None:
        maker = facts.seller_country, None
    left = facts.stuffing_country, facts.lading_country, facts.entry.export_country
    if not any(left) or not any(maker):
        return None
    began = left[0] == "CN" or left[1:] == ("CN", "CN")
    return began and "CN" in maker


def _say_china_behind(facts: LineFacts) -> str:
    origin = facts.reference.country_name(facts.origin)
    return (
        f"Goods of a UFLPA sector ({facts.goods.uflpa}) are declared as of {origin}, but left from "
        f"China under a Chinese manufacturer, MID or seller; {UFLPA_REBUT}."
    )


def _input_of_xinjiang(facts: LineFacts) -> bool | None:
    said = facts.line.description
    if said is None:
        return None
    return facts.at >= UFLPA_SINCE and names_xinjiang(said)


def _described_dprk(facts: LineFacts) -> bool | None:
    said = facts.line.description
    return None if said is None else names_north_korea(said)


def _is_short(facts: LineFacts) -> bool | None:
    short = facts.of_entry.shortfall_days
    return None if short is None else short >= SHORT_DAYS


def _short_at_risk(facts: LineFacts) -> bool | None:
    return _is_short(facts) if at_risk(facts) else False


def _short_other(facts: LineFacts) -> bool | None:
    return False if at_risk(facts) else _is_short(facts)


def _off_the_way(facts: LineFacts) -> bool | None:
    """Whether goods at risk of another origin left by a port of China or Russia that is far off the
    way from where they were stuffed."""
    lading = facts.lading_country
    if not at_risk(facts) or lading == facts.origin:
        return False
    longer = facts.of_entry.detour_by_lading
    if longer is None:
        return None
    risky = lading == "CN" or (lading == "RU" and _of_sector(facts))
    return longer >= FAR_OFF and risky


def _inland(facts: LineFacts) -> bool | None:
    mode = facts.entry.mode_of_transport
    ladings = [leg.port for leg in facts.of_entry.legs if leg.role is LegRole.LADING]
    if mode is None or not ladings or ladings[0] is None or not ladings[0].unlocode:
        return None
    return mode[0] == "1" and not ladings[0].is_seaport


def _hub_origin(facts: LineFacts) -> bool | None:
    maker = facts.maker_country
    if maker is None or not at_risk(facts):
        return None if maker is None else False
    return maker != facts.origin and facts.origin in HUB_COUNTRIES | FINISHING_COUNTRIES


_O, _R, _S = ReasonGroup.ORIGIN, ReasonGroup.ROUTE, ReasonGroup.SUPPLIER
_CLEAR = (
    "CAATSA s.321 presumes forced labour for goods of North Korean nationals anywhere; clear and "
    "convincing evidence within 30 days of the notice rebuts it."
)

ROUTES = (
    Rule(
        code="DPRK_BORDER_MAKER",
        group=_S,
        regime=None,
        floor=Band.REVIEW,
        source="reference:places",
        about="Goods of a North Korean labour sector from a manufacturer (where none is declared, "
        f"a seller) in a Chinese town on the North Korean border. {_CLEAR}",
        applies=_border_maker,
        say=_say_border_maker,
        law=dprk_law,
    ),
    Rule(
        code="DPRK_BORDER_DEPARTURE",
        group=_R,
        regime=None,
        floor=Band.REVIEW,
        source="reference:gateways",
        about="Goods of a North Korean labour sector were stuffed, laden or relayed at a Chinese "
        f"place on the North Korean border. {_CLEAR}",
        applies=_border_departure,
        say=lambda facts: (
            f"The goods passed {', '.join(dict.fromkeys(_border_legs(facts)))} on the North "
            f"Korean border; goods sector: {facts.goods.dprk_sector}; {dprk_words(facts)}."
        ),
        law=dprk_law,
    ),
    Rule(
        code="DPRK_CHAIN",
        group=_R,
        regime=None,
        floor=Band.REVIEW,
        source="reference:chains",
        about="The way follows, in its order, a chain of places by which public sources describe "
        f"North Korean goods of this kind. {_CLEAR}",
        applies=_strong_chain,
        say=_say_chain,
        law=dprk_law,
    ),
    Rule(
        code="DPRK_LASHES",
        group=_S,
        regime=None,
        floor=Band.REVIEW,
        source="reference:places",
        about="False lashes and wigs of a manufacturer in Pingdu, where by a trade estimate of "
        f"2023 about 80 % of the plants buy or process North Korean material. {_CLEAR}",
        applies=_lashes,
        say=way.hair_goods,
        law=dprk_law,
    ),
    Rule(
        code="DPRK_DESCRIBED",
        group=_O,
        regime=Regime.OFAC_NK,
        floor=Band.REVIEW,
        source="entry",
        about="The description of the goods names North Korea and does not deny it.",
        applies=_described_dprk,
        say=way.description_north_korea,
    ),
    Rule(
        code="XINJIANG_INPUT_DESCRIBED",
        group=_O,
        regime=Regime.UFLPA,
        floor=Band.REVIEW,
        source="entry",
        about="The description of the goods names Xinjiang and does not deny it; the presumption "
        "covers goods made there in part, through any third country.",
        applies=_input_of_xinjiang,
        say=way.description_xinjiang,
    ),
    Rule(
        code="UFLPA_CHINA_BEHIND",
        group=_O,
        regime=Regime.UFLPA,
        floor=Band.REVIEW,
        source="reference:goods",
        about="Goods of a UFLPA sector of a third country were stuffed in China, or laden in and "
        "exported from it, and manufacturer or MID (where no manufacturer is declared, the seller) "
        "is Chinese; one of the two alone is ordinary trade.",
        applies=_china_behind_third,
        say=_say_china_behind,
    ),
    Rule(
        code="TRANSIT_IMPOSSIBLE_AT_RISK",
        group=_R,
        regime=None,
        floor=Band.REVIEW,
        source="reference:speeds",
        about="Goods at risk arrived sooner than the fastest ship ever (without a vessel: the "
        "fastest aircraft) covers the declared way.",
        applies=_short_at_risk,
        say=way.transit_possible,
    ),
    Rule(
        code="DEPARTURE_OFF_THE_WAY",
        group=_R,
        regime=None,
        floor=Band.REVIEW,
        source="reference:ports",
        about="Goods at risk of another origin left by a port of China or Russia that lies far off "
        "the way from where they were stuffed.",
        applies=_off_the_way,
        say=way.lading_off_the_way,
    ),
    Rule(
        code="TRANSIT_IMPOSSIBLE",
        group=_R,
        regime=None,
        floor=None,
        source="reference:speeds",
        about="The same of other goods: dates to correct.",
        applies=_short_other,
        say=way.transit_possible,
    ),
    Rule(
        code="CHAIN_ALSO_ORDINARY",
        group=_R,
        regime=None,
        floor=None,
        source="reference:chains",
        about="The way resembles a chain of places that ordinary trade uses too.",
        applies=_weak_chain,
        say=_say_weak_chain,
    ),
    Rule(
        code="LADING_INLAND",
        group=_R,
        regime=None,
        floor=None,
        source="reference:ports",
        about="By vessel from a place that is no seaport.",
        applies=_inland,
        say=lambda _: "The mode is by vessel, but the declared place of lading is no seaport.",
    ),
    Rule(
        code="HUB_ORIGIN_WITHOUT_MAKER",
        group=_O,
        regime=None,
        floor=None,
        source="entry",
        about="Goods at risk are declared as of a country of transshipment or finishing in which "
        "the manufacturer is not.",
        applies=_hub_origin,
        say=way.origin_at_hub,
    ),
)
