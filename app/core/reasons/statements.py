"""What the data of one line show, in sentences; facts only, true whichever way the score went."""

from collections.abc import Callable, Iterable

from app.core.features import LineFacts
from app.core.features.gateways import Gateway
from app.core.features.landlocked import LANDLOCKED
from app.core.reasons.kinds import Regime
from app.core.reference import HtsStatus

CAATSA = "CAATSA s.321 presumes forced labour for goods made by North Korean nationals anywhere"
UFLPA = "the UFLPA presumes forced labour for goods made wholly or in part in Xinjiang"
TA_307 = "19 USC 1307 bars goods made with forced labour"
OFAC = "31 CFR 510 bars goods of North Korean origin"


def _country(facts: LineFacts, code: str) -> str:
    return facts.reference.country_name(code)


def _countries(facts: LineFacts, codes: Iterable[str]) -> str:
    return ", ".join(_country(facts, code) for code in sorted(codes))


def _goods(facts: LineFacts) -> str:
    return f"HS {facts.line.hts[:6]}"


def _places(facts: LineFacts, *kinds: Gateway) -> str:
    names = [port.name for port, kind in facts.of_entry.places if kind in kinds]
    return ", ".join(dict.fromkeys(names))


def goods_dol(facts: LineFacts) -> str:
    """Say how the Department of Labor lists the goods."""
    origin = _country(facts, facts.origin)
    if facts.goods.dol:
        said = f"lists these goods from {origin} as made with forced labour"
    elif facts.goods.dol_in_china:
        said = f"lists these goods from China, though not from {origin}, as made with forced labour"
    else:
        return f"The US Department of Labor's list does not name {_goods(facts)} from {origin}."
    return f"The US Department of Labor {said}; {TA_307}."


def goods_uflpa(facts: LineFacts) -> str:
    """Say whether the goods are of a UFLPA high-priority sector."""
    sector = facts.goods.uflpa
    if sector is None:
        return f"{_goods(facts)} is in no high-priority sector of the UFLPA strategy."
    return f"{_goods(facts)} is in a high-priority sector of the UFLPA strategy: {sector}."


def goods_dprk(facts: LineFacts) -> str:
    """Say whether the goods are of a sector with North Korean labour abroad."""
    if facts.goods.dprk_sector is None:
        return f"{_goods(facts)} is in no sector known for North Korean labour abroad."
    return f"{_goods(facts)} is in a sector known for North Korean labour abroad: {_sector(facts)}."


def _sector(facts: LineFacts) -> str:
    return facts.goods.dprk_sector or "none"


def goods_cbp(facts: LineFacts) -> str:
    """Say whether such goods of that origin are under an order."""
    good, origin = facts.goods.cbp_action, _country(facts, facts.origin)
    if good is None:
        return f"No CBP order in our tables names goods of {_goods(facts)} from {origin}."
    return f"CBP orders name such goods from {origin} ({good}); {TA_307}."


def goods_kind(facts: LineFacts) -> str:
    """Say what the goods are."""
    return f"The goods are {_goods(facts)} (chapter {facts.line.hts[:2]})."


def tariff_code(facts: LineFacts) -> str:
    """Say whether the code is in force."""
    said = {
        HtsStatus.VALID: "is in force",
        HtsStatus.OBSOLETE: "is not in force",
        HtsStatus.UNKNOWN: "is in no table of ours",
    }[facts.hts_status]
    return f"Tariff code {facts.line.hts} {said} on {facts.at.isoformat()}."


def origin_declared(facts: LineFacts) -> str:
    """Say which origin is declared."""
    return f"Declared origin is {_country(facts, facts.origin)}."


def north_korea(facts: LineFacts) -> str:
    """Say whether North Korea is named."""
    named = {facts.origin, *facts.voices, *facts.of_entry.passed}
    if "KP" in named:
        return f"North Korea is named as origin, for a party, or on the route; {OFAC}."
    return "North Korea is not named as origin, for a party, or on the route."


def origin_disagrees(facts: LineFacts) -> str:
    """Say which other countries are named."""
    others = facts.voices - {facts.origin}
    declared = f"Declared origin is {_country(facts, facts.origin)}"
    if others:
        named = _countries(facts, others)
        return f"{declared}; parties, MID, export, lading or stuffing name {named}."
    if facts.voices:
        return f"{declared}, and every other country declared agrees.{_inland(facts)}"
    return f"{declared}; no other country is declared to compare."


def china_behind(facts: LineFacts) -> str:
    """Say whether China stands behind another origin."""
    if facts.origin == "CN":
        return "China is the declared origin."
    origin = _country(facts, facts.origin)
    if "CN" in facts.voices:
        return f"Declared origin is {origin}, but a party, the MID or a place of dispatch is China."
    nowhere = "no party, MID or place of dispatch names China"
    return f"Declared origin is {origin}; {nowhere}.{_inland(facts)}"


def _inland(facts: LineFacts) -> str:
    """Say that a lading abroad was not counted, where it was not."""
    lading = facts.lading_country
    if facts.origin not in LANDLOCKED or lading in {None, facts.origin}:
        return ""
    return " It has no seaport, so the lading abroad is not counted."


def uflpa_china_behind(facts: LineFacts) -> str:
    """Say whether China stands behind another origin of goods in a UFLPA sector."""
    if facts.goods.uflpa is None:
        return goods_uflpa(facts)
    return f"{china_behind(facts)} {goods_uflpa(facts)}"


def route(facts: LineFacts) -> str:
    """Say how the route is declared."""
    legs = facts.of_entry.legs
    if not legs:
        return "No route is declared."
    passed = [_country(facts, leg.country) if leg.country else "unknown" for leg in legs]
    return f"Declared route: {', '.join(passed)}."


