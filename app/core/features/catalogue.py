"""All features in their one order, and the catalogue that people read."""

from app.core.errors import BundleIncompatible
from app.core.features.commodity import COMMODITY
from app.core.features.declaration import DECLARATION
from app.core.features.kinds import ColumnSpec, Feature, Group
from app.core.features.lane import NORM_NAMES
from app.core.features.lane_history import LANE_HISTORY
from app.core.features.origin import ORIGIN
from app.core.features.party import PARTY
from app.core.features.plausibility import PLAUSIBILITY
from app.core.features.route import ROUTE
from app.core.features.screening import SCREENING
from app.core.features.valuation import VALUATION

FEATURES: tuple[Feature, ...] = (
    *COMMODITY,
    *ORIGIN,
    *ROUTE,
    *VALUATION,
    *PLAUSIBILITY,
    *PARTY,
    *LANE_HISTORY,
    *SCREENING,
    *DECLARATION,
)

_LANE = "lane."
_NORM_UNITS = {"value": "USD", "weight": "kg", "per_kg": "USD/kg"}
_PARTS = (  # ends of lane columns: ending, unit, text
    (
        "_log_odds",
        "log-odds",
        "Rate of {target} among the training lines of this lane ({cross}), drawn towards its "
        "parent's where lines are few.",
    ),
    (
        "log_odds",
        "log-odds",
        "Outcome rate of the training lines of this lane ({cross}), drawn towards its parent's "
        "where lines are few.",
    ),
    ("support", "log lines", "How many training lines this lane ({cross}) had, log of one plus."),
)


def fitted_column(name: str) -> ColumnSpec:
    """Return what a column of FittedLanes means; raise BundleIncompatible for another name."""
    if name in NORM_NAMES:
        measure = name.removeprefix("valuation.").removesuffix("_against_lane")
        unit = _NORM_UNITS[measure]
        text = f"Log {measure.replace('_', ' ')} against the median of its lane in training."
        missing = f"{unit} is not declared or zero, or the lane has no median"
        return ColumnSpec(name, Group.VALUATION.value, f"log {unit}", missing, text)
    cross, _, part = name.removeprefix(_LANE).rpartition(".")
    if name.startswith(_LANE) and cross:
        for ending, unit, text in _PARTS:
            if part.endswith(ending):
                said = text.format(cross=cross.replace("_", " "), target=part.removesuffix(ending))
                return ColumnSpec(name, Group.LANE.value, unit, "never", said)
    raise BundleIncompatible(f"features: found column {name}, wanted a lane or norm column")


_HEAD = """# Features

One line of an entry becomes one row of numbers. NaN is unknown; 0 is known none; no number is ever
infinite. Every dated table, list and history is read as of the entry's moment. The order below is
the order of `FEATURES`; a bundle's `feature_schema.json` says which of them its model uses, and
adds the lane columns that were fitted for it. This page is written from the code
(`python -m app.core.features > docs/features.md`); a test compares the two.
"""
_TAIL = """
## Lane columns

Fitted in training and frozen in the bundle (`app/core/features/lane.py`).

"""
_FITTED_EXAMPLES = (
    "lane.<cross>.log_odds",
    "lane.<cross>.<target>_log_odds",
    "lane.<cross>.support",
)


def catalogue_markdown() -> str:
    """Return docs/features.md: every feature with unit, missing rule and text, by group."""
    parts = [_HEAD]
    for group in Group:
        rows = [feature.column for feature in FEATURES if feature.group is group]
        if rows:
            parts.append(f"\n## {group.value.capitalize()}\n\n{_table_head()}")
            parts.extend(_row(column) for column in rows)
    parts.append(_TAIL + _table_head())
    parts.extend(_row(fitted_column(name)) for name in (*_FITTED_EXAMPLES, *NORM_NAMES))
    return "".join(parts)


def _table_head() -> str:
    return "| feature | unit | unknown when | what it says |\n|---|---|---|---|\n"


def _row(column: ColumnSpec) -> str:
    return f"| `{column.name}` | {column.unit} | {column.missing} | {column.text} |\n"
