"""What the history of a line's parties shows, in sentences; no party is ever named."""

from collections.abc import Callable

from app.core.features import LineFacts
from app.core.history import PartyState, bit_of


def seen(party: str) -> Callable[[LineFacts], str]:
    """Return a sentence on since when `party` is known."""

    def say(facts: LineFacts) -> str:
        state = _state(facts, party)
        if state is None:
            return _absent(facts, party)
        days = max(0, facts.day - state.first_seen)
        return f"The {party} was first seen {days} days before."

    return say


def activity(party: str) -> Callable[[LineFacts], str]:
    """Return a sentence on how much of `party` was seen."""

    def say(facts: LineFacts) -> str:
        state = _state(facts, party)
        if state is None:
            return _absent(facts, party)
        days = max(0, facts.day - state.last_seen)
        return f"The {party} had {state.lines} lines before, the last {days} days ago."

    return say


def change(party: str) -> Callable[[LineFacts], str]:
    """Return a sentence on what was compared with the past of `party`."""

    def say(facts: LineFacts) -> str:
        state = _state(facts, party)
        if state is None:
            return _absent(facts, party)
        new = []
        if not state.goods & bit_of(facts.line.hts[:4]):
            new.append(f"heading {facts.line.hts[:4]}")
        if not state.origins & bit_of(facts.origin):
            new.append(f"origin {facts.reference.country_name(facts.origin)}")
        if facts.route_bit is not None and not state.routes & facts.route_bit:
            new.append("this route")
        if new:
            return f"New for the {party}: {', '.join(new)}."
        return f"Nothing of heading, origin and declared route is new for the {party}."

    return say


def outcomes(party: str) -> Callable[[LineFacts], str]:
    """Return a sentence on the known outcomes of `party`."""

    def say(facts: LineFacts) -> str:
        state = _state(facts, party)
        if state is None:
            return _absent(facts, party)
        denied, cleared = state.denied_on(facts.day), state.cleared_on(facts.day)
        if denied + cleared <= 0:
            return f"No outcome of an earlier line of the {party} was known on the date."
        return (
            f"Of the {party}'s earlier lines with known outcome, older ones counting less, "
            f"{denied:.1f} were denied and {cleared:.1f} cleared."
        )

    return say


def new_supplier(facts: LineFacts) -> str:
    """Say whether importer and supplier met before."""
    importer, supplier = facts.history.seen("importer"), facts.history.keys.supplier
    if importer is None:
        return _absent(facts, "importer")
    if supplier is None:
        return "No supplier is identified to compare with the importer's past."
    if importer.partners & bit_of(supplier):
        return "The importer has dealt with this supplier before."
    return "The importer has not dealt with this supplier before."


def identified(party: str) -> Callable[[LineFacts], str]:
    """Return a sentence on whether `party` is identified."""

    def say(facts: LineFacts) -> str:
        found = getattr(facts.history.keys, party) is not None
        return f"The {party} is {'identified' if found else 'not identified'} on the entry."

    return say


def manufacturer_identity(facts: LineFacts) -> str:
    """Say what identifies the manufacturer."""
    maker = facts.manufacturer
    named = {
        "name": maker.name,
        "MID": maker.mid,
        "town": maker.city,
        "postal code": maker.postal_code,
        "country": maker.country,
    }
    given = [word for word, declared in named.items() if declared]
    lacking = [word for word, declared in named.items() if not declared]
    said = f"declared {', '.join(given) or 'nothing'}"
    return f"Manufacturer: {said}; not declared {', '.join(lacking) or 'nothing'}."


def _state(facts: LineFacts, party: str) -> PartyState | None:
    return facts.history.seen(party)


def _absent(facts: LineFacts, party: str) -> str:
    if getattr(facts.history.keys, party) is None:
        return f"No {party} is identified on the entry."
    return f"The {party} was never seen before."
