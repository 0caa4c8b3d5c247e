"""Declaration features: how the entry is made, and how much of it is left open."""

from collections.abc import Callable

from app.core.features.facts import LineFacts
from app.core.features.kinds import FLAG, NAN, Feature, Group

INFORMAL = frozenset({"11", "86"})  # informal and de minimis entries (CBP entry type codes)


def duty_rate(facts: LineFacts) -> float:
    """Declared duty rate, percent."""
    rate = facts.line.duty_rate_percent
    return NAN if rate is None else float(rate)


def preference_claimed(facts: LineFacts) -> float:
    """Whether a tariff preference is claimed."""
    return float(facts.line.preference is not None)


def by_vessel(facts: LineFacts) -> float:
    """Whether the goods came by vessel (mode 10 to 12)."""
    return _mode(facts, "1")


def in_container(facts: LineFacts) -> float:
    """Whether the goods came in a container (mode 11, 21, 31 or 41)."""
    mode = facts.entry.mode_of_transport
    return NAN if mode is None else float(mode[1] == "1")


def overland(facts: LineFacts) -> float:
    """Whether the goods came by rail or road (mode 20 to 34)."""
    return _mode(facts, "23")


def by_air(facts: LineFacts) -> float:
    """Whether the goods came by air (mode 40 or 41)."""
    return _mode(facts, "4")


def informal(facts: LineFacts) -> float:
    """Whether it is an informal or de minimis entry (type 11 or 86)."""
    found = facts.entry.entry_type
    return NAN if found is None else float(found in INFORMAL)


def lines(facts: LineFacts) -> float:
    """How many lines the entry has."""
    return float(len(facts.entry.lines))


def missing_facts(facts: LineFacts) -> float:
    """How many of twelve facts are not declared: manufacturer name, MID, town or postal code,
    seller, importer, route, export country, export date, arrival date, mode, weight, quantity."""
    entry, line, maker = facts.entry, facts.line, facts.manufacturer
    declared = (
        maker.name or maker.number,
        maker.mid,
        maker.city or maker.postal_code,
        line.seller,
        entry.importer,
        entry.route,
        entry.export_country,
        entry.export_date,
        entry.arrival_date,
        entry.mode_of_transport,
        line.gross_weight_kg is not None,
        line.quantity is not None,
    )
    return float(sum(not fact for fact in declared))


def _mode(facts: LineFacts, first_digits: str) -> float:
    mode = facts.entry.mode_of_transport
    return NAN if mode is None else float(mode[0] in first_digits)


def _feature(compute: Callable[[LineFacts], float], unit: str, missing: str = "never") -> Feature:
    return Feature(f"declaration.{compute.__name__}", Group.DECLARATION, unit, missing, compute)


_NO_MODE = "the mode of transport is not declared"

DECLARATION = (
    _feature(duty_rate, "percent", "the duty rate is not declared"),
    _feature(preference_claimed, FLAG),
    _feature(by_vessel, FLAG, _NO_MODE),
    _feature(in_container, FLAG, _NO_MODE),
    _feature(overland, FLAG, _NO_MODE),
    _feature(by_air, FLAG, _NO_MODE),
    _feature(informal, FLAG, "the entry type is not declared"),
    _feature(lines, "lines"),
    _feature(missing_facts, "facts"),
)
