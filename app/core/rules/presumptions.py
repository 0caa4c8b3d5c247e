"""Rules of law on what is declared: the North Korea Sanctions Regulations, CAATSA s.321, UFLPA."""

from datetime import date

from app.core.entry import LegRole, Party
from app.core.features import LineFacts
from app.core.features.gateways import Gateway
from app.core.policy import Band
from app.core.reasons import ReasonGroup, Regime
from app.core.reasons.statements import OFAC, TA_307, UFLPA, place_of
from app.core.rules.kinds import Rule

CAATSA_SINCE = date(2017, 8, 2)  # P.L. 115-44 signed
UFLPA_SINCE = date(2022, 6, 21)  # P.L. 117-78 s.3, in force 180 days after 2021-12-23
EU_SINCE = date(2024, 12, 13)  # Regulation (EU) 2024/3015 in force; it applies from 2027-12-14
PRESUMED = (
    "CAATSA s.321 (22 USC 9241a) presumes forced labour for goods made by North Korean nationals "
    "anywhere; clear and convincing evidence within 30 days of the notice rebuts it"
)
UFLPA_REBUT = (
    f"{UFLPA}; clear and convincing evidence, or proof that no input is from there, answers it "
    "(19 CFR 151.16)"
)
_XINJIANG_CROSSING = "Xinjiang border crossing"  # where Kazakh goods pass, too
_ORIGINS = (LegRole.ORIGIN,)
_DEPARTURES = (LegRole.STUFFING, LegRole.LADING)


def dprk_law(facts: LineFacts) -> Regime:
    """Return the law on goods made by North Korean nationals abroad on the day."""
    return Regime.CAATSA_321 if facts.at >= CAATSA_SINCE else Regime.TA_307


def dprk_words(facts: LineFacts) -> str:
    """Return that law in words, with its standard of proof."""
    return PRESUMED if facts.at >= CAATSA_SINCE else TA_307


def _parties(facts: LineFacts) -> tuple[Party, ...]:
    found = facts.line.manufacturer, facts.line.seller, facts.entry.importer
    return tuple(each for each in found if each is not None)


def _is_in_dprk(party: Party, facts: LineFacts) -> bool:
    if "KP" in (party.country, None if party.mid is None else party.mid.country):
        return True
    place = None if party.city is None else facts.reference.places.find(party.city, "KP")
    return place is not None and not getattr(place, "homonym", False)


def _dprk_origin(facts: LineFacts) -> bool:
    return facts.origin == "KP"


def _dprk_party(facts: LineFacts) -> bool:
    return any(_is_in_dprk(party, facts) for party in _parties(facts))


def _dprk_way(facts: LineFacts) -> bool:
    return "KP" in facts.of_entry.passed or facts.entry.export_country == "KP"


def _say_dprk_way(facts: LineFacts) -> str:
    ports = [port.name for port, kind in facts.of_entry.places if kind is Gateway.NORTH_KOREA]
    where = ", ".join(dict.fromkeys(ports)) or "North Korea"
    named = "" if where == "North Korea" else " in North Korea"
    return f"The route names {where}{named}; {OFAC}."


def _xinjiang_maker(facts: LineFacts) -> bool | None:
    if facts.at < UFLPA_SINCE:
        return False
    if facts.maker_gateway is Gateway.XINJIANG:
        return True
    return None if facts.maker_at.unclear is Gateway.XINJIANG else False


def _say_xinjiang(facts: LineFacts) -> str:
    return f"The manufacturer's place is in Xinjiang: {place_of(facts)}; {UFLPA_REBUT}."


def _xinjiang_legs(facts: LineFacts, roles: tuple[LegRole, ...]) -> list[str]:
    """Return the names of places in Xinjiang at which legs of `roles` are."""
    return [
        leg.port.name
        for leg in facts.of_entry.legs
        if leg.role in roles and leg.port is not None and leg.gateway is Gateway.XINJIANG
    ]


def _xinjiang_start(facts: LineFacts) -> bool:
    return facts.at >= UFLPA_SINCE and bool(_xinjiang_legs(facts, _ORIGINS))


def _xinjiang_departure(facts: LineFacts) -> bool:
    if facts.at < UFLPA_SINCE or not (facts.origin == "CN" or facts.goods.uflpa):
        return False
    return any(
        leg.role in _DEPARTURES
        and leg.port is not None
        and leg.gateway is Gateway.XINJIANG
        and leg.port.gateway_type != _XINJIANG_CROSSING
        for leg in facts.of_entry.legs
    )


def _xinjiang_seller(facts: LineFacts) -> bool:
    nobody = facts.line.manufacturer is None
    return facts.at >= UFLPA_SINCE and nobody and facts.seller_at.kind is Gateway.XINJIANG


def _xinjiang_unclear(facts: LineFacts) -> bool:
    """Whether goods of a UFLPA sector have a manufacturer whose name begins with Xinjiang or a
    town of it, and of which neither town, address nor postal code is declared."""
    maker = facts.manufacturer
    nowhere = not (maker.city or maker.address or maker.postal_code)
    pointed = facts.maker_at.kind is None and facts.maker_at.unclear is Gateway.XINJIANG
    return facts.at >= UFLPA_SINCE and nowhere and pointed and facts.goods.uflpa is not None


