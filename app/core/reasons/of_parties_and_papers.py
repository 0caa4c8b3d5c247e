"""Reasons that speak of supplier, importer and filer, of the lane, and of how it is declared."""

from app.core.features.gateways import Gateway
from app.core.reasons import declaration_statements as filed
from app.core.reasons import party_statements as known
from app.core.reasons import statements as say
from app.core.reasons.kinds import Reason, ReasonGroup, Regime

_S, _I = ReasonGroup.SUPPLIER, ReasonGroup.IMPORTER
_L, _D = ReasonGroup.LANE, ReasonGroup.DECLARATION
_ENTRY, _HISTORY, _PLACES = "entry", "history", "reference:places"


def _of(party: str, *measures: str) -> tuple[str, ...]:
    return tuple(f"party.{party}_{measure}" for measure in measures)


OF_PARTIES_AND_PAPERS: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (
        Reason(
            "DPRK_BORDER_MANUFACTURER", _S, Regime.CAATSA_321, _PLACES,
            "Whether the manufacturer of goods at risk is in a Chinese town on the North Korean "
            "border.",
            say.maker_gateway(
                "a Chinese town on the North Korean border", say.CAATSA, Gateway.BORDER
            ),
        ),
        ("party.border_maker_with_dprk_goods",),
    ),
    (
        Reason(
            "DPRK_REGION_MANUFACTURER", _S, Regime.CAATSA_321, _PLACES,
            "Whether the manufacturer of goods at risk is near Dalian or in the Russian Far East.",
            say.maker_gateway(
                "Dalian or the Russian Far East", say.CAATSA, Gateway.HUB, Gateway.FAR_EAST
            ),
        ),
        ("party.near_border_maker_with_dprk_goods",),
    ),
    (
        Reason(
            "XINJIANG_MANUFACTURER", _S, Regime.UFLPA, _PLACES,
            "Whether the manufacturer is in Xinjiang.",
            say.maker_gateway("a place in Xinjiang", say.UFLPA, Gateway.XINJIANG),
        ),
        ("party.xinjiang_maker", "party.xinjiang_maker_with_uflpa_goods"),
    ),
    (
        Reason(
            "MANUFACTURER_IDENTITY", _S, None, _ENTRY,
            "How the manufacturer is identified, and whether name, MID and place agree.",
            known.manufacturer_identity,
        ),
        (
            "party.seller_is_manufacturer", "party.mid_city_differs",
            "party.china_postal_missing",
        ),
    ),
    (
        Reason(
            "SUPPLIER_NEW", _S, None, _HISTORY, "Since when the supplier is known.",
            known.seen("supplier"),
        ),
        _of("supplier", "never_seen", "days_known"),
    ),
    (
        Reason(
            "SUPPLIER_ACTIVITY", _S, None, _HISTORY, "How much of the supplier was seen, and when.",
            known.activity("supplier"),
        ),
        _of("supplier", "log_lines", "surge", "days_since_last", "partners"),
    ),
    (
        Reason(
            "SUPPLIER_CHANGE", _S, None, _HISTORY,
            "Whether goods, origin or route are new for the supplier.",
            known.change("supplier"),
        ),
        _of("supplier", "new_goods", "new_origin", "new_route"),
    ),
    (
        Reason(
            "SUPPLIER_OUTCOMES", _S, None, _HISTORY,
            "What became of the supplier's earlier lines, as known on the date.",
            known.outcomes("supplier"),
        ),
        _of("supplier", "denied_rate", "log_outcomes"),
    ),
    (
        Reason(
            "SUPPLIER_NOT_IDENTIFIED", _S, None, _ENTRY, "Whether a supplier is identified.",
            known.identified("supplier"),
        ),
        ("party.supplier_missing",),
    ),
    (
        Reason(
            "IMPORTER_NEW", _I, None, _HISTORY, "Since when the importer is known.",
            known.seen("importer"),
        ),
        _of("importer", "never_seen", "days_known"),
    ),
    (
        Reason(
            "IMPORTER_ACTIVITY", _I, None, _HISTORY, "How much of the importer was seen, and when.",
            known.activity("importer"),
        ),
        _of("importer", "log_lines", "surge", "days_since_last", "partners"),
    ),
    (
        Reason(
            "IMPORTER_CHANGE", _I, None, _HISTORY,
            "Whether goods, origin or route are new for the importer.",
            known.change("importer"),
        ),
        _of("importer", "new_goods", "new_origin", "new_route"),
    ),
    (
        Reason(
            "SUPPLIER_NEW_FOR_IMPORTER", _I, None, _HISTORY,
            "Whether the importer dealt with this supplier before.",
            known.new_supplier,
        ),
        _of("importer", "new_supplier"),
    ),
    (
        Reason(
            "IMPORTER_OUTCOMES", _I, None, _HISTORY,
            "What became of the importer's earlier lines, as known on the date.",
            known.outcomes("importer"),
        ),
        _of("importer", "denied_rate", "log_outcomes"),
    ),
    (
        Reason(
            "IMPORTER_NOT_IDENTIFIED", _I, None, _ENTRY, "Whether the importer is identified.",
            known.identified("importer"),
        ),
        ("party.importer_missing",),
    ),
    (
        Reason(
            "FILER_HISTORY", _I, None, _HISTORY, "What is known of the filer.",
            known.outcomes("filer"),
        ),
        _of("filer", "never_seen", "log_lines", "days_known", "denied_rate", "log_outcomes"),
    ),
    (
        Reason(
            "LANE_OUTCOMES", _L, None, "model",
            "What became of lines of the same goods, origin and route in training.",
            filed.lane,
        ),
        (),
    ),
    (
        Reason(
            "LANE_SUPPORT", _L, None, "model",
            "How many lines of the lane training had to learn from.",
            filed.lane_support,
        ),
        (),
    ),
    (
        Reason("DUTY_TREATMENT", _D, None, _ENTRY, "Duty rate and preference.", filed.duty),
        ("declaration.duty_rate", "declaration.preference_claimed"),
    ),
    (
        Reason("TRANSPORT_MODE", _D, None, _ENTRY, "How the goods came.", filed.mode),
        tuple(
            f"declaration.{name}" for name in ("by_vessel", "in_container", "overland", "by_air")
        ),
    ),
    (
        Reason("ENTRY_TYPE", _D, None, _ENTRY, "What kind of entry it is.", filed.entry_type),
        ("declaration.informal",),
    ),
    (
        Reason("ENTRY_SIZE", _D, None, _ENTRY, "How many lines the entry has.", filed.size),
        ("declaration.lines",),
    ),
    (
        Reason("FACTS_MISSING", _D, None, _ENTRY, "How much is not declared.", filed.missing),
        ("declaration.missing_facts",),
    ),
)  # fmt: skip
