"""Features of what was seen before under a key: of a party, a MID, goods, a lane or a route."""

from app.core.features.facts import LineFacts
from app.core.features.kinds import FLAG, NAN, Feature, Group, Known

WORDS = {
    "supplier": "the supplier",
    "importer": "the importer",
    "filer": "the filer",
    "mid": "the manufacturer's MID",
    "city": "the manufacturer's town",
    "goods": "goods of this HS6 code and origin",
    "lane": "this lane (HS heading, origin and export country)",
    "route": "this route (countries in order)",
}


def figure_of(kind: str, name: str, unit: str, known: Known, more: str = "") -> Feature:
    """Return a figure of what was seen under the key of that kind, NaN where nothing was.

    The docstring of `known` names what it speaks of as {what}; `more` is what else leaves it out.
    """

    def compute(facts: LineFacts) -> float:
        state = facts.seen[kind]
        return NAN if state is None else known(state, facts)

    compute.__doc__ = (known.__doc__ or "").format(what=WORDS[kind])
    missing = f"{WORDS[kind]} was never seen or is not declared{more}"
    return Feature(f"party.{kind}_{name}", Group.PARTY, unit, missing, compute, kind, known)


def never_seen(kind: str) -> Feature:
    """Return whether nothing was seen under the key of that kind, NaN without such a key."""

    def compute(facts: LineFacts) -> float:
        if getattr(facts.history.keys, kind) is None:
            return NAN
        return float(facts.seen[kind] is None)

    compute.__doc__ = f"Whether {WORDS[kind]} was never seen before."
    missing = f"{WORDS[kind]} is not declared"
    return Feature(f"party.{kind}_never_seen", Group.PARTY, FLAG, missing, compute)
