"""The facts of one line: what was declared, what was known, and what follows from the tables.

Derived facts are worked out when first asked for and kept; those of the entry are shared by its
lines. Nothing here is a feature: features are numbers, these are facts.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import nan

from app.core.codes import CANADIAN_MID_PROVINCES
from app.core.entry import Entry, EntryLine, LegRole, Party
from app.core.features.entry_facts import EntryFacts
from app.core.features.gateways import Gateway
from app.core.features.goods import Goods, goods_of
from app.core.features.landlocked import LANDLOCKED
from app.core.features.once import Once
from app.core.features.way import Followed, followed_chain
from app.core.features.whereabouts import Whereabouts, whereabouts
from app.core.history import LineHistory, PartyState, bit_of, route_signature
from app.core.history.line_history import KINDS
from app.core.reference import HtsStatus, ReferencePack
from app.core.screening import Hit

__all__ = ["EntryFacts", "LineFacts", "line_facts"]


class LineFacts:
    """All there is to know of one line when it is encoded."""

    def __init__(  # noqa: PLR0913, PLR0917 - the five things read and the day, in reading order
        self,
        entry: Entry,
        line: EntryLine,
        history: LineHistory,
        hits: Sequence[Hit],
        reference: ReferencePack,
        at: date,
        shared: EntryFacts | None = None,
    ) -> None:
        """Take what was declared, known, screened and tabled as of `at`.

        `hits` are those of the whole entry; `shared` spares work for lines.
        """
        self.entry = entry
        self.line = line
        self.history = history
        self.hits = tuple(hit for hit in hits if hit.concerns(line.line_number))
        self.reference = reference
        self.at = at
        self.day = at.toordinal()
        self.origin: str = line.origin_country
        self.shares: dict[tuple[str, object], float] = {}  # those worked out (shares.py)
        self.of_entry = EntryFacts(entry, reference, at) if shared is None else shared

    @Once
    def seen(self) -> Mapping[str, PartyState | None]:
        """What was seen before under each kind of key; None where nothing was."""
        return {kind: self.history.seen(kind) for kind in KINDS}

    @Once
    def goods(self) -> Goods:
        """How the goods are listed on the day."""
        return goods_of(self.reference, self.line.hts, self.origin, self.at)

    @Once
    def hts_status(self) -> HtsStatus:
        """What the tables know of the tariff code on the day."""
        return self.reference.hts_status(self.line.hts, self.at)

    @Once
    def manufacturer(self) -> Party:
        """The manufacturer, or a party of whom nothing is known."""
        return self.line.manufacturer or _NOBODY

    @Once
    def seller_country(self) -> str | None:
        """Country of the seller."""
        return None if self.line.seller is None else self.line.seller.country

    @Once
    def mid_country(self) -> str | None:
        """Country the manufacturer's MID starts with; a Canadian province is CA."""
        mid = self.manufacturer.mid
        if mid is None:
            return None
        return "CA" if mid[:2] in CANADIAN_MID_PROVINCES else mid[:2]

    @Once
    def lading_country(self) -> str | None:
        """Country where the goods were first laden."""
        return self.of_entry.country_of(LegRole.LADING)

    @Once
    def stuffing_country(self) -> str | None:
        """Country where the container was stuffed."""
        return self.of_entry.country_of(LegRole.STUFFING)

    @Once
    def voices(self) -> frozenset[str]:
        """Countries that speak of the origin: of manufacturer, seller, export, MID, lading and
        stuffing, as far as declared. Goods of a land without a seaport are laden abroad whoever
        made them, so there the place of lading says nothing."""
        said = {
            self.manufacturer.country,
            self.seller_country,
            self.entry.export_country,
            self.mid_country,
            self.stuffing_country,
        }
        if self.origin not in LANDLOCKED:
            said.add(self.lading_country)
        return frozenset(country for country in said if country is not None)

    @Once
    def route_bit(self) -> int | None:
        """The sketch of this line's route; None where no route or export country is declared."""
        signature = route_signature(self.entry, self.line)
        return None if signature is None else bit_of(signature)

    @Once
    def value_usd(self) -> float:
        """Entered value, USD."""
        return float(self.line.entered_value_usd)

    @Once
    def weight_kg(self) -> float:
        """Gross weight, kg; NaN where not declared."""
        return _number(self.line.gross_weight_kg)

    @Once
    def quantity(self) -> float:
        """Quantity in its own unit; NaN where not declared."""
        return _number(self.line.quantity)

    @Once
    def maker_country(self) -> str | None:
        """Country of the manufacturer's address, else of its MID."""
        return self.manufacturer.country or self.mid_country

    @Once
    def maker_at(self) -> Whereabouts:
        """Where the manufacturer is, as far as its data say."""
        return whereabouts(self.line.manufacturer, self.maker_country, self.reference)

    @Once
    def seller_at(self) -> Whereabouts:
        """Where the seller is, as far as its data say."""
        return whereabouts(self.line.seller, self.seller_country, self.reference)

    @Once
    def maker_gateway(self) -> Gateway | None:
        """What the manufacturer's place signals, else None."""
        return self.maker_at.kind

    @Once
    def knows_maker_place(self) -> bool:
        """Whether it can be told where the manufacturer is: its country with town, postal code or
        a place in its address, and no name that may mean several places."""
        return self.maker_at.known

    @Once
    def chain(self) -> Followed | None:
        """The strongest known chain that the goods followed, or None."""
        return followed_chain(self.line, self.maker_at, self.of_entry, self.at)


_NOBODY = Party()


def line_facts(
    entry: Entry,
    history: Sequence[LineHistory],
    hits: Sequence[Hit],
    reference: ReferencePack,
    at: date,
) -> tuple[LineFacts, ...]:
    """Return the facts of each line; `history` one a line, `hits` as Screener.screen gave them."""
    shared = EntryFacts(entry, reference, at)
    return tuple(
        LineFacts(entry, line, known, hits, reference, at, shared)
        for line, known in zip(entry.lines, history, strict=True)
    )


def _number(declared: Decimal | None) -> float:
    return nan if declared is None else float(declared)
