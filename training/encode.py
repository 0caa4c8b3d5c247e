"""Tables of encoded lines: the one encoder, with cross-fitted priors in training rows only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.errors import InvalidField, MappingRefused
from app.core.features import FEATURES, AttributeSpec, Encoder, FeatureSchema, FittedLanes
from app.core.features.lane import Cross, lane_feature_names, parent_positions
from app.core.mapping_file import AttributeColumn
from app.core.reference import ReferencePack
from training.dataset import Lines
from training.fit import Table
from training.labels import Labels
from training.lanes import blank, cross_fitted, find_keys, fit_lanes, fit_norms, fold_numbers
from training.progress import Steps
from training.recipe import FOLDS, LANES, NORM_MINIMUM, NORMS, channels
from training.scored import LANE

_BATCH = 1024  # lines encoded between two updates of a bar


@dataclass(frozen=True, slots=True)
class Prepared:
    """Both tables with every column a candidate may use, and the frozen lanes behind them."""

    train: Table
    held_out: Table
    lanes: FittedLanes
    attributes: tuple[AttributeSpec, ...]


def lane_crosses(attributes: Sequence[AttributeColumn], more: Sequence[Cross]) -> tuple[Cross, ...]:
    """Return the lanes to fit: the recipe's, each channel by itself, and a mapping's own.

    Raises MappingRefused where a lane of the mapping repeats a name or backs off to none of them.
    """
    crosses = (*LANES, *channels(attributes), *more)
    try:
        parent_positions(crosses)
    except InvalidField as error:
        raise MappingRefused(f"lanes: {error.message}") from error
    return crosses


def prepare(  # noqa: PLR0913 - two sets of lines with their labels, and how to encode them
    *,
    train: Lines,
    train_labels: Labels,
    held_out: Lines,
    held_out_labels: Labels,
    attributes: Sequence[AttributeColumn],
    more_lanes: Sequence[Cross],
    reference: ReferencePack,
    seed: int,
    steps: Steps,
    strangers: bool = False,
) -> Prepared:
    """Return the tables of labelled lines; lanes are learned from `train` alone.

    In rows of `train` every lane prior is replaced by its cross-fitted value: no line sees a label
    of its own entry. Rows of `held_out` are what the service would encode. With `strangers` each
    line of `train` is there twice at half its weight, once without any history: so that a model
    also knows what to make of an entry on a desk that has seen nobody yet.
    """
    specs = tuple(AttributeSpec(each.name, each.role) for each in attributes)
    crosses = lane_crosses(attributes, more_lanes)
    targets, weights = train_labels.targets, train_labels.weights
    names = [feature.name for feature in FEATURES]
    treatments = FeatureSchema.of(names, specs).treatment_attributes
    with steps.step("Fit lane priors"):
        fields, per_kg = train.fields(treatments), train.per_kg()
        keys = find_keys(crosses, fields)
        norms = fit_norms(NORMS, fields, per_kg, NORM_MINIMUM)
        lanes = fit_lanes(keys, train_labels.names, targets, weights, norms)
        folds = fold_numbers(train.entry_of, FOLDS, seed)
        own = cross_fitted(keys, targets, weights, folds)
    schema = FeatureSchema.of((*names, *lanes.feature_names), specs, lanes.feature_names)
    # lanes that know nothing: should a cross-fitted value be missed, no label leaks in its place
    encoder = Encoder(schema, reference, blank(lanes))
    train_table = _table(encoder, train, train_labels, steps, "Encode training lines")
    columns = encoder.lane_columns
    for place, name in enumerate(lane_feature_names(crosses, train_labels.names)):
        train_table.rows[:, columns[name]] = own[:, place]
    if strangers:
        train_table = _with_strangers(encoder, train, train_table, steps)
    encoder = Encoder(schema, reference, lanes)
    held_out_table = _table(encoder, held_out, held_out_labels, steps, "Encode held-out lines")
    return Prepared(train_table, held_out_table, lanes, specs)


def _with_strangers(encoder: Encoder, lines: Lines, known: Table, steps: Steps) -> Table:
    """Return the rows of `known` and the same without history, each at half the weight."""
    rows = encode(encoder, lines.as_strangers(), steps, "Encode them without history")
    columns = list(encoder.lane_columns.values())
    rows[:, columns] = known.rows[:, columns]
    return Table(
        known.names,
        np.concatenate((known.rows, rows)),
        np.tile(known.labels, 2),
        np.tile(known.weights / 2, 2),
        np.tile(known.weeks, 2),
    )


def _table(encoder: Encoder, lines: Lines, labels: Labels, steps: Steps, name: str) -> Table:
    rows = encode(encoder, lines, steps, name)
    return Table(encoder.schema.names, rows, labels.label, labels.weights, lines.weeks)


def encode(encoder: Encoder, lines: Lines, steps: Steps, name: str) -> np.ndarray:
    """Return encoded rows (n, f) under a bar called `name`."""
    facts = lines.facts
    starts = range(0, len(facts), _BATCH)
    parts = [encoder.encode(facts[at : at + _BATCH]) for at in steps.track(starts, name)]
    return np.concatenate(parts)


def lanes_for(lanes: FittedLanes, names: Sequence[str]) -> FittedLanes:
    """Return only the lanes that the columns `names` need, and their parents."""
    by_name = {cross.name: cross for cross in lanes.crosses}
    wanted = {name.split(".")[1] for name in names if name.startswith("lane.")}
    wanted |= {LANE} & by_name.keys()
    for cross in reversed(lanes.crosses):
        if cross.name in wanted and cross.parent is not None:
            wanted.add(cross.parent)
    kept = [place for place, cross in enumerate(lanes.crosses) if cross.name in wanted]
    return FittedLanes(
        crosses=[lanes.crosses[place] for place in kept],
        targets=lanes.targets,
        root=lanes.root,
        counts=[lanes.counts[place] for place in kept],
        norms=lanes.norms,
    )
