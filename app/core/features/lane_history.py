"""What is known of MID, town, goods, lane and route, and what changed of late (live history).

Something never seen has NaN history, not zero risk; so has what the entry does not declare. Stops
are told apart from findings, and our own document checks from both.
"""

from math import log, log1p

from app.core.features.facts import LineFacts
from app.core.features.kinds import FLAG, NAN, Feature
from app.core.features.seen import figure_of, never_seen
from app.core.features.shares import denied, detained, nexus, share
from app.core.history import PartyState, bit_of


def _log_lines(state: PartyState, facts: LineFacts) -> float:
    """Lines seen before of {what}, decayed with a half-life of 180 days, log of one plus."""
    return log(1 + state.lines_on(facts.day))


def _surge(state: PartyState, facts: LineFacts) -> float:
    """How many of the lines seen of {what} are of late: with a half-life of 30 days over 180,
    0 to 1."""
    lines = state.lines_on(facts.day)
    return state.recent_lines_on(facts.day) / lines if lines > 0 else 0.0


def _value_surge(state: PartyState, facts: LineFacts) -> float:
    """How much of the value seen of {what} is of late: USD with a half-life of 30 days over 180,
    0 to 1."""
    value = state.value_on(facts.day)
    return state.recent_value_on(facts.day) / value if value > 0 else 0.0


def _value_against_usual(state: PartyState, facts: LineFacts) -> float:
    """Value of this line against the mean of the lines seen of {what}, log of the ratio of one
    plus USD."""
    mean = state.value_decayed / state.lines_decayed if state.lines_decayed > 0 else 0.0
    return log1p(facts.value_usd) - log1p(mean)


def _kg_against_usual(state: PartyState, facts: LineFacts) -> float:
    """Weight of this line against all that was seen of {what} in about half a year, log of the
    ratio of one plus kg: how far it goes beyond the volume known."""
    known = state.kg_on(facts.day)
    return NAN if known <= 0 else log1p(facts.weight_kg) - log1p(known)


def _pause(state: PartyState, _facts: LineFacts) -> float:
    """Days between the last two days on which {what} was seen: long where it was dormant and is
    active again."""
    return float(state.last_seen - state.previous_seen) if state.previous_seen else NAN


def _new_name(state: PartyState, facts: LineFacts) -> float:
    """Whether the manufacturer's name was never seen under {what} before."""
    supplier = facts.history.keys.supplier
    if facts.manufacturer.name is None or supplier is None:
        return NAN
    return float(not state.partners & bit_of(supplier))


def _review_rate(state: PartyState, facts: LineFacts) -> float:
    """Share of lines of {what} in which a document check of ours found a nexus, of those checked,
    drawn towards everyone's where checks are few. No finding of the government."""
    return NAN if nexus(state, facts.day)[1] <= 0 else share(facts, "supplier", nexus)


def _denied_rate(kind: str, towards: str) -> Feature:
    def known(_state: PartyState, facts: LineFacts) -> float:
        return share(facts, kind, denied)

    known.__doc__ = (
        "Share of lines of {what} with known outcome that were denied, as known on the day, drawn "
        f"towards {towards} where outcomes are few."
    )
    return figure_of(kind, "denied_rate", "share", known)


def _detained_share(kind: str) -> Feature:
    def known(_state: PartyState, facts: LineFacts) -> float:
        return share(facts, kind, detained)

    known.__doc__ = (
        "Share of lines of {what} with known outcome that were detained, as known on the day, "
        "drawn towards everyone's where outcomes are few. A stop is no finding."
    )
    return figure_of(kind, "detained_share", "share", known)


_EVERYONES = "everyone's share"
_LANES = "the share of the lane (HS heading, origin and export country)"

LANE_HISTORY = (
    never_seen("mid"),
    figure_of("mid", "log_lines", "log lines", _log_lines),
    _denied_rate("mid", "the share of the manufacturer's town"),
    figure_of("mid", "new_name", FLAG, _new_name, ", or no name is"),
    never_seen("city"),
    figure_of("city", "log_lines", "log lines", _log_lines),
    _denied_rate("city", _EVERYONES),
    figure_of("goods", "log_lines", "log lines", _log_lines),
    _denied_rate("goods", _LANES),
    figure_of("lane", "log_lines", "log lines", _log_lines),
    _denied_rate("lane", _EVERYONES),
    _detained_share("lane"),
    figure_of("lane", "surge", "share", _surge),
    never_seen("route"),
    figure_of("route", "log_lines", "log lines", _log_lines),
    _denied_rate("route", _LANES),
    _detained_share("supplier"),
    figure_of(
        "supplier", "review_rate", "share", _review_rate, ", or none of its lines was checked",
    ),
    figure_of("supplier", "pause", "days", _pause, ", or was seen on one day only"),
    figure_of("supplier", "value_surge", "share", _value_surge),
    figure_of("supplier", "value_against_usual", "log USD", _value_against_usual),
    figure_of(
        "supplier", "kg_against_usual", "log kg", _kg_against_usual,
        ", the weight is not declared, or no weight of the supplier is known",
    ),
    _detained_share("importer"),
    figure_of("importer", "value_surge", "share", _value_surge),
    figure_of("importer", "value_against_usual", "log USD", _value_against_usual),
)  # fmt: skip
