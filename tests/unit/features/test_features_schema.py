"""The frozen schema: what a column meant in training is what the code means now."""

import json
from dataclasses import replace

import pytest

from app.core.errors import BundleIncompatible, BundleUnreadable
from app.core.features import (
    FEATURES,
    AttributeRole,
    AttributeSpec,
    FeatureSchema,
    catalogue_markdown,
    fitted_column,
)

SCHEMA = FeatureSchema.of(
    ["route.legs", "lane.goods.log_odds"],
    [
        AttributeSpec("tax_type", AttributeRole.TREATMENT),
        AttributeSpec("office", AttributeRole.CHANNEL),
    ],
    ["lane.goods.log_odds"],
)


def test_a_schema_survives_its_bytes() -> None:
    assert FeatureSchema.from_bytes(SCHEMA.to_bytes()) == SCHEMA
    assert SCHEMA.names == ("route.legs", "lane.goods.log_odds")
    assert SCHEMA.treatment_attributes == ("tax_type",)


def test_the_digest_changes_with_a_text_and_not_by_itself() -> None:
    other = replace(SCHEMA.columns[0], text="Another text.")
    changed = replace(SCHEMA, columns=(other, *SCHEMA.columns[1:]))
    assert SCHEMA.digest == FeatureSchema.from_bytes(SCHEMA.to_bytes()).digest
    assert changed.digest != SCHEMA.digest
    assert SCHEMA.digest.startswith("sha256:")


def test_code_that_means_something_else_by_a_column_is_refused() -> None:
    SCHEMA.check(["lane.goods.log_odds"])
    changed = replace(SCHEMA.columns[0], unit="furlongs")
    with pytest.raises(BundleIncompatible, match="furlongs"):
        replace(SCHEMA, columns=(changed,)).check()


@pytest.mark.parametrize("names", [["route.wormholes"], ["route.legs", "route.legs"]])
def test_an_unknown_or_repeated_name_is_refused(names: list[str]) -> None:
    with pytest.raises(BundleIncompatible, match="features"):
        FeatureSchema.of(names)


@pytest.mark.parametrize(
    "data",
    [
        b"not json",
        b"3",
        b"{}",
        b'{"format": 9}',
        json.dumps({"format": 1, "columns": [{"name": "x"}], "attributes": []}).encode(),
        json.dumps({"format": 1, "columns": [3], "attributes": []}).encode(),
        json.dumps(
            {"format": 1, "columns": [], "attributes": [{"name": "x", "role": "wizard"}]}
        ).encode(),
    ],
)
def test_a_malformed_schema_is_refused(data: bytes) -> None:
    with pytest.raises(BundleUnreadable, match="feature schema"):
        FeatureSchema.from_bytes(data)


@pytest.mark.parametrize(
    ("name", "unit", "said"),
    [
        ("lane.goods_route.log_odds", "log-odds", "this lane (goods route)"),
        ("lane.goods.critical_log_odds", "log-odds", "Rate of critical"),
        ("lane.goods.support", "log lines", "How many training lines"),
        ("valuation.per_kg_against_lane", "log USD/kg", "per kg"),
        ("valuation.weight_against_lane", "log kg", "weight"),
    ],
)
def test_a_fitted_column_is_known_by_the_pattern_of_its_name(
    name: str, unit: str, said: str
) -> None:
    column = fitted_column(name)
    assert column.unit == unit
    assert said in column.text


@pytest.mark.parametrize("name", ["lane.log_odds", "lane.goods.colour", "goods.x.support", "lane"])
def test_a_name_of_no_fitted_pattern_is_refused(name: str) -> None:
    with pytest.raises(BundleIncompatible, match="wanted a lane or norm column"):
        fitted_column(name)


def test_the_catalogue_shows_every_feature() -> None:
    page = catalogue_markdown()
    assert all(f"`{feature.name}`" in page for feature in FEATURES)
    assert "`lane.<cross>.log_odds`" in page