def passing(*codes: str) -> Callable[[LineFacts], str]:
    """Return a sentence on whether the goods passed one of `codes`, other than the origin."""

    def say(facts: LineFacts) -> str:
        passed = facts.of_entry.on_the_way
        if not passed:
            return "Neither a route nor an export country is declared."
        met = passed.intersection(codes) - {facts.origin}
        origin = _country(facts, facts.origin)
        if met:
            land = ", a land without a seaport," if facts.origin in LANDLOCKED else ""
            return f"Goods declared as of {origin}{land} passed through {_countries(facts, met)}."
        return f"Goods declared as of {origin} came by way of {_countries(facts, passed)}."

    return say


def listed_on_the_way(facts: LineFacts) -> str:
    """Say by which countries the goods came, for the list's sake."""
    passed = facts.of_entry.on_the_way - {facts.origin}
    if not passed:
        return "No country on the way is declared other than the origin."
    named = _countries(facts, passed)
    return (
        f"{_goods(facts)} came by way of {named}; the US Department of Labor's list was read "
        f"for these countries too; {TA_307}."
    )


def route_gateway(what: str, law: str, *kinds: Gateway) -> Callable[[LineFacts], str]:
    """Return a sentence on whether goods at risk passed a place of `kinds`, called `what`."""

    def say(facts: LineFacts) -> str:
        places = _places(facts, *kinds)
        sector = _sector(facts) if Gateway.XINJIANG not in kinds else facts.goods.uflpa or "none"
        if not facts.of_entry.knows_places:
            return f"No place on the way that our tables know is declared; goods sector: {sector}."
        if not places:
            return f"The declared route does not pass {what}."
        return f"The route passes {places} ({what}); goods sector: {sector}; {law}."

    return say


def place_of(facts: LineFacts) -> str:
    """Return the manufacturer's place where it is a signal; by which signs, where not by town."""
    found = facts.maker_at
    if found.place is None:
        return f"postal area {facts.manufacturer.postal_code}"
    if "town" in found.signs:
        return found.place.name
    return f"{found.place.name} (by {', '.join(found.signs)})"


def maker_gateway(what: str, law: str, *kinds: Gateway) -> Callable[[LineFacts], str]:
    """Return a sentence on whether the manufacturer is in a place of `kinds`, called `what`."""

    def say(facts: LineFacts) -> str:
        if facts.maker_at.unclear is not None and facts.maker_gateway is None:
            return "The manufacturer's town or address may mean several places."
        if not facts.knows_maker_place:
            return "The manufacturer's country and town or postal code are not declared."
        if facts.maker_gateway not in kinds:
            return f"The manufacturer's declared place is not {what}."
        place = place_of(facts)
        sector = _sector(facts) if Gateway.XINJIANG not in kinds else facts.goods.uflpa or "none"
        return f"Manufacturer is in {place} ({what}); goods sector: {sector}; {law}."

    return say


def detour(facts: LineFacts) -> str:
    """Say how long the way is against the direct one."""
    path, direct = facts.of_entry.path_km, facts.of_entry.direct_km
    if path is None or direct is None:
        return "Too few places with known coordinates are declared to tell a detour."
    return f"The declared way is {path:,.0f} km, {path / direct:.2f} times the direct one."


def transit(facts: LineFacts) -> str:
    """Say how long the goods were under way."""
    days = facts.of_entry.transit_days
    if days is None:
        return "Export or arrival date is not declared, so the transit time is unknown."
    return f"Declared from export to arrival: {days} days."


def value(facts: LineFacts) -> str:
    """Say value and weight."""
    weight = facts.line.gross_weight_kg
    declared = "no weight" if weight is None else f"{float(weight):,.0f} kg"
    return f"Declared: USD {facts.value_usd:,.2f}, {declared}."


def unit_value(facts: LineFacts) -> str:
    """Say value by weight and unit."""
    parts = []
    if facts.weight_kg > 0:
        parts.append(f"USD {facts.value_usd / facts.weight_kg:,.2f} per kg")
    if facts.quantity > 0:
        parts.append(f"USD {facts.value_usd / facts.quantity:,.2f} per unit")
    return f"Declared: {', '.join(parts)}." if parts else "No weight or quantity is declared."


def against_lane(facts: LineFacts) -> str:
    """Say what value and weight were compared with."""
    return f"{unit_value(facts)} Compared with lines of {_goods(facts)} seen in training."


def gateways(facts: LineFacts) -> str:
    """Say which gateways the goods passed."""
    if not facts.of_entry.knows_places:
        return "No place on the way that our tables know is declared."
    places = _places(facts, *Gateway)
    if not places:
        return "The declared route passes no gateway of our tables."
    said = f"The route passes {places}; {goods_dprk(facts)} {goods_uflpa(facts)}"
    laws = {Regime.CAATSA_321: f" {CAATSA}.", Regime.UFLPA: f" {UFLPA[0].upper()}{UFLPA[1:]}."}
    law = law_of_gateways(facts)
    return said if law is None else said + laws[law]


def law_of_gateways(facts: LineFacts) -> Regime | None:
    """Return the law that goods at risk touch on a route through gateways; None for others."""
    is_uflpa = facts.goods.uflpa is not None
    if not _places(facts, *Gateway) or (facts.goods.dprk_sector is None and not is_uflpa):
        return None
    is_named = facts.goods.dprk_sector is not None and not _places(facts, Gateway.XINJIANG)
    return Regime.CAATSA_321 if is_named or not is_uflpa else Regime.UFLPA
