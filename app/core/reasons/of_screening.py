"""Reasons that speak of the lists: parties by name, the MID, and orders on goods of a place."""

from collections.abc import Callable, Sequence

from app.core.features import LineFacts
from app.core.features.screening import hits_by_mid, hits_by_name, hits_by_place, named
from app.core.reasons.kinds import GivenReason, Reason, ReasonGroup, ReasonKind, Regime
from app.core.screening import Hit, HitStrength

_NOBODY = "No party is named, so no name was searched in the lists."
_S, _LISTS = ReasonGroup.SCREENING, "reference:entities"


def _said(hit: Hit) -> str:
    since = f"since {hit.effective_from}" if hit.effective_from else "since an unknown day"
    return f"{hit.order}, {hit.regime}, in force {since}"


def _roles(hits: Sequence[Hit]) -> str:
    roles = list(dict.fromkeys(hit.role for hit in hits))
    return " and ".join(roles)


def _strong(facts: LineFacts, regime: Regime | None = None) -> tuple[Hit, ...]:
    hits = hits_by_name(facts, HitStrength.STRONG)
    return tuple(hit for hit in hits if regime is None or hit.regime == regime)


def say_listed(regime: Regime | None = None) -> Callable[[LineFacts], str]:
    """Return what says which list has a party's name, of one regime or of any."""
    lists = "the lists" if regime is None else f"the lists of {regime}"

    def say(facts: LineFacts) -> str:
        if not named(facts):
            return _NOBODY
        hits = _strong(facts, regime)
        if not hits:
            return f"No party has the name of an entity on {lists} in force on the day."
        same = "the name" if hits[0].match >= 1.0 else f"nearly the name (match {hits[0].match:g})"
        return f"The {_roles(hits)} has {same} of an entity on a list: {_said(hits[0])}."

    return say


def say_near(facts: LineFacts) -> str:
    """Say which list has a name that a party's may be, and that it is not certain."""
    if not named(facts):
        return _NOBODY
    hits = hits_by_name(facts, HitStrength.WEAK)
    if not hits:
        return "No party has a name that may be one on the lists."
    return (
        f"The name of the {_roles(hits)} may be that of an entity on a list, or of another firm "
        f"(match {hits[0].match:g}): {_said(hits[0])}."
    )


def say_mid(facts: LineFacts) -> str:
    """Say whether the MID is one that a listed entity's name would give."""
    if facts.manufacturer.mid is None:
        return "No MID of the manufacturer is declared."
    hits = hits_by_mid(facts)
    if not hits:
        return "The MID is not what CBP's rule makes of a name on the lists."
    return (
        "The MID is what CBP's rule makes of a name on a list, which other firms may share: "
        f"{_said(hits[0])}."
    )


def say_place(facts: LineFacts) -> str:
    """Say whether the goods are under an order on the goods of a place."""
    hits = hits_by_place(facts)
    if not hits:
        return "No order on the goods of a region or country is met by these goods."
    certain = "come from" if hits[0].strength is HitStrength.STRONG else "may come from"
    return f"The goods {certain} a place whose goods are under an order: {_said(hits[0])}."


def law_of_listed(facts: LineFacts) -> Regime | None:
    """Return the law of the best match; None where there is none."""
    return _law(hits_by_name(facts, HitStrength.STRONG))


def law_of_near(facts: LineFacts) -> Regime | None:
    """Return the law of the best weak match; None where there is none."""
    return _law(hits_by_name(facts, HitStrength.WEAK))


def law_of_mid(facts: LineFacts) -> Regime | None:
    """Return the law of the entity that the MID led to; None where there is none."""
    return _law(hits_by_mid(facts))


def _law(hits: Sequence[Hit]) -> Regime | None:
    return Regime(hits[0].regime) if hits else None


def reasons_of_strong_hits(facts: LineFacts) -> tuple[GivenReason, ...]:
    """Return what sets the hold floor of screening as reasons of kind `rule`; () without one.

    One for each law under which a party has a listed name, and one for an order on the goods of a
    place; the contribution is 0, as of every rule.
    """
    laws = dict.fromkeys(hit.regime for hit in _strong(facts))
    codes = list(dict.fromkeys(_CODES.get(law, "LISTED_PARTY") for law in laws))
    if any(hit.strength is HitStrength.STRONG for hit in hits_by_place(facts)):
        codes.append("GOODS_UNDER_PLACE_ORDER")
    return tuple(_as_rule(reason, facts) for code in codes for reason in _reasons(code))


_CODES = {
    Regime.UFLPA.value: "LISTED_PARTY_UFLPA",
    Regime.CAATSA_321.value: "LISTED_PARTY_CAATSA",
    Regime.TA_307.value: "LISTED_PARTY_TA_307",
}


def _reasons(code: str) -> list[Reason]:
    return [reason for reason, _ in OF_SCREENING if reason.code == code]


def _as_rule(reason: Reason, facts: LineFacts) -> GivenReason:
    regime = reason.regime_of(facts)
    return GivenReason(
        code=reason.code,
        text=reason.say(facts),
        group=reason.group.value,
        regime=None if regime is None else regime.value,
        contribution=0.0,
        source=reason.dated_source(facts),
        kind=ReasonKind.RULE,
    )


def say_searched(facts: LineFacts) -> str:
    """Say whether there was a name to search."""
    return "The names of the parties were searched in the lists." if named(facts) else _NOBODY


OF_SCREENING: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (
        Reason(
            "LISTED_PARTY", _S, None, _LISTS,
            "How nearly a party has the name of a listed entity.",
            say_listed(), law_of_listed,
        ),
        ("screening.strong_match",),
    ),
    (
        Reason(
            "LISTED_PARTY_UFLPA", _S, Regime.UFLPA, _LISTS,
            "Whether a party has the name of an entity on the UFLPA Entity List.",
            say_listed(Regime.UFLPA),
        ),
        ("screening.uflpa_entity",),
    ),
    (
        Reason(
            "LISTED_PARTY_CAATSA", _S, Regime.CAATSA_321, _LISTS,
            "Whether a party has the name of a firm stopped under CAATSA section 321.",
            say_listed(Regime.CAATSA_321),
        ),
        ("screening.caatsa_entity",),
    ),
    (
        Reason(
            "LISTED_PARTY_TA_307", _S, Regime.TA_307, _LISTS,
            "Whether a party has the name of a firm under an order on such goods.",
            say_listed(Regime.TA_307),
        ),
        ("screening.ta307_order",),
    ),
    (
        Reason(
            "NAME_NEAR_LISTED", _S, None, _LISTS,
            "Whether a party's name may be a listed one, without certainty.",
            say_near, law_of_near,
        ),
        ("screening.near_match",),
    ),
    (
        Reason(
            "MID_OF_LISTED", _S, None, _LISTS,
            "Whether the MID is what CBP's rule makes of a listed name.",
            say_mid, law_of_mid,
        ),
        ("screening.mid_match",),
    ),
    (
        Reason(
            "GOODS_UNDER_PLACE_ORDER", _S, Regime.TA_307, _LISTS,
            "Whether the goods come from a place whose goods are under an order.",
            say_place,
        ),
        ("screening.place_order",),
    ),
    (
        Reason(
            "NAMES_SEARCHED", _S, None, _LISTS,
            "Whether there was a name to search in the lists.",
            say_searched,
        ),
        ("screening.searched",),
    ),
)  # fmt: skip
