"""The segments a line is in, one in each dimension that is known of it."""

from app.core.features import LineFacts
from app.core.features.gateways import Gateway
from app.core.governance.document import Dimension, Segment
from app.core.governance.reading import NO_GATEWAY


def segments_of(facts: LineFacts) -> tuple[Segment, ...]:
    """Return the segments of a line: chapter, origin and way always, the rest where declared.

    The class of its way is the first kind of gateway on it, in the order of `Gateway`.
    """
    entry, on_the_way = facts.entry, facts.of_entry.gateways
    way = next((str(each) for each in Gateway if each in on_the_way), NO_GATEWAY)
    found = [
        Segment(Dimension.HS_CHAPTER, str(facts.line.hts.chapter)),
        Segment(Dimension.ORIGIN, str(facts.line.origin_country)),
        Segment(Dimension.ROUTE_CLASS, way),
    ]
    if entry.port_of_entry is not None:
        found.append(Segment(Dimension.PORT_OF_ENTRY, str(entry.port_of_entry)))
    if entry.entry_type is not None:
        found.append(Segment(Dimension.ENTRY_TYPE, str(entry.entry_type)))
    return tuple(found)
