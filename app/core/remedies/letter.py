"""A letter to a supplier that asks for a named list of documents, and says nothing else of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.core.entry import Entry, EntryLine
from app.core.remedies.demands import Demand
from app.core.remedies.kinds import Document, Role

ASKED = frozenset({Role.SELLER, Role.MANUFACTURER, Role.MATERIAL_SUPPLIER, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class LetterGoods:
    """One line as the supplier knows it: number on the entry, tariff code, description."""

    line_number: int
    hts: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: to whom, about which goods and shipment, for which documents, by when.

    `addressee` None is a supplier whose name was not declared; `wanted_by` None sets no day.
    """

    addressee: str | None
    goods: tuple[LetterGoods, ...]
    shipment: tuple[str, ...]
    documents: tuple[Document, ...]
    wanted_by: date | None

    @property
    def subject(self) -> str:
        """What the letter is about."""
        return "Documents for a shipment to the United States"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The letter before its lists, in order."""
        return (
            "We are preparing the customs entry of the goods below. The law of the United States "
            "asks an importer to be able to show where goods and their materials come from and "
            "who made them.",
            "This is a request for documents. It is not a statement about your company, your "
            "suppliers or your workers.",
        )

    @property
    def closing(self) -> tuple[str, ...]:
        """The letter after its lists, in order."""
        when = (
            "Please send the documents as soon as you can."
            if self.wanted_by is None
            else f"Please send the documents so that we have them before {self.wanted_by}."
        )
        return (
            when,
            "Please mark on each document the line and lot it belongs to, and add an English "
            "translation where it is in another language. If a document does not exist, please "
            "tell us so and what you have in its place.",
        )

    @property
    def text(self) -> str:
        """The letter as plain text."""
        goods = [_goods(each) for each in self.goods]
        asked: list[str] = []
        for number, each in enumerate(self.documents, start=1):
            asked.append(f"{number}. {each.title}")
            asked += [f"   - {statement}" for statement in each.shows]
        parts = [
            f"To: {self.addressee or 'the supplier'}",
            f"Subject: {self.subject}",
            *self.paragraphs,
            "\n".join(["Goods:", *goods]),
            "\n".join(["Shipment:", *self.shipment]) if self.shipment else "",
            "\n".join(["Documents, and what each should show:", *asked]),
            *self.closing,
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


def letters_of(
    entry: Entry, demands: Sequence[Demand], wanted_by: date | None
) -> tuple[Letter, ...]:
    """Return a letter for each supplier that a document is wanted of, in the order of its lines.

    The supplier of a line is its manufacturer, else its seller; documents that only importer,
    broker, carrier or laboratory have are not asked for.
    """
    by_name: dict[str | None, list[EntryLine]] = {}
    for line in entry.lines:
        by_name.setdefault(_supplier(line), []).append(line)
    asked = [
        (each.document, frozenset(each.line_numbers))
        for demand in demands
        for each in demand.documents
        if not ASKED.isdisjoint(each.document.supplied_by)
    ]
    letters = []
    for name, lines in by_name.items():
        numbers = {line.line_number for line in lines}
        documents = dict.fromkeys(
            document for document, concerned in asked if not numbers.isdisjoint(concerned)
        )
        if documents:
            goods = tuple(
                LetterGoods(line.line_number, str(line.hts), line.description) for line in lines
            )
            letters.append(Letter(name, goods, _shipment(entry), tuple(documents), wanted_by))
    return tuple(letters)


def _supplier(line: EntryLine) -> str | None:
    for party in (line.manufacturer, line.seller):
        if party is not None and party.name is not None:
            return party.name
    return None


def _shipment(entry: Entry) -> tuple[str, ...]:
    said = (
        ("bill of lading", ", ".join(entry.bills_of_lading)),
        ("container", ", ".join(entry.containers)),
        ("exported on", str(entry.export_date or "")),
    )
    return tuple(f"{name}: {value}" for name, value in said if value)


def _goods(goods: LetterGoods) -> str:
    described = f", {goods.description}" if goods.description else ""
    return f"- line {goods.line_number}: tariff code {goods.hts}{described}"
