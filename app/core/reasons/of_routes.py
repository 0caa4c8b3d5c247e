"""Reasons that hold way, places and measures against chains, speeds, bounds and yields."""

from app.core.reasons import route_statements as say
from app.core.reasons.kinds import Reason, ReasonGroup, Regime

_O, _R, _V = ReasonGroup.ORIGIN, ReasonGroup.ROUTE, ReasonGroup.VALUATION
_ENTRY = "entry"

OF_ROUTES: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (
        Reason(
            "CHAIN_OF_PLACES", _R, None, "reference:chains",
            "Whether the way follows a chain of places that public sources describe.",
            say.chain, say.law_of_chain,
        ),
        ("route.chain_strength",),
    ),
    (
        Reason(
            "TRANSIT_POSSIBLE", _R, None, "reference:speeds",
            "Whether the goods can have travelled in the declared time.",
            say.transit_possible,
        ),
        ("route.impossible_transit",),
    ),
    (
        Reason(
            "LADING_ON_THE_WAY", _R, None, "reference:ports",
            "How far the place of lading is off the way from stuffing to destination.",
            say.lading_off_the_way,
        ),
        ("route.off_the_way",),
    ),
    (
        Reason(
            "LEGS_NOT_DECLARED", _R, None, _ENTRY,
            "Which places of the way are not declared.",
            say.legs_missing,
        ),
        ("route.missing_legs",),
    ),
    (
        Reason(
            "ORIGIN_WITHOUT_MAKER", _R, None, _ENTRY,
            "Whether the manufacturer is in the country of transshipment declared as origin.",
            say.origin_at_hub,
        ),
        ("route.relabelled_at_hub",),
    ),
    (
        Reason(
            "XINJIANG_DESCRIBED", _O, Regime.UFLPA, _ENTRY,
            "Whether the description of the goods names Xinjiang.",
            say.description_xinjiang,
        ),
        ("origin.xinjiang_described",),
    ),
    (
        Reason(
            "NORTH_KOREA_DESCRIBED", _O, Regime.CAATSA_321, _ENTRY,
            "Whether the description of the goods names North Korea.",
            say.description_north_korea,
        ),
        ("origin.north_korea_described",),
    ),
    (
        Reason(
            "HAIR_GOODS_CLUSTER", _O, Regime.CAATSA_321, "reference:places",
            "Whether hair goods come from the town where North Korean lashes are finished.",
            say.hair_goods,
        ),
        ("origin.hair_goods_of_cluster",),
    ),
    (
        Reason(
            "UNIT_WEIGHT", _V, None, "reference:bounds",
            "What a unit weighs against what such goods can weigh.",
            say.unit_weight,
        ),
        ("valuation.unit_weight_off_bounds",),
    ),
    (
        Reason(
            "GROSS_AND_NET_WEIGHT", _V, None, _ENTRY,
            "Whether gross weight and net quantity agree.",
            say.gross_and_net,
        ),
        ("valuation.gross_below_net",),
    ),
    (
        Reason(
            "VALUE_AGAINST_DOCUMENTED", _V, None, "reference:bounds",
            "The value of a kilogram against documented prices.",
            say.value_documented,
        ),
        ("valuation.value_below_documented",),
    ),
    (
        Reason(
            "PRODUCTION_AT_ORIGIN", _V, None, "reference:capacities",
            "Whether the declared origin makes or grows such goods.",
            say.production,
        ),
        ("valuation.not_produced_at_origin",),
    ),
    (
        Reason(
            "RAW_INPUT", _V, None, "reference:yields",
            "How much raw input the goods take, and whether the origin has it.",
            say.raw_input,
        ),
        ("valuation.input_made_elsewhere",),
    ),
)  # fmt: skip
