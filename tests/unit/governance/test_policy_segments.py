"""The segments that a line is in."""

from dataclasses import replace

from app.core.entry import EntryType, ScheduleD
from app.core.governance import Dimension, Segment
from app.core.governance.segments import segments_of
from tests.filings import entry, facts_of


def test_a_line_is_in_one_segment_of_each_dimension_that_is_known() -> None:
    filed = replace(entry(), port_of_entry=ScheduleD("2704"), entry_type=EntryType("01"))
    assert segments_of(facts_of(filed)[0]) == (
        Segment(Dimension.HS_CHAPTER, "62"),
        Segment(Dimension.ORIGIN, "CN"),
        Segment(Dimension.ROUTE_CLASS, "none"),
        Segment(Dimension.PORT_OF_ENTRY, "2704"),
        Segment(Dimension.ENTRY_TYPE, "01"),
    )
    draft = replace(filed, port_of_entry=None, entry_type=None)
    assert len(segments_of(facts_of(draft)[0])) == 3


def test_the_class_of_a_way_is_the_first_kind_of_gateway_on_it() -> None:
    by_border = entry(route=("KRPUS", "CNDDG"))
    found = dict(segments_of(facts_of(by_border)[0]))
    assert found[Dimension.ROUTE_CLASS] == "border"
