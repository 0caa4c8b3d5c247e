"""What way, places and measures of one line show against what is documented; facts only."""

from app.core.features import LineFacts
from app.core.features.described import names_north_korea, names_xinjiang
from app.core.features.gateways import Gateway
from app.core.features.plausibility import input_kg
from app.core.reasons.kinds import Regime
from app.core.reasons.statements import CAATSA, UFLPA

_LEAST_SHARE = 0.05  # a way less longer than that is said to be straight


def _name(facts: LineFacts, code: str) -> str:
    return facts.reference.country_name(code)


def _goods(facts: LineFacts) -> str:
    return f"HS {facts.line.hts[:6]}"


def chain(facts: LineFacts) -> str:
    """Say which known chain of places the way follows."""
    found = facts.chain
    if found is None:
        return f"The way follows none of the known chains of places for {_goods(facts)}."
    stops = ", then ".join(found.stops)
    said = f"The way ({stops}) follows a chain that public sources describe"
    return f"{said}: {found.chain.title}; {CAATSA}."


def law_of_chain(facts: LineFacts) -> Regime | None:
    """Return the law a followed chain touches; None where none is followed."""
    return None if facts.chain is None else Regime.CAATSA_321


def transit_possible(facts: LineFacts) -> str:
    """Say whether the declared transit time is possible at all."""
    short, days = facts.of_entry.shortfall_days, facts.of_entry.transit_days
    if short is None or days is None:
        return "A date or the places of the way are not declared, so the transit is not judged."
    least = facts.of_entry.least_days
    if least is None:
        return f"Arrival is declared {-days} days before export."
    said = f"Declared transit is {days} days; the fastest means takes {least:.1f}"
    return f"{said} days along great circles."


def lading_off_the_way(facts: LineFacts) -> str:
    """Say how far the place of lading is off the way."""
    longer = facts.of_entry.detour_by_lading
    if longer is None:
        return "Stuffing, lading or destination is not declared or has no known position."
    if longer < _LEAST_SHARE:
        return "The place of lading lies on the way from stuffing to destination."
    return (
        f"The way by the place of lading is {longer:.0%} longer than straight from stuffing to "
        "destination."
    )


def legs_missing(facts: LineFacts) -> str:
    """Say which legs are not declared."""
    missing = facts.of_entry.legs_missing
    if not missing:
        return "Stuffing, lading and unlading are declared."
    return f"Not declared on the route: place of {', '.join(missing)}."


def origin_at_hub(facts: LineFacts) -> str:
    """Say whether the manufacturer is in the country of origin."""
    maker, origin = facts.maker_country, _name(facts, facts.origin)
    if maker is None:
        return f"Declared origin is {origin}; no country of the manufacturer is declared."
    if maker == facts.origin:
        return f"The manufacturer is in the declared origin, {origin}."
    return f"Declared origin is {origin}, the manufacturer's country {_name(facts, maker)}."


def description_xinjiang(facts: LineFacts) -> str:
    """Say whether the description names Xinjiang."""
    said = facts.line.description
    if said is None:
        return "The goods are not described."
    if names_xinjiang(said):
        return f"The description of the goods names Xinjiang; {UFLPA}."
    return "The description of the goods does not name Xinjiang as a source."


def description_north_korea(facts: LineFacts) -> str:
    """Say whether the description names North Korea."""
    said = facts.line.description
    if said is None:
        return "The goods are not described."
    if names_north_korea(said):
        return f"The description of the goods names North Korea; {CAATSA}."
    return "The description of the goods does not name North Korea as a source."


def hair_goods(facts: LineFacts) -> str:
    """Say whether hair goods come from the town where North Korean lashes are finished."""
    if facts.maker_gateway is Gateway.CLUSTER:
        return (
            f"The manufacturer of these goods of {_goods(facts)} is in Pingdu, where by a trade "
            "estimate of 2023 about 80 % of the eyelash plants buy or process North Korean "
            f"material (Reuters, 2024-02-03); {CAATSA}."
        )
    return f"The manufacturer of these goods of {_goods(facts)} is not known to be in Pingdu."


def unit_weight(facts: LineFacts) -> str:
    """Say what a unit weighs, and what such goods can weigh."""
    unit = facts.line.quantity_unit
    bound = None if unit is None else facts.reference.physics.bound(
        "kg_per_unit", str(facts.line.hts), unit
    )  # fmt: skip
    if bound is None or not (facts.weight_kg > 0 and facts.quantity > 0):
        return f"No bound of the weight of a unit applies to {_goods(facts)} as declared."
    each = facts.weight_kg / facts.quantity
    return f"Declared gross weight is {each:.3f} kg per {bound.unit}; {bound.reason}."


def gross_and_net(facts: LineFacts) -> str:
    """Say gross weight and quantity."""
    weight, quantity = facts.line.gross_weight_kg, facts.line.quantity
    if weight is None or quantity is None:
        return "Gross weight or quantity is not declared."
    unit = facts.line.quantity_unit or "units"
    return (
        f"Declared: gross weight {float(weight):,.1f} kg, quantity {float(quantity):,.1f} {unit}."
    )


def value_documented(facts: LineFacts) -> str:
    """Say the value of a kilogram against what is documented."""
    bound = facts.reference.physics.bound("usd_per_kg", str(facts.line.hts))
    if bound is None or not (facts.value_usd > 0 and facts.weight_kg > 0):
        return f"No documented price applies to {_goods(facts)} as declared."
    each = facts.value_usd / facts.weight_kg
    return f"Declared value is USD {each:,.2f} per kg; {bound.reason}."


def production(facts: LineFacts) -> str:
    """Say whether the origin is known to make or grow such goods."""
    found = facts.reference.physics.capacity(str(facts.line.hts), facts.origin)
    origin = _name(facts, facts.origin)
    if found is None:
        return f"Nothing is documented here of what {origin} produces of {_goods(facts)}."
    if found.tonnes_per_year == 0:
        return f"Declared origin is {origin}, which is not known to produce {found.good}."
    return f"{origin} produces about {found.tonnes_per_year:,.0f} t of {found.good} a year."


def raw_input(facts: LineFacts) -> str:
    """Say what raw input the goods take, and whether the origin has it."""
    needed = input_kg(facts)
    if needed is None:
        return f"No yield from a raw input is documented for {_goods(facts)} as declared."
    taken, kg = needed
    said = f"These goods take at least {kg:,.0f} kg of {taken.input} ({taken.reason})"
    found = facts.reference.physics.capacity(taken.input_hs, facts.origin)
    if found is not None and found.tonnes_per_year == 0:
        return f"{said}; {_name(facts, facts.origin)} is not known to produce it."
    return f"{said}."
