"""Names whose spaces are gone, or are characters that are not seen."""

from datetime import date
from decimal import Decimal

import pytest

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Party
from app.core.screening import HitStrength
from tests.filings import shipped_screener

DAY = date(2026, 1, 1)


def found(name: str) -> set[str]:
    maker = Party(name=name, country=CountryCode("CN"))
    line = EntryLine(
        line_number=1,
        hts=HtsCode("8443992050"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1),
        manufacturer=maker,
    )
    hits = shipped_screener().screen(Entry(lines=(line,)), DAY)
    return {hit.entity_id for hit in hits if hit.strength is HitStrength.STRONG}


@pytest.mark.parametrize("gap", ["\u200b", "\u2060", "\u3164", "\u2028", "\u00ad", "\u034f"])
def test_a_character_that_is_not_seen_hides_no_listed_party(gap: str) -> None:
    assert "uflpa-ninestar" in found(f"Ninestar{gap}Corporation")
    assert "uflpa-ninestar" in found(f"Nine{gap}star Corporation")
    sunrise = gap.join(("Zhejiang", "Sunrise", "Garment", "Group"))
    assert "caatsa-321-zhejiang-sunrise-garment-group" in found(sunrise)


@pytest.mark.parametrize(
    "name", ["NinestarCorporation", "ZHEJIANGSUNRISEGARMENTGROUPCOLTD", "ZhejiangSunriseGarment"]
)
def test_a_name_without_its_spaces_is_still_found(name: str) -> None:
    assert found(name)


@pytest.mark.parametrize("mark", ["\u0488", "\u0489", "\ua670"])
def test_a_mark_around_a_letter_hides_nothing(mark: str) -> None:
    assert "uflpa-ninestar" in found(f"Nine{mark}star Corporation")


def test_letters_that_run_into_no_listed_name_find_nothing() -> None:
    assert found("Bluerivertoyscoltd") == set()
