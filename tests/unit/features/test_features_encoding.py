"""The list of features and the one encoder: order, NaN, batches, agreement with the schema."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import Entry
from app.core.errors import BundleIncompatible
from app.core.features import (
    FEATURES,
    AttributeRole,
    AttributeSpec,
    Cross,
    Encoder,
    FeatureSchema,
    FittedLanes,
    Group,
    encode_base,
)
from app.core.history import History
from tests.filings import DAY, busy_history, entries, entry, facts_of, line, shipped

NAMES = [feature.name for feature in FEATURES]
LANES = FittedLanes(
    crosses=[Cross("goods", ("hs6",), None, 2.0)],
    targets=["fraud"],
    root=[100.0, 10.0],
    counts=[{"620140": (10.0, 5.0)}],
)
NO_LANES = FittedLanes(crosses=[], targets=["fraud"], root=[100.0, 10.0], counts=[])


def test_names_are_unique_and_start_with_their_group() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(feature.name.startswith(feature.group.value + ".") for feature in FEATURES)


def test_every_feature_says_what_it_is_in_what_unit_and_when_it_is_unknown() -> None:
    for feature in FEATURES:
        assert feature.text.endswith("."), feature.name
        assert "{" not in feature.text, feature.name
        assert feature.unit, feature.name
        assert feature.missing, feature.name


@given(entries, st.booleans())
def test_every_number_is_finite_or_nan_whatever_is_declared(filed: Entry, known: bool) -> None:
    history = busy_history(filed) if known else History()
    rows = encode_base(facts_of(filed, history))
    assert rows.shape == (len(filed.lines), len(FEATURES))
    assert not np.isinf(rows).any()
    never = [at for at, feature in enumerate(FEATURES) if feature.missing == "never"]
    assert not np.isnan(rows[:, never]).any()


def test_a_line_that_declares_the_least_has_a_row() -> None:
    (row,) = encode_base(facts_of(entry()))
    assert not np.isinf(row).any()


@given(st.lists(entries, min_size=1, max_size=4))
def test_a_batch_is_its_singles_bit_for_bit(filed: list[Entry]) -> None:
    history = busy_history(filed[0])
    facts = [fact for each in filed for fact in facts_of(each, history)]
    encoder = Encoder(
        FeatureSchema.of([*NAMES, *LANES.feature_names], (), LANES.feature_names), shipped(), LANES
    )
    batch = encoder.encode(facts)
    singles = [encoder.encode(facts_of(each, history)) for each in filed]
    assert batch.tobytes() == np.concatenate(singles).tobytes()


def test_an_encoder_gives_the_columns_of_its_schema_in_their_order() -> None:
    names = ["lane.goods.support", "origin.is_china", "lane.goods.log_odds"]
    encoder = Encoder(FeatureSchema.of(names, (), LANES.feature_names), shipped(), LANES)
    filed = entry()
    rows = encoder.encode(encoder.facts(filed, History().read(filed, DAY), (), DAY))
    assert rows.flags.c_contiguous
    assert rows.dtype == np.float64
    assert rows[0, 0] == np.log1p(10.0)
    assert rows[0, 1] == 1.0
    assert encoder.lane_columns == {"lane.goods.support": 0, "lane.goods.log_odds": 2}


def test_an_encoder_without_lanes_gives_base_features() -> None:
    encoder = Encoder(FeatureSchema.of(NAMES), shipped(), NO_LANES)
    facts = facts_of(entry())
    assert encoder.encode(facts).tobytes() == encode_base(facts).tobytes()
    assert encoder.encode([]).shape == (0, len(FEATURES))


def test_a_treatment_attribute_of_the_schema_reaches_the_lanes() -> None:
    lanes = FittedLanes(
        crosses=[Cross("treated", ("treatment",), None, 2.0)],
        targets=["fraud"],
        root=[100.0, 10.0],
        counts=[{"|FEU1": (10.0, 5.0)}],
    )
    attribute = AttributeSpec("tax_type", AttributeRole.TREATMENT)
    schema = FeatureSchema.of(["lane.treated.support"], [attribute], lanes.feature_names)
    filed = entry(line(attributes={"tax_type": "FEU1"}))
    assert Encoder(schema, shipped(), lanes).encode(facts_of(filed))[0, 0] == np.log1p(10.0)


def test_an_encoder_refuses_lanes_that_lack_a_column_of_its_schema() -> None:
    schema = FeatureSchema.of(["lane.goods.support"], (), LANES.feature_names)
    with pytest.raises(BundleIncompatible, match=r"lane\.goods\.support"):
        Encoder(schema, shipped(), NO_LANES)


def test_each_group_but_the_fitted_one_has_features() -> None:
    assert {feature.group for feature in FEATURES} == set(Group) - {Group.LANE}
