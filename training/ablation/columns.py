"""Sets of columns that are left out or left alone, and what each has to do with a mechanism."""

from dataclasses import dataclass

from app.core.features import Group
from app.core.features.lane_history import LANE_HISTORY

# One field channels are left out everywhere, as the default candidate of training leaves them out.
ALWAYS_OUT = ("lane.channel_",)
GROUPS = tuple(f"{group}." for group in Group)
HISTORY = (
    "party.supplier_",
    "party.importer_",
    "party.filer_",
    *(each.name for each in LANE_HISTORY),
)
PLACES = (
    "party.border_maker",
    "party.near_border_maker",
    "party.xinjiang_maker",
    "party.mid_city_differs",
)
FULL = "full"
ALL_LINES, TRANSSHIPMENT, REPEAT = "all lines", "transshipment", "repeat suppliers"
SLICES = (ALL_LINES, TRANSSHIPMENT, REPEAT)


@dataclass(frozen=True, slots=True)
class ColumnSet:
    """A name and the prefixes of the columns it leaves out."""

    name: str
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """Without `column_set`, the model loses on `slice`; with `mechanism` off it must not."""

    mechanism: str
    column_set: str
    slice: str


def without(name: str, *prefixes: str) -> ColumnSet:
    """Return the set that leaves out `prefixes`."""
    return ColumnSet(f"without {name}", (*prefixes, *ALWAYS_OUT))


def only(group: str) -> ColumnSet:
    """Return the set that keeps one group alone."""
    rest = tuple(each for each in GROUPS if each != group)
    return ColumnSet(f"only {group.removesuffix('.')}", (*rest, *ALWAYS_OUT))


EVERYTHING = ColumnSet(FULL, ALWAYS_OUT)
WITHOUT = (
    *(without(group.removesuffix("."), group) for group in GROUPS),
    without("history", *HISTORY),
    without("makers' places", *PLACES),
)
ONLY = tuple(only(group) for group in GROUPS)
COLUMN_SETS = (EVERYTHING, *WITHOUT, *ONLY)
RELATIONS = (
    Relation("route_laundering", "without route", TRANSSHIPMENT),
    Relation("repeat_suppliers", "without history", REPEAT),
    Relation("undervaluation", "without valuation", ALL_LINES),
    Relation("border_makers", "without makers' places", ALL_LINES),
    Relation("declared_mismatch", "without origin", ALL_LINES),
    Relation("goods_focus", "without commodity", ALL_LINES),
)


def named(name: str) -> ColumnSet:
    """Return the column set of this name."""
    return next(each for each in COLUMN_SETS if each.name == name)
