"""A reason names a law only where the facts of the line touch it."""

import pytest

from app.core.entry import Entry, EntryLine
from app.core.reasons import REASONS, explain, reason_of
from app.core.reasons.catalogue import law_touched
from tests.filings import GARMENTS, PENCILS, entry, facts_of, line, party


def law(feature: str, filed: Entry) -> str | None:
    """Return the law of the one reason that a contribution of `feature` gives."""
    code = {feature: reason_of(feature)}
    (given,) = explain([feature], [1.0], facts_of(filed)[0], code)
    return given.regime


@pytest.mark.parametrize(
    ("feature", "touched", "untouched"),
    [
        ("commodity.uflpa_sector", line(hts=GARMENTS), line(hts=PENCILS)),
        ("commodity.dprk_sector", line(hts=GARMENTS), line(hts=PENCILS)),
        ("commodity.dol_forced_labour", line(hts=GARMENTS), line(hts=PENCILS, origin="DE")),
        ("origin.is_north_korea", line(origin="KP"), line(origin="DE")),
        (
            "party.xinjiang_maker",
            line(manufacturer=party("CN", city="Urumqi", postal_code="830000")),
            line(manufacturer=party("CN", city="Shanghai", postal_code="200000")),
        ),
    ],
)
def test_a_statement_that_it_is_not_so_touches_no_law(
    feature: str, touched: EntryLine, untouched: EntryLine
) -> None:
    reason = REASONS[reason_of(feature)]
    assert reason.regime is not None
    assert law(feature, entry(touched)) == reason.regime.value
    assert law(feature, entry(untouched)) is None


def test_what_is_unknown_touches_no_law() -> None:
    assert law("party.xinjiang_maker", entry(line())) is None


def test_a_reason_that_says_which_law_it_is_keeps_its_word() -> None:
    facts = facts_of(entry(line(hts=PENCILS)))[0]
    for reason in REASONS.values():
        if reason.law is not None:
            assert law_touched(reason, facts) == reason.law(facts)
