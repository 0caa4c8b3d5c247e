"""Reading the tables of remedies: TOML for what is long, CSV for what is flat; all or nothing."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from app.core.errors import ReferenceRefused
from app.core.remedies.kinds import Document, Family, RegimeRemedy, Review, Role
from app.core.remedies.table import OTHER, Cell, Remedies

NAMES = ("sources.csv", "documents.toml", "families.csv", "regimes.toml", "aspects.csv")


@cache
def load_remedies() -> Remedies:
    """Return the tables shipped with the package, read once."""
    folder = files("app.core.remedies").joinpath("tables")
    return build_remedies({name: folder.joinpath(name).read_bytes() for name in NAMES})


def build_remedies(data: Mapping[str, bytes]) -> Remedies:
    """Return the remedies of table bytes by NAMES; raises ReferenceRefused naming the table."""
    name = ""
    try:
        name = "sources.csv"
        sources = {row["source"]: row["text"] for row in _rows(data[name])}
        name = "documents.toml"
        documents = {
            key: _document(key, found, sources) for key, found in _toml(data[name]).items()
        }
        name = "families.csv"
        families = [_family(row, documents, sources) for row in _rows(data[name])]
        name = "regimes.toml"
        regimes = [
            _regime(key, found, documents, sources) for key, found in _toml(data[name]).items()
        ]
        name = "aspects.csv"
        aspects = {row["aspect"]: _aspect(row, documents) for row in _rows(data[name])}
    except (KeyError, TypeError, ValueError) as error:
        raise ReferenceRefused(f"remedies: {name}: {type(error).__name__}: {error}") from error
    if OTHER not in {family.family for family in families}:
        raise ReferenceRefused(f"remedies: families.csv: wanted the family {OTHER}")
    return Remedies(documents, families, regimes, aspects)


def _rows(data: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(data.decode()))


def _toml(data: bytes) -> dict[str, Any]:
    return tomllib.loads(data.decode())


def _items(cell: str) -> list[str]:
    return [each for each in cell.split(";") if each]


def _document(key: str, found: Mapping[str, Any], sources: Mapping[str, str]) -> Document:
    if not found["shows"]:
        raise ValueError(f"{key} must show something")
    return Document(
        document_id=key,
        title=found["title"],
        shows=tuple(found["shows"]),
        supplied_by=tuple(Role(each) for each in found["from"]),
        source=sources[found["source"]],
        verified=bool(found["verified"]),
    )


def _family(
    row: Mapping[str, str], documents: Mapping[str, Document], sources: Mapping[str, str]
) -> Family:
    return Family(
        family=row["family"],
        title=row["title"],
        hs_prefixes=tuple(_items(row["hs_prefixes"])),
        documents=tuple(documents[each] for each in _items(row["documents"])),
        source=sources[row["source"]],
        verified=row["verified"] == "1",
    )


def _regime(
    key: str,
    found: Mapping[str, Any],
    documents: Mapping[str, Document],
    sources: Mapping[str, str],
) -> RegimeRemedy:
    reviews = tuple(
        Review(
            code=each["code"],
            title=each["title"],
            standard=each["standard"],
            portal=each["portal"],
            lists=tuple(each["lists"]),
            documents=tuple(documents[name] for name in each["documents"]),
            traces=each["traces"],
            verified=each["verified"],
        )
        for each in found["reviews"]
    )
    return RegimeRemedy(key, found["title"], sources[found["source"]], reviews)


def _aspect(row: Mapping[str, str], documents: Mapping[str, Document]) -> Cell:
    found = tuple(documents[each] for each in _items(row["documents"]))
    if bool(found) == bool(row["none_because"]):
        raise ValueError(f"{row['aspect']} wants documents, or why there are none")
    return Cell(found, row["none_because"] or None)
