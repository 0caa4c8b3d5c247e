"""Valuation features that hold a line against what goods can weigh, cost and be made of where.

Only documented bounds, capacities and yields are used (docs/routes.md); where there is none, or
where weight, quantity or value is not declared, the feature is unknown.
"""

from collections.abc import Callable, Mapping
from math import isnan, log, log1p
from types import MappingProxyType

from app.core.features.facts import LineFacts
from app.core.features.kinds import FLAG, NAN, Feature, Group
from app.core.reference.physics import Yield, kg_per_unit_of_weight, plain_unit

GROSS_ALLOWANCE = 1.25  # packing on top of the goods' own weight; ours, generous
_ROUNDING = 1.005  # weights are declared in whole kilograms


def unit_weight_off_bounds(facts: LineFacts) -> float:
    """How far the gross weight of a unit lies outside what such goods can weigh, natural log; 0
    inside."""
    unit, weight, quantity = facts.line.quantity_unit, facts.weight_kg, facts.quantity
    bound = (
        None if unit is None else facts.reference.physics.bound("kg_per_unit", _hts(facts), unit)
    )
    if bound is None or not (weight > 0 and quantity > 0):
        return NAN
    each = weight / quantity
    if bound.low is not None and each < bound.low:
        return log(bound.low / each)
    if bound.high is not None and each > bound.high * GROSS_ALLOWANCE:
        return log(each / (bound.high * GROSS_ALLOWANCE))
    return 0.0


def gross_below_net(facts: LineFacts) -> float:
    """Whether the gross weight is less than the net quantity declared in a unit of weight."""
    unit_kg = kg_per_unit_of_weight(facts.line.quantity_unit)
    if unit_kg is None or isnan(facts.weight_kg) or isnan(facts.quantity):
        return NAN
    net = facts.quantity * unit_kg
    return float(facts.weight_kg * _ROUNDING < net)


def value_below_documented(facts: LineFacts) -> float:
    """How far the value of a kilogram lies below the lowest that is documented for such goods of
    North Korea, natural log; 0 above."""
    bound = facts.reference.physics.bound("usd_per_kg", _hts(facts))
    if bound is None or bound.low is None or not (facts.value_usd > 0 and facts.weight_kg > 0):
        return NAN
    return max(0.0, log(bound.low * facts.weight_kg / facts.value_usd))


def not_produced_at_origin(facts: LineFacts) -> float:
    """Whether the declared origin makes or grows no such goods at all, as far as documented."""
    found = facts.reference.physics.capacity(_hts(facts), facts.origin)
    return NAN if found is None else float(found.tonnes_per_year == 0)


def input_made_elsewhere(facts: LineFacts) -> float:
    """Raw input these goods take at least, natural log of kg plus one, where the declared origin
    makes or grows none of it; 0 where it makes some."""
    needed = input_kg(facts)
    if needed is None:
        return NAN
    taken, kg = needed
    found = facts.reference.physics.capacity(taken.input_hs, facts.origin)
    if found is None:
        return NAN
    return log1p(kg) if found.tonnes_per_year == 0 else 0.0


def input_kg(facts: LineFacts) -> tuple[Yield, float] | None:
    """Return the yield that is documented of the goods and the kilograms of raw input they take at
    least; None where none is documented or the amount is not declared."""
    found = facts.reference.physics.yield_of(_hts(facts))
    if found is None:
        return None
    amount = (
        facts.weight_kg / GROSS_ALLOWANCE if found.unit == "KG" else _quantity(facts, found.unit)
    )
    return None if isnan(amount) else (found, amount * found.kg_low)


def _quantity(facts: LineFacts, unit: str) -> float:
    declared = facts.line.quantity_unit
    return facts.quantity if declared is not None and plain_unit(declared) == unit else NAN


def _hts(facts: LineFacts) -> str:
    return str(facts.line.hts)


def _feature(compute: Callable[[LineFacts], float], unit: str, missing: str) -> Feature:
    return Feature(f"valuation.{compute.__name__}", Group.VALUATION, unit, missing, compute)


_NOT_DECLARED = "weight, quantity or unit is not declared or zero"

PLAUSIBILITY = (
    _feature(unit_weight_off_bounds, "log ratio", f"no bound is documented, or {_NOT_DECLARED}"),
    _feature(gross_below_net, FLAG, "weight or quantity in a unit of weight is not declared"),
    _feature(
        value_below_documented,
        "log ratio",
        "no price is documented, or value or weight is not declared or zero",
    ),
    _feature(not_produced_at_origin, FLAG, "nothing is documented of the goods and the origin"),
    _feature(
        input_made_elsewhere,
        "log kg",
        "no yield or no production of the input is documented, or the amount is not declared",
    ),
)

# Directions that are certain: more of it never lowers the risk.
MONOTONE: Mapping[str, int] = MappingProxyType(
    {
        "valuation.gross_below_net": 1,
        "valuation.value_below_documented": 1,
        "valuation.not_produced_at_origin": 1,
        "valuation.input_made_elsewhere": 1,
    }
)