def _eu(facts: LineFacts) -> bool:
    named = _dprk_origin(facts) or _dprk_way(facts) or _dprk_party(facts)
    return facts.at >= EU_SINCE and (named or _xinjiang_maker(facts) is True)


_O, _R, _S = ReasonGroup.ORIGIN, ReasonGroup.ROUTE, ReasonGroup.SUPPLIER
_PLACES = "reference:places"

PRESUMPTIONS = (
    Rule(
        code="DPRK_ORIGIN",
        group=_O,
        regime=Regime.OFAC_NK,
        floor=Band.HOLD,
        source="entry",
        about="Origin North Korea: import is barred by 31 CFR 510.201(c) without a licence of "
        "OFAC; no evidence of working conditions lifts it.",
        applies=_dprk_origin,
        say=lambda _: f"Declared origin is North Korea; {OFAC}.",
    ),
    Rule(
        code="DPRK_ON_ROUTE",
        group=_R,
        regime=Regime.OFAC_NK,
        floor=Band.HOLD,
        source="entry",
        about="A port or place of North Korea, or the country, is named on the route or as export "
        "country (31 CFR 510.201(c)).",
        applies=_dprk_way,
        say=_say_dprk_way,
    ),
    Rule(
        code="DPRK_PARTY",
        group=_S,
        regime=None,
        floor=Band.HOLD,
        source="entry",
        about="Manufacturer, seller or importer is in North Korea by country, MID or town. CAATSA "
        "s.321(b) presumes forced labour for goods of North Korean nationals since 2017-08-02; "
        "clear and convincing evidence within 30 days of the notice rebuts it.",
        applies=_dprk_party,
        say=lambda facts: f"A party of the line is in North Korea; {dprk_words(facts)}.",
        law=dprk_law,
    ),
    Rule(
        code="XINJIANG_MAKER",
        group=_S,
        regime=Regime.UFLPA,
        floor=Band.HOLD,
        source=_PLACES,
        about="The manufacturer is in Xinjiang by town, address or postal code. UFLPA s.3 presumes "
        "forced labour for any good made there, entries since 2022-06-21; clear and convincing "
        "evidence, or a review that finds the goods outside the law, answers it.",
        applies=_xinjiang_maker,
        say=_say_xinjiang,
    ),
    Rule(
        code="XINJIANG_ORIGIN_PLACE",
        group=_R,
        regime=Regime.UFLPA,
        floor=Band.HOLD,
        source="reference:gateways",
        about="A leg of the route declares a place in Xinjiang as where the goods began (UFLPA "
        "s.3, entries since 2022-06-21; clear and convincing evidence rebuts).",
        applies=_xinjiang_start,
        say=lambda facts: (
            f"The goods began their way at {', '.join(_xinjiang_legs(facts, _ORIGINS))} in "
            f"Xinjiang; {UFLPA_REBUT}."
        ),
    ),
    Rule(
        code="XINJIANG_DEPARTURE",
        group=_R,
        regime=Regime.UFLPA,
        floor=Band.REVIEW,
        source="reference:gateways",
        about="Chinese goods, or goods of a UFLPA sector, were stuffed or laden in Xinjiang; its "
        "crossings to Kazakhstan, where other goods pass, do not count.",
        applies=_xinjiang_departure,
        say=lambda facts: (
            f"The goods were stuffed or laden at {', '.join(_xinjiang_legs(facts, _DEPARTURES))} "
            f"in Xinjiang; {UFLPA_REBUT}."
        ),
    ),
    Rule(
        code="XINJIANG_SELLER",
        group=_S,
        regime=Regime.UFLPA,
        floor=Band.REVIEW,
        source=_PLACES,
        about="No manufacturer is declared, and the seller is in Xinjiang.",
        applies=_xinjiang_seller,
        say=lambda _: (
            f"No manufacturer is declared, and the seller's place is in Xinjiang; {UFLPA_REBUT}."
        ),
    ),
    Rule(
        code="XINJIANG_NAME_ALONE",
        group=_S,
        regime=Regime.UFLPA,
        floor=Band.REVIEW,
        source=_PLACES,
        about="Goods of a UFLPA sector whose manufacturer's name begins with Xinjiang or a town of "
        "it, as names of Chinese firms begin with their place, and of which neither town, address "
        "nor postal code is declared.",
        applies=_xinjiang_unclear,
        say=lambda facts: (
            "The manufacturer's name begins with a place in Xinjiang, and no town, address or "
            f"postal code is declared; goods sector: {facts.goods.uflpa}; {UFLPA_REBUT}."
        ),
    ),
    Rule(
        code="EU_MARKET",
        group=_O,
        regime=Regime.EU_2024_3015,
        floor=None,
        source="entry",
        about="For goods that may go on to the European Union: Regulation (EU) 2024/3015 applies "
        "from 2027-12-14 to all goods and has no presumption of its own.",
        applies=_eu,
        say=lambda _: (
            "Regulation (EU) 2024/3015 will bar goods made with forced labour from the market of "
            "the European Union from 2027-12-14; for information."
        ),
    ),
)
