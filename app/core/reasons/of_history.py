"""Reasons that speak of the live history of MID, town, goods, lane and route, and of changes."""

from collections.abc import Callable

from app.core.features import LineFacts
from app.core.reasons import history_statements as known
from app.core.reasons.kinds import Reason, ReasonGroup

_S, _I, _L = ReasonGroup.SUPPLIER, ReasonGroup.IMPORTER, ReasonGroup.LANE
_R, _C = ReasonGroup.ROUTE, ReasonGroup.COMMODITY


def _entry(
    code: str, group: ReasonGroup, about: str, say: Callable[[LineFacts], str], *features: str
) -> tuple[Reason, tuple[str, ...]]:
    reason = Reason(code, group, None, "history", about, say)
    return reason, tuple(f"party.{each}" for each in features)


OF_HISTORY: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    _entry(
        "MID_HISTORY", _S, "Whether and how often the manufacturer's MID was seen.",
        known.volume("mid"), "mid_never_seen", "mid_log_lines",
    ),
    _entry(
        "MID_OUTCOMES", _S, "What became of earlier lines of the manufacturer's MID.",
        known.outcomes("mid"), "mid_denied_rate",
    ),
    _entry(
        "MID_NEW_NAME", _S, "Whether the manufacturer's name was seen under this MID before.",
        known.of_mid_name, "mid_new_name",
    ),
    _entry(
        "TOWN_HISTORY", _S, "Whether and how often makers of the manufacturer's town were seen.",
        known.volume("city"), "city_never_seen", "city_log_lines",
    ),
    _entry(
        "TOWN_OUTCOMES", _S, "What became of earlier lines from the manufacturer's town.",
        known.outcomes("city"), "city_denied_rate",
    ),
    _entry(
        "GOODS_HISTORY", _C, "How often such goods of this origin were seen.",
        known.volume("goods"), "goods_log_lines",
    ),
    _entry(
        "GOODS_OUTCOMES", _C, "What became of earlier lines of such goods of this origin.",
        known.outcomes("goods"), "goods_denied_rate",
    ),
    _entry(
        "LANE_HISTORY", _L, "How often the lane was seen, and how much of that is of late.",
        known.surge("lane"), "lane_log_lines", "lane_surge",
    ),
    _entry(
        "LANE_RECORD", _L, "What became of earlier lines of the lane, as known on the date.",
        known.outcomes("lane"), "lane_denied_rate",
    ),
    _entry(
        "LANE_DETENTIONS", _L, "How many earlier lines of the lane were stopped.",
        known.detentions("lane"), "lane_detained_share",
    ),
    _entry(
        "ROUTE_HISTORY", _R, "Whether and how often goods came by these countries in this order.",
        known.volume("route"), "route_never_seen", "route_log_lines",
    ),
    _entry(
        "ROUTE_OUTCOMES", _R, "What became of earlier lines that came by this route.",
        known.outcomes("route"), "route_denied_rate",
    ),
    _entry(
        "SUPPLIER_DETENTIONS", _S, "How many earlier lines of the supplier were stopped.",
        known.detentions("supplier"), "supplier_detained_share",
    ),
    _entry(
        "SUPPLIER_REVIEWS", _S, "What document checks of the supplier's lines found.",
        known.of_reviews, "supplier_review_rate",
    ),
    _entry(
        "SUPPLIER_SILENCE", _S, "How long the supplier was silent before it was last seen.",
        known.of_pause, "supplier_pause",
    ),
    _entry(
        "SUPPLIER_SUDDEN_VOLUME", _S, "How much of the supplier's value is of late.",
        known.surge("supplier"), "supplier_value_surge",
    ),
    _entry(
        "SUPPLIER_USUAL_VALUE", _S, "This line's value against the supplier's earlier lines.",
        known.usual_value("supplier"), "supplier_value_against_usual",
    ),
    _entry(
        "SUPPLIER_CAPACITY", _S, "This line's weight against the volume known of the supplier.",
        known.of_capacity, "supplier_kg_against_usual",
    ),
    _entry(
        "IMPORTER_DETENTIONS", _I, "How many earlier lines of the importer were stopped.",
        known.detentions("importer"), "importer_detained_share",
    ),
    _entry(
        "IMPORTER_SUDDEN_VOLUME", _I, "How much of the importer's value is of late.",
        known.surge("importer"), "importer_value_surge",
    ),
    _entry(
        "IMPORTER_USUAL_VALUE", _I, "This line's value against the importer's earlier lines.",
        known.usual_value("importer"), "importer_value_against_usual",
    ),
)  # fmt: skip
