"""Columns: entry numbers with their check digit, containers by ISO 6346, nulls where missing."""

from datetime import date
from decimal import Decimal

import numpy as np

from app.core.codes import EntryNumber, Mid
from app.core.history import fold_name
from training.synthetic.columns import (
    containers,
    days,
    entry_numbers,
    measure,
    money,
    pooled,
    repeated,
    texts,
)
from training.synthetic.draws import Draws
from training.synthetic.names import SPELLINGS, firm_names, mids, style_of


def test_entry_numbers_are_unique_and_carry_the_check_digit_of_the_core() -> None:
    filer = Draws(1).of("filers").integers(0, 3, 500)
    numbers = entry_numbers(["B76", "W41", "A09"], filer)
    assert len(set(numbers)) == 500
    for number in numbers:
        assert EntryNumber(number).has_valid_check_digit


def test_a_container_number_has_the_check_digit_of_iso_6346() -> None:
    # CSQU3054383 is the example of ISO 6346
    found = containers(["CSQU", "OOLU"], np.array([0, 1]), np.array([305438, 918273]))
    assert found[0] == "CSQU3054383"
    assert len(found[1]) == 11


def test_texts_and_pools_are_null_where_missing_or_empty() -> None:
    which, missing = np.array([1, 0, 2]), np.array([False, True, False])
    assert pooled(["a", "b", ""], which, missing).to_pylist() == ["b", None, None]
    values = np.array(["x", "", "y"], dtype=object)
    assert texts(values).to_pylist() == ["x", None, "y"]
    assert texts(values, np.array([True, False, False])).to_pylist() == [None, None, "y"]


def test_amounts_are_exact_decimals_and_dates_are_dates() -> None:
    assert money(np.array([12.345, 1.0])).to_pylist() == [Decimal("12.34"), Decimal("1.00")]
    found = measure(np.array([1.23456, 2.0]), np.array([False, True])).to_pylist()
    assert found == [Decimal("1.235"), None]
    day = date(2026, 10, 31)
    assert days(np.array([day.toordinal()])).to_pylist() == [day]


def test_a_column_of_entries_is_repeated_for_their_lines() -> None:
    column = texts(np.array(["a", "b"], dtype=object))
    assert repeated(column, np.array([0, 1, 1])).to_pylist() == ["a", "b", "b"]


def test_spellings_of_a_firm_fold_to_one_name_and_the_alias_does_not() -> None:
    names = firm_names(Draws(3).of("names"), ["CN"] * 60, ["Dandong"] * 60, ["garments"] * 60)
    assert names.shape == (60, SPELLINGS)
    for plain, capitals, other_form, alias in names.tolist():
        assert fold_name(plain) == fold_name(capitals) == fold_name(other_form)
        assert fold_name(alias) != fold_name(plain)


def test_mids_follow_the_rule_and_collide_unless_told_not_to() -> None:
    count = 400
    names = firm_names(Draws(3).of("n"), ["CN"] * count, ["Dandong"] * count, ["hair"] * count)
    numbers = np.full(count, 12)
    found = mids(["CN"] * count, names, numbers, ["Dandong"] * count, unique=False)
    for mid in found:
        assert Mid(mid).country == "CN"
        assert mid.endswith("12DAN")
    assert len(set(found)) < count
    apart = mids(["CN"] * count, names, numbers, ["Dandong"] * count, unique=True)
    assert len(set(apart)) == count


def test_every_country_of_the_world_has_a_style_of_names() -> None:
    assert style_of("CN") == "cn"
    assert style_of("MX") == "es"
    assert style_of("NO") == "eu"
