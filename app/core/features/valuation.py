"""Valuation features: value, weight and quantity as declared, in USD and kg.

How far they lie from the lane's norm is fitted: the lane columns of app/core/features/lane.py.
"""

from collections.abc import Callable
from math import isnan, log

from app.core.features.facts import LineFacts
from app.core.features.kinds import FLAG, NAN, Feature, Group


def log_value(facts: LineFacts) -> float:
    """Entered value of the line, natural log of USD plus one."""
    return log(facts.value_usd + 1)


def log_weight(facts: LineFacts) -> float:
    """Declared gross weight, natural log of kg."""
    return _log_ratio(facts.weight_kg, 1.0)


def log_value_per_kg(facts: LineFacts) -> float:
    """Declared value per kilogram, natural log of USD/kg."""
    return _log_ratio(facts.value_usd, facts.weight_kg)


def log_value_per_unit(facts: LineFacts) -> float:
    """Declared value per unit of quantity, natural log of USD."""
    return _log_ratio(facts.value_usd, facts.quantity)


def log_kg_per_unit(facts: LineFacts) -> float:
    """Declared gross weight per unit of quantity, natural log of kg."""
    return _log_ratio(facts.weight_kg, facts.quantity)


def round_value(facts: LineFacts) -> float:
    """Whether the value is a whole number of hundreds of USD above zero."""
    value = facts.line.entered_value_usd
    return float(value > 0 and value % 100 == 0)


def no_value(facts: LineFacts) -> float:
    """Whether the declared value is zero."""
    return float(facts.value_usd == 0)


def no_weight(facts: LineFacts) -> float:
    """Whether the declared gross weight is zero."""
    weight = facts.weight_kg
    return weight if isnan(weight) else float(weight == 0)


def share_of_entry(facts: LineFacts) -> float:
    """The line's share of the entry's value, 0 to 1."""
    total = facts.of_entry.value_usd
    return facts.value_usd / total if total > 0 else NAN


def _log_ratio(above: float, below: float) -> float:
    # unknown or zero: no ratio
    return log(above) - log(below) if above > 0 and below > 0 else NAN


def _feature(compute: Callable[[LineFacts], float], unit: str, missing: str = "never") -> Feature:
    return Feature(f"valuation.{compute.__name__}", Group.VALUATION, unit, missing, compute)


VALUATION = (
    _feature(log_value, "log USD"),
    _feature(log_weight, "log kg", "the weight is not declared or zero"),
    _feature(log_value_per_kg, "log USD/kg", "value or weight is not declared or zero"),
    _feature(log_value_per_unit, "log USD/unit", "value or quantity is not declared or zero"),
    _feature(log_kg_per_unit, "log kg/unit", "weight or quantity is not declared or zero"),
    _feature(round_value, FLAG),
    _feature(no_value, FLAG),
    _feature(no_weight, FLAG, "the weight is not declared"),
    _feature(share_of_entry, "share", "the entry has no value"),
)
