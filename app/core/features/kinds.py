"""What a feature is: a documented function from the facts of one line to one number."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import nan

from app.core.features.facts import LineFacts
from app.core.history import PartyState

Known = Callable[[PartyState, LineFacts], float]  # a figure of what was seen before
NAN = nan  # unknown; 0 is known none
FLAG = "1 yes, 0 no"  # unit of a yes-or-no feature


class Group(StrEnum):
    """What a feature speaks of."""

    COMMODITY = "commodity"
    ORIGIN = "origin"
    ROUTE = "route"
    VALUATION = "valuation"
    PARTY = "party"
    SCREENING = "screening"
    LANE = "lane"
    DECLARATION = "declaration"


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What a column means, as text: what a schema freezes and a catalogue shows."""

    name: str
    group: str
    unit: str
    missing: str
    text: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One column: `compute` gives a finite number, or NaN where it is unknown.

    The docstring of `compute` is the text an officer reads; `unit` says what is counted and
    `missing` when it is NaN ("never" where it is always known). With `known`, `compute` is that
    figure of what was seen under the key of kind `about`, NaN where nothing was.
    """

    name: str
    group: Group
    unit: str
    missing: str
    compute: Callable[[LineFacts], float]
    about: str = ""
    known: Known | None = None

    @property
    def text(self) -> str:
        """The officer's text on one line."""
        return " ".join((self.compute.__doc__ or "").split())

    @property
    def column(self) -> ColumnSpec:
        """The feature as text."""
        return ColumnSpec(self.name, self.group.value, self.unit, self.missing, self.text)


def flag(value: bool | None) -> float:
    """Return 1 for yes, 0 for no, NaN for unknown."""
    return NAN if value is None else float(value)
