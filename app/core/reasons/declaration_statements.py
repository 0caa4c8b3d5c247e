"""How a line is declared, in sentences, and what training learned of its lane."""

from app.core.features import LineFacts


def lane(facts: LineFacts) -> str:
    """Say which lane the line lies in."""
    route = facts.entry.export_country
    way = f" exported from {facts.reference.country_name(route)}" if route else ""
    origin = facts.reference.country_name(facts.origin)
    return (
        f"Outcomes of earlier lines of HS {facts.line.hts[:6]} from {origin}{way}, and of wider "
        "lanes around it, as learned in training."
    )


def lane_support(facts: LineFacts) -> str:
    """Say that the number of training lines counts."""
    origin = facts.reference.country_name(facts.origin)
    return f"How many lines of HS {facts.line.hts[:6]} from {origin} training had to learn from."


def duty(facts: LineFacts) -> str:
    """Say rate and preference."""
    rate, preference = facts.line.duty_rate_percent, facts.line.preference
    said = "no duty rate" if rate is None else f"duty rate {float(rate):g} %"
    return f"Declared: {said}, {f'preference {preference}' if preference else 'no preference'}."


def mode(facts: LineFacts) -> str:
    """Say how the goods came."""
    found = facts.entry.mode_of_transport
    return f"Mode of transport: {found}." if found else "No mode of transport is declared."


def entry_type(facts: LineFacts) -> str:
    """Say which entry it is."""
    found = facts.entry.entry_type
    return f"Entry type: {found}." if found else "No entry type is declared."


def size(facts: LineFacts) -> str:
    """Say how many lines there are."""
    count = len(facts.entry.lines)
    return f"The entry has {count} line{'' if count == 1 else 's'}."


def round_value(facts: LineFacts) -> str:
    """Say the value."""
    return f"Declared value is USD {facts.value_usd:,.2f}."


def missing(facts: LineFacts) -> str:
    """Say what is lacking."""
    lacking = [
        word
        for word, declared in (
            ("manufacturer", facts.line.manufacturer),
            ("seller", facts.line.seller),
            ("importer", facts.entry.importer),
            ("route", facts.entry.route),
            ("export country", facts.entry.export_country),
            ("export date", facts.entry.export_date),
            ("arrival date", facts.entry.arrival_date),
            ("mode", facts.entry.mode_of_transport),
            ("weight", facts.line.gross_weight_kg),
            ("quantity", facts.line.quantity),
        )
        if declared is None or declared == ()
    ]
    if not lacking:
        return "Parties, route, dates, weight and quantity are declared."
    return f"Not declared: {', '.join(lacking)}."
