"""The only encoder: facts of lines to the rows a booster reads, in training and in service."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from app.core.entry import Entry
from app.core.features.catalogue import FEATURES
from app.core.features.facts import LineFacts, line_facts
from app.core.features.kinds import NAN, Feature, Known
from app.core.features.lane import FittedLanes, lane_fields, value_per_kg
from app.core.features.schema import FeatureSchema
from app.core.history import LineHistory
from app.core.reference import ReferencePack
from app.core.screening import Hit

_ALL = tuple(feature.compute for feature in FEATURES)
_BY_NAME = {feature.name: feature for feature in FEATURES}


def encode_base(facts: Sequence[LineFacts]) -> NDArray[np.float64]:
    """Return (n, len(FEATURES)) rows in the order of FEATURES; NaN unknown, never infinite."""
    rows = np.empty((len(facts), len(FEATURES)), dtype=np.float64)
    for row, fact in zip(rows, facts, strict=True):
        row[:] = [compute(fact) for compute in _ALL]
    return rows


class Encoder:
    """Encodes lines for one bundle: the columns of its schema, in their order.

    Training encodes with this very class and substitutes cross-fitted values in `lane_columns` of
    its own rows, nothing else. A row depends on its own facts alone, so a batch equals its singles
    bit for bit.
    """

    def __init__(
        self, schema: FeatureSchema, reference: ReferencePack, fitted: FittedLanes
    ) -> None:
        """Check schema, code and lanes against each other; raise BundleIncompatible on a gap."""
        schema.check(fitted.feature_names)
        self.schema = schema
        self.reference = reference
        self.fitted = fitted
        self._treatment = schema.treatment_attributes
        names = schema.names
        base = [(at, _BY_NAME[name]) for at, name in enumerate(names) if name in _BY_NAME]
        self._base = [(at, each.compute) for at, each in base if each.known is None]
        self._of_seen = _by_kind(base)
        place = {name: at for at, name in enumerate(fitted.feature_names)}
        self._lane = [(at, place[name]) for at, name in enumerate(names) if name not in _BY_NAME]

    @property
    def lane_columns(self) -> Mapping[str, int]:
        """Name and position of the columns that come from the fitted lanes."""
        return {self.schema.names[at]: at for at, _ in self._lane}

    def facts(
        self, entry: Entry, history: Sequence[LineHistory], hits: Sequence[Hit], at: date
    ) -> tuple[LineFacts, ...]:
        """Return the facts of each line, against this encoder's reference as of `at`."""
        return line_facts(entry, history, hits, self.reference, at)

    def encode(self, facts: Sequence[LineFacts]) -> NDArray[np.float64]:
        """Return (n, len(schema.names)) rows, C-contiguous; NaN unknown, never infinite."""
        rows = np.empty((len(facts), len(self.schema.columns)), dtype=np.float64)
        for row, fact in zip(rows, facts, strict=True):
            row[:] = self._row(fact)
        return rows

    def _row(self, facts: LineFacts) -> list[float]:
        row = [NAN] * len(self.schema.columns)
        for at, compute in self._base:
            row[at] = compute(facts)
        seen = facts.seen
        for kind, figures in self._of_seen:
            state = seen[kind]
            if state is not None:
                for at, known in figures:
                    row[at] = known(state, facts)
        if self._lane:
            fields = lane_fields(facts.entry, facts.line, self._treatment)
            values = self.fitted.values(fields, value_per_kg(facts.line))
            for at, place in self._lane:
                row[at] = values[place]
        return row


def _by_kind(
    base: Sequence[tuple[int, Feature]],
) -> tuple[tuple[str, tuple[tuple[int, Known], ...]], ...]:
    """Return the figures of what was seen by kind of key: one look at each, not one a column."""
    kinds: dict[str, list[tuple[int, Known]]] = {}
    for at, feature in base:
        if feature.known is not None:
            kinds.setdefault(feature.about, []).append((at, feature.known))
    return tuple((kind, tuple(figures)) for kind, figures in kinds.items())
