"""Features: one ordered list, each a documented function from the facts of a line to a number.

Read `facts.py` for what is looked up, a room (commodity, origin, route, valuation, party,
declaration) for what becomes a number, `lane.py` for what is fitted, and `encoder.py` for the one
place where rows are made.
"""

from app.core.features.catalogue import FEATURES, catalogue_markdown, fitted_column
from app.core.features.directions import MONOTONE
from app.core.features.encoder import Encoder, encode_base
from app.core.features.facts import EntryFacts, LineFacts, line_facts
from app.core.features.kinds import ColumnSpec, Feature, Group
from app.core.features.lane import Cross, FittedLanes, lane_fields, value_per_kg
from app.core.features.schema import AttributeRole, AttributeSpec, FeatureSchema
from app.core.features.unknowns import unknowns

__all__ = [
    "FEATURES",
    "MONOTONE",
    "AttributeRole",
    "AttributeSpec",
    "ColumnSpec",
    "Cross",
    "Encoder",
    "EntryFacts",
    "Feature",
    "FeatureSchema",
    "FittedLanes",
    "Group",
    "LineFacts",
    "catalogue_markdown",
    "encode_base",
    "fitted_column",
    "lane_fields",
    "line_facts",
    "unknowns",
    "value_per_kg",
]
