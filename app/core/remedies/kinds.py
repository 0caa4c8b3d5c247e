"""What the tables of remedies hold: documents, families of goods, laws and their reviews."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who can supply a document."""

    IMPORTER = "importer"
    BROKER = "broker"
    SELLER = "seller"
    MANUFACTURER = "manufacturer"
    MATERIAL_SUPPLIER = "material_supplier"
    CARRIER = "carrier"
    LABORATORY = "laboratory"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Document:
    """One document: what it must show, who can supply it, and what that rests on.

    `source` is the text of its source; a document that is not `verified` is our reading of what
    the trade keeps and was not compared with a text of law or guidance.
    """

    document_id: str
    title: str
    shows: tuple[str, ...]
    supplied_by: tuple[Role, ...]
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Family:
    """Goods that are traced alike, by HS prefixes; the longest prefix decides, none is `other`."""

    family: str
    title: str
    hs_prefixes: tuple[str, ...]
    documents: tuple[Document, ...]
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Review:
    """One way of showing that goods may enter: how surely it must be shown, and with what.

    `lists` are the lists whose hit calls for this review rather than another of the law; empty
    where any may. `traces` says whether the documents of the goods' family belong to it, `portal`
    whether it is filed through CBP's Forced Labor Portal.
    """

    code: str
    title: str
    standard: str
    portal: bool
    lists: tuple[str, ...]
    documents: tuple[Document, ...]
    traces: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class RegimeRemedy:
    """One law with its reviews; where there are several, one of them is enough."""

    regime: str
    title: str
    source: str
    reviews: tuple[Review, ...]
