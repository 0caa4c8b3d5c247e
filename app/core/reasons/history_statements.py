"""What the history of MID, town, goods, lane and route shows, in sentences; no party is named."""

from collections.abc import Callable

from app.core.features import LineFacts
from app.core.history import PartyState, bit_of

_WORDS = {
    "supplier": "the supplier",
    "importer": "the importer",
    "mid": "the manufacturer's MID",
    "city": "the manufacturer's town",
    "goods": "goods of this HS6 code and origin",
    "lane": "this lane (HS heading, origin and export country)",
    "route": "this route",
}
_ABSENT = {
    "supplier": "No supplier is identified on the entry.",
    "importer": "No importer is identified on the entry.",
    "mid": "No MID of the manufacturer is declared.",
    "city": "The manufacturer's town and country are not declared.",
    "lane": "No export country is declared, so the lane is not known.",
    "route": "Neither a route nor an export country is declared.",
}
Known = Callable[[PartyState, LineFacts], str]


def _on(kind: str, known: Known) -> Callable[[LineFacts], str]:
    """Return a sentence by `known` where `kind` was seen, else on why nothing is known of it."""

    def say(facts: LineFacts) -> str:
        state = facts.history.seen(kind)
        if state is not None:
            return known(state, facts)
        if getattr(facts.history.keys, kind) is None:
            return _ABSENT[kind]
        return f"{_capital(_WORDS[kind])} was never seen before."

    return say


def volume(kind: str) -> Callable[[LineFacts], str]:
    """Return a sentence on how often `kind` was seen, and when."""

    def known(state: PartyState, facts: LineFacts) -> str:
        first, last = (facts.day - day for day in (state.first_seen, state.last_seen))
        return (
            f"Of {_WORDS[kind]}, {state.lines} lines were seen before, the first {max(0, first)} "
            f"and the last {max(0, last)} days ago."
        )

    return _on(kind, known)


def outcomes(kind: str) -> Callable[[LineFacts], str]:
    """Return a sentence on the known outcomes of `kind`."""

    def known(state: PartyState, facts: LineFacts) -> str:
        denied, cleared = state.denied_on(facts.day), state.cleared_on(facts.day)
        if denied + cleared <= 0:
            return f"No outcome of an earlier line of {_WORDS[kind]} was known on the date."
        return (
            f"Of earlier lines of {_WORDS[kind]} with known outcome, older ones counting less, "
            f"{denied:.1f} were denied and {cleared:.1f} cleared."
        )

    return _on(kind, known)


def detentions(kind: str) -> Callable[[LineFacts], str]:
    """Return a sentence on the known stops of `kind`, which are no findings."""

    def known(state: PartyState, facts: LineFacts) -> str:
        detained = state.detained_on(facts.day)
        if detained <= 0:
            return f"No detention of an earlier line of {_WORDS[kind]} was known on the date."
        return (
            f"Of earlier lines of {_WORDS[kind]}, older ones counting less, {detained:.1f} were "
            "detained; a detention is a stop, not a finding."
        )

    return _on(kind, known)


def surge(kind: str) -> Callable[[LineFacts], str]:
    """Return a sentence on how much of what was seen of `kind` is of late."""

    def known(state: PartyState, facts: LineFacts) -> str:
        day = facts.day
        recent, usual = state.recent_lines_on(day), state.lines_on(day)
        late, value = state.recent_value_on(day), state.value_on(day)
        return (
            f"Seen of {_WORDS[kind]} in about the last month: {recent:.1f} lines and USD "
            f"{late:,.0f}; in about half a year: {usual:.1f} lines and USD {value:,.0f}."
        )

    return _on(kind, known)


def usual_value(kind: str) -> Callable[[LineFacts], str]:
    """Return a sentence on this line's value against that of the lines of `kind` before."""

    def known(state: PartyState, facts: LineFacts) -> str:
        mean = state.value_decayed / state.lines_decayed if state.lines_decayed > 0 else 0.0
        return (
            f"This line is worth USD {facts.value_usd:,.0f}; earlier lines of {_WORDS[kind]} were "
            f"worth USD {mean:,.0f} on average, recent ones counting more."
        )

    return _on(kind, known)


def capacity(state: PartyState, facts: LineFacts) -> str:
    """Say this line's weight against the weight seen of the supplier."""
    seen = state.kg_on(facts.day)
    if seen <= 0:
        return "No weight of the supplier's earlier lines is known."
    said = f"the weight seen of the supplier in about half a year is {seen:,.0f} kg"
    weight = facts.line.gross_weight_kg
    if weight is None:
        return f"No weight is declared; {said}."
    return f"This line weighs {float(weight):,.0f} kg; {said}."


def pause(state: PartyState, facts: LineFacts) -> str:
    """Say how long the supplier was silent before it was last seen."""
    ago = max(0, facts.day - state.last_seen)
    if not state.previous_seen:
        return f"The supplier was seen on one day only, {ago} days ago."
    silent = state.last_seen - state.previous_seen
    return f"The supplier was last seen {ago} days ago, {silent} days after the day before that."


def reviews(state: PartyState, facts: LineFacts) -> str:
    """Say what document checks of the supplier's lines found."""
    nexus, clear = state.review_nexus_on(facts.day), state.review_clear_on(facts.day)
    if nexus + clear <= 0:
        return "No document check of the supplier's earlier lines was known on the date."
    return (
        f"Document checks of the supplier's earlier lines, older ones counting less: {nexus:.1f} "
        f"with and {clear:.1f} without a nexus; they are our own, not findings of the government."
    )


def new_under_mid(state: PartyState, facts: LineFacts) -> str:
    """Say whether the manufacturer's name was seen under this MID before."""
    supplier = facts.history.keys.supplier
    if facts.manufacturer.name is None or supplier is None:
        return "No name of the manufacturer is declared to compare with the MID's past."
    if state.partners & bit_of(supplier):
        return "The manufacturer's name was seen under this MID before."
    return "This manufacturer's MID was seen before, but never with this name."


of_capacity = _on("supplier", capacity)
of_pause = _on("supplier", pause)
of_reviews = _on("supplier", reviews)
of_mid_name = _on("mid", new_under_mid)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
