"""From what fired to reviews, documents, index rows and letters."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.core.remedies import (
    Cause,
    CauseKind,
    Demand,
    FilledRow,
    IndexRow,
    Missing,
    check_index,
    demands_of,
    index_of,
    letters_of,
    load_remedies,
)
from app.core.remedies.demands import GENERAL
from app.core.remedies.index import Lack, RowStatus
from tests.filings import entry, line, party

REMEDIES = load_remedies()
HTS_OF = {1: "6201407511", 2: "670411", 3: "6109100012"}


def cause(code: str, number: int | None = 1, regime: str | None = None, **cells: str) -> Cause:
    kind = CauseKind(cells.pop("kind", "reason"))
    return Cause(kind, code, "text", number, regime=regime, **cells)


def demanded(*causes: Cause) -> tuple[Demand, ...]:
    return demands_of(causes, HTS_OF, REMEDIES)


def names(demand: Demand, review: str | None) -> list[str]:
    return [each.document.document_id for each in demand.documents if each.review == review]


def test_lines_of_one_law_and_family_are_asked_for_together() -> None:
    (apparel, hair) = demanded(
        cause("GOODS_UFLPA_SECTOR", 1, "UFLPA"),
        cause("XINJIANG_MANUFACTURER", 3, "UFLPA", group="supplier"),
        cause("GOODS_UFLPA_SECTOR", 2, "UFLPA"),
    )
    assert apparel.family is not None
    assert (apparel.family.family, apparel.line_numbers) == ("cotton_apparel", (1, 3))
    assert hair.line_numbers == (2,)
    assert [each.code for each in apparel.reviews] == ["uflpa_applicability", "uflpa_exception"]
    assert "cotton_bales" in names(apparel, "uflpa_applicability")
    own = {each.document.document_id: each.line_numbers for each in apparel.documents
           if each.review is None}  # fmt: skip
    assert own == {"factory_address": (3,), "business_licence": (3,)}
    assert apparel.none_because == ()


def test_laws_come_in_their_order_and_what_has_none_comes_last() -> None:
    found = demanded(
        cause("TRANSIT_TIME", 1, group="route"),
        cause("NORTH_KOREA_NAMED", None, "OFAC-NK"),
        cause("GOODS_DOL_LISTED", 1, "TA-307"),
    )
    laws = [each.regime for each in found]
    assert laws == ["TA-307", "OFAC-NK", "OFAC-NK", None]
    assert (found[-1].title, found[-1].family, found[-1].reviews) == (GENERAL, None, ())
    assert names(found[-1], None) == ["through_bill", "tracking_history"]


def test_a_cause_of_the_entry_counts_for_every_line() -> None:
    (found,) = demanded(cause("CONTAINER_FORM", None, kind="preflight"))
    assert found.line_numbers == (1, 2, 3)
    assert len(found.causes) == 1


def test_a_hit_on_a_finding_asks_for_the_review_of_findings() -> None:
    hit = cause("FINDING", 1, "TA-307", kind="screening", group="screening", list="FINDING")
    (found,) = demanded(hit)
    assert [each.code for each in found.reviews] == ["finding"]


def test_a_law_that_no_table_knows_is_asked_for_by_what_the_cause_speaks_of() -> None:
    (found,) = demanded(cause("TRANSIT_TIME", 1, "NEW-LAW", group="route"))
    assert (found.regime, found.none_because) == (None, ())


def test_without_a_document_the_demand_says_why() -> None:
    (found,) = demanded(cause("LANE_OUTCOMES", 1, group="lane"))
    assert found.documents == ()
    assert "no document of this one changes it" in found.none_because[0]
    (unknown,) = demanded(cause("NEW", 1))
    assert unknown.none_because == ("No document is defined for it yet.",)


def test_a_document_that_a_review_asks_for_is_not_asked_for_twice() -> None:
    (found,) = demanded(cause("DPRK_BORDER_MANUFACTURER", 1, "CAATSA-321", group="supplier"))
    assert "worker_roster" in names(found, "caatsa_exception")
    assert names(found, None) == ["factory_address"]


def small_index() -> tuple[IndexRow, ...]:
    return index_of(
        demanded(
            cause("GOODS_UFLPA_SECTOR", 1, "UFLPA"), cause("TRANSIT_TIME", None, group="route")
        )
    )


def fill(row: IndexRow) -> FilledRow:
    numbers = tuple(range(1, len(row.shows) + 1))
    return FilledRow(row.row, file="a.pdf", pages="1-3, 7", line_numbers=row.line_numbers,
                     statements=numbers)  # fmt: skip


def test_a_full_index_lacks_nothing() -> None:
    index = small_index()
    assert [row.row for row in index] == list(range(1, len(index) + 1))
    assert check_index(index, [fill(row) for row in index]) == ()


def test_an_empty_upload_lacks_every_document() -> None:
    index = small_index()
    assert check_index(index, []) == tuple(Missing(row.row, Lack.DOCUMENT) for row in index)


def test_each_thing_that_a_row_lacks_is_named() -> None:
    index = small_index()
    whole = [fill(row) for row in index]
    last = index[-1]
    partial = replace(whole[-1], pages="see p. 3", line_numbers=(1, 3), statements=(1,))
    missing = check_index(index, [*whole[:-1], partial])
    assert missing == (
        Missing(last.row, Lack.LINE, 2),
        Missing(last.row, Lack.PAGE),
        Missing(last.row, Lack.STATEMENT, 2),
    )
    rest = replace(whole[-1], line_numbers=(2,), statements=(2,))
    two_parts = [*whole[:-1], replace(partial, pages="3"), rest]
    assert check_index(index, two_parts) == ()


def test_a_row_that_does_not_apply_says_why() -> None:
    index = small_index()[:1]
    waived = FilledRow(1, status=RowStatus.NOT_APPLICABLE)
    assert check_index(index, [waived]) == (Missing(1, Lack.REASON),)
    assert check_index(index, [replace(waived, note="no cotton in it")]) == ()
    assert check_index(index, [FilledRow(1, status=RowStatus.MISSING)]) == (
        Missing(1, Lack.DOCUMENT),
    )
    assert check_index(index, [FilledRow(99)])[-1] == Missing(99, Lack.UNKNOWN_ROW)


def test_only_the_reviews_asked_for_need_be_filled() -> None:
    index = small_index()
    chosen = [fill(row) for row in index if row.review in (None, "uflpa_applicability")]
    assert check_index(index, chosen, {"uflpa_applicability"}) == ()
    assert check_index(index, chosen) != ()


@given(kept=st.sets(st.integers(0, 40)))
def test_a_partial_upload_lists_exactly_what_is_missing(kept: set[int]) -> None:
    index = small_index()
    given_rows = [fill(row) for row in index if row.row in kept]
    missing = check_index(index, given_rows)
    assert {each.row for each in missing} == {row.row for row in index} - kept
    assert {each.lack for each in missing} <= {Lack.DOCUMENT}


def test_each_supplier_gets_a_letter_for_its_own_lines() -> None:
    filed = entry(
        line(1, manufacturer=party("CN", name="Maker One"), description="jackets"),
        line(2, hts="670411", seller=party("HK", name="Seller Two")),
        line(3),
        bills_of_lading=("OOLU2634418870",),
        containers=("CSQU3054383",),
        export_date=date(2026, 10, 28),
    )
    found = demanded(
        cause("GOODS_UFLPA_SECTOR", 1, "UFLPA"),
        cause("GOODS_DPRK_SECTOR", 2, "CAATSA-321"),
        cause("LANE_OUTCOMES", 3, group="lane"),
    )
    one, two = letters_of(filed, found, date(2026, 12, 16))
    assert (one.addressee, two.addressee) == ("Maker One", "Seller Two")
    assert "To: Maker One" in one.text
    assert "line 1: tariff code 6201407511, jackets" in one.text
    assert "- line 2: tariff code 670411\n" in two.text
    assert "bill of lading: OOLU2634418870" in one.text
    assert "before 2026-12-16" in one.text
    assert "Cotton from bale to garment" in one.text
    assert "Seller Two" not in one.text
    titles = {each.document_id for each in one.documents}
    assert "executive_summary" not in titles  # the importer writes it


def test_a_letter_without_name_day_or_shipment_is_still_a_letter() -> None:
    found = demanded(cause("GOODS_UFLPA_SECTOR", 1, "UFLPA"))
    (letter,) = letters_of(entry(line(1)), found, None)
    assert letter.text.startswith("To: the supplier\n\nSubject: ")
    assert "as soon as you can" in letter.text
    assert "Shipment:" not in letter.text


def test_a_letter_accuses_nobody() -> None:
    found = demanded(cause("DPRK_BORDER_MANUFACTURER", 1, "CAATSA-321", group="supplier"))
    (letter,) = letters_of(entry(line(1)), found, None)
    for word in ("forced labour was used", "suspect", "violat", "penalt", "accus", "guilty"):
        assert word not in letter.text.lower()
