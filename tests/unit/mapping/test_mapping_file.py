"""A mapping file that can't be meant is refused, and the message names the key."""

from decimal import Decimal

import pytest

from app.core.errors import MappingRefused
from app.core.features import AttributeRole
from app.core.mapping_file import parse

SMALL = """
title = "small"
[columns]
hts = "h"
origin_country = "o"
entered_value_usd = "v"
"""


def test_what_is_not_said_has_the_defaults_of_our_own_entries() -> None:
    file = parse(SMALL.encode())
    assert (file.identifier_scheme, file.port_scheme) == ("us-cbp", "schedule-d")
    assert (file.currency, file.usd_per_unit, file.money_decimals) == ("USD", Decimal(1), 2)
    assert file.date_formats == ("%Y-%m-%d",)
    assert (file.group_by, file.hts_digits, file.attributes, file.lanes) == (None, 0, (), ())


def test_every_table_is_read() -> None:
    text = (
        SMALL
        + """
        importer.number = "i"
        [money]
        currency = "KRW"
        usd_per_unit = "0.0008"
        [attributes.tax]
        column = "t"
        role = "treatment"
        [[lanes]]
        name = "office"
        fields = ["port", "attribute:tax"]
        smoothing = 3
        [labels.fraud]
        column = "f"
        positive = ["1"]
        [labels.bad]
        column = "f"
        positive = ["2"]
        related = ["fraud"]
        """
    )
    file = parse(text.encode())
    assert file.columns["importer.number"] == "i"
    assert file.usd_per_unit == Decimal("0.0008")
    assert file.attributes[0].role is AttributeRole.TREATMENT
    assert file.lanes[0].fields == ("port", "attribute:tax")
    assert file.labels["bad"].related == ("fraud",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "not TOML"),
        (SMALL + "[colums]\n", "found tables"),
        ("[columns]\nhts = 'h'\n", "'title' is missing"),
        ("title = 'x'\n", "'columns' is missing"),
        ("title = 'x'\n[columns]\nhts = 'h'\n", "must be mapped"),
        (SMALL + "size = 's'\n", "found fields"),
        (SMALL + "importer.size = 's'\n", "found fields"),
        (SMALL + "description = ' '\n", "description"),
        (SMALL + "description = 3\n", "description"),
        (SMALL + "[money]\ncurrency = 'KRW'\nusd_per_unit = '0'\n", "above 0"),
        (SMALL + "[money]\ncurrency = 'KRW'\nusd_per_unit = 'x'\n", "ConversionSyntax"),
        (SMALL + "[money]\nusd_per_unit = '2'\n", "needs money.currency"),
        (SMALL + "[attributes.tax]\ncolumn = 't'\nrole = 'other'\n", "other"),
        (SMALL + "[attributes.tax]\nrole = 'channel'\n", "'column' is missing"),
        (SMALL + "[[lanes]]\nname='a'\nfields=['moon']\nsmoothing=1\n", "moon"),
        (SMALL + "[labels.a]\ncolumn='f'\npositive=[]\n", "labels.a"),
        (SMALL + "[labels.a]\ncolumn='f'\npositive=['1']\nrelated=['b']\n", "labels.a"),
        (SMALL + "[labels.a]\ncolumn='f'\npositive=['1']\nknown_after_days=-1\n", "labels.a"),
        (SMALL + "[dates]\nformat = ''\n", "dates.format"),
    ],
)
def test_a_malformed_mapping_is_refused_naming_the_key(text: str, message: str) -> None:
    with pytest.raises(MappingRefused, match=message):
        parse(text.encode())


def test_a_mapping_that_is_no_text_is_refused() -> None:
    with pytest.raises(MappingRefused, match="not TOML"):
        parse(b"\xff")
