"""Reasons that speak of the goods, their origin, their route and their value."""

from app.core.features.commodity import SECTORS
from app.core.features.gateways import Gateway
from app.core.features.lane import NORM_NAMES
from app.core.features.route import HUB_COUNTRIES
from app.core.reasons import declaration_statements as filed
from app.core.reasons import statements as say
from app.core.reasons.kinds import Reason, ReasonGroup, Regime

_C, _O = ReasonGroup.COMMODITY, ReasonGroup.ORIGIN
_R, _V = ReasonGroup.ROUTE, ReasonGroup.VALUATION
_ENTRY, _GOODS, _GATEWAYS = "entry", "reference:goods", "reference:gateways"

OF_GOODS_AND_WAY: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (
        Reason(
            "GOODS_DOL_LISTED", _C, Regime.TA_307, _GOODS,
            "How the US Department of Labor lists such goods from the origin, or from China.",
            say.goods_dol,
        ),
        ("commodity.dol_forced_labour", "commodity.dol_forced_labour_china"),
    ),
    (
        Reason(
            "GOODS_UFLPA_SECTOR", _C, Regime.UFLPA, _GOODS,
            "Whether the goods are of a high-priority sector of the UFLPA strategy.",
            say.goods_uflpa,
        ),
        ("commodity.uflpa_sector",),
    ),
    (
        Reason(
            "GOODS_DPRK_SECTOR", _C, Regime.CAATSA_321, _GOODS,
            "Whether the goods are of a sector known for North Korean labour abroad.",
            say.goods_dprk,
        ),
        ("commodity.dprk_sector",),
    ),
    (
        Reason(
            "GOODS_UNDER_CBP_ACTION", _C, Regime.TA_307, _GOODS,
            "Whether orders of CBP name such goods from the origin.",
            say.goods_cbp,
        ),
        ("commodity.cbp_action",),
    ),
    (
        Reason("GOODS_KIND", _C, None, _ENTRY, "What kind of goods they are.", say.goods_kind),
        tuple(f"commodity.is_{sector}" for sector in SECTORS),
    ),
    (
        Reason(
            "TARIFF_CODE_STATUS", _C, None, "reference:hts",
            "Whether the tariff code is in force on the date.",
            say.tariff_code,
        ),
        ("commodity.hts_obsolete", "commodity.hts_unknown"),
    ),
    (
        Reason(
            "ORIGIN_DECLARED", _O, None, _ENTRY, "Which origin is declared.", say.origin_declared
        ),
        ("origin.is_china", "origin.is_russia", "origin.is_finishing_country"),
    ),
    (
        Reason(
            "NORTH_KOREA_NAMED", _O, Regime.OFAC_NK, _ENTRY,
            "Whether North Korea is named as origin, for a party, or on the route.",
            say.north_korea,
        ),
        ("origin.is_north_korea", "origin.north_korea_named"),
    ),
    (
        Reason(
            "ORIGIN_DISAGREES", _O, None, _ENTRY,
            "Whether parties, MID and places of dispatch name another country than the origin.",
            say.origin_disagrees,
        ),
        (
            "origin.manufacturer_differs", "origin.seller_differs", "origin.export_differs",
            "origin.mid_differs", "origin.lading_differs", "origin.stuffing_differs",
            "origin.disagreements",
        ),
    ),
    (
        Reason(
            "CHINA_BEHIND_ORIGIN", _O, None, _ENTRY,
            "Whether a party, the MID or a place of dispatch is China under another origin.",
            say.china_behind,
        ),
        ("origin.china_behind",),
    ),
    (
        Reason(
            "UFLPA_GOODS_CHINA_BEHIND", _O, Regime.UFLPA, _GOODS,
            "The same, for goods of a UFLPA high-priority sector.",
            say.uflpa_china_behind,
        ),
        ("origin.uflpa_goods_china_behind",),
    ),
    (
        Reason("ROUTE_DECLARED", _R, None, _ENTRY, "How the route is declared.", say.route),
        ("route.declared", "route.legs", "route.first_leg_differs", "route.transshipments"),
    ),
    (
        Reason(
            "CHINA_ON_THE_WAY", _R, None, _ENTRY,
            "Whether goods of another origin passed through China.",
            say.passing("CN"),
        ),
        ("route.china_on_the_way",),
    ),
    (
        Reason(
            "RUSSIA_ON_THE_WAY", _R, None, _ENTRY,
            "Whether goods of another origin passed through Russia.",
            say.passing("RU"),
        ),
        ("route.russia_on_the_way",),
    ),
    (
        Reason(
            "HUB_ON_THE_WAY", _R, None, _ENTRY,
            "Whether goods of another origin passed through a transshipment country.",
            say.passing(*sorted(HUB_COUNTRIES)),
        ),
        ("route.hub_on_the_way",),
    ),
    (
        Reason(
            "LISTED_GOODS_ON_THE_WAY", _R, Regime.TA_307, _GOODS,
            "Whether the US Department of Labor lists such goods from a country on the way.",
            say.listed_on_the_way,
        ),
        ("route.listed_goods_on_the_way",),
    ),
    (
        Reason(
            "DPRK_BORDER_ROUTE", _R, Regime.CAATSA_321, _GATEWAYS,
            "Whether goods at risk passed a Chinese town on the North Korean border.",
            say.route_gateway(
                "a Chinese town on the North Korean border", say.CAATSA, Gateway.BORDER
            ),
        ),
        ("route.border_town_with_dprk_goods",),
    ),
    (
        Reason(
            "RUSSIAN_FAR_EAST_ROUTE", _R, Regime.CAATSA_321, _GATEWAYS,
            "Whether goods at risk passed a port of the Russian Far East.",
            say.route_gateway("a port of the Russian Far East", say.CAATSA, Gateway.FAR_EAST),
        ),
        ("route.far_east_with_dprk_goods",),
    ),
    (
        Reason(
            "RELAY_PORT_ROUTE", _R, Regime.CAATSA_321, _GATEWAYS,
            "Whether goods at risk passed a relay port near the North Korean trade.",
            say.route_gateway("a relay port", say.CAATSA, Gateway.HUB),
        ),
        ("route.hub_port_with_dprk_goods",),
    ),
    (
        Reason(
            "XINJIANG_ROUTE", _R, Regime.UFLPA, _GATEWAYS,
            "Whether goods of a UFLPA sector passed a place in Xinjiang.",
            say.route_gateway("a place in Xinjiang", say.UFLPA, Gateway.XINJIANG),
        ),
        ("route.xinjiang_with_uflpa_goods",),
    ),
    (
        Reason(
            "GATEWAY_ROUTE", _R, None, _GATEWAYS,
            "How risky the gateways are that goods at risk passed.",
            say.gateways, say.law_of_gateways,
        ),
        ("route.gateway_with_goods",),
    ),
    (
        Reason(
            "ROUTE_DETOUR", _R, None, "reference:ports",
            "How much longer the declared way is than the direct one.",
            say.detour,
        ),
        ("route.detour_ratio",),
    ),
    (
        Reason(
            "TRANSIT_TIME", _R, None, _ENTRY,
            "How long the goods were under way, also for the length of the way.",
            say.transit,
        ),
        ("route.transit_days", "route.km_per_day"),
    ),
    (
        Reason("VALUE_AND_WEIGHT", _V, None, _ENTRY, "Declared value and weight.", say.value),
        (
            "valuation.log_value", "valuation.log_weight", "valuation.no_value",
            "valuation.no_weight", "valuation.share_of_entry",
        ),
    ),
    (
        Reason(
            "UNIT_VALUE", _V, None, _ENTRY, "Declared value by weight and unit.", say.unit_value
        ),
        (
            "valuation.log_value_per_kg", "valuation.log_value_per_unit",
            "valuation.log_kg_per_unit",
        ),
    ),
    (
        Reason(
            "ROUND_VALUE", _V, None, _ENTRY,
            "Whether the value is a whole number of hundreds.",
            filed.round_value,
        ),
        ("valuation.round_value",),
    ),
    (
        Reason(
            "VALUE_AGAINST_LANE", _V, None, "model",
            "How value and weight lie against those of the same lane in training.",
            say.against_lane,
        ),
        NORM_NAMES,
    ),
)  # fmt: skip
