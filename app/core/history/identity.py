"""Who a party is to the history: an opaque key, the same for spellings that mean the same.

The folding here is our own and frozen with FORMAT (state.py): keys lie in snapshots for years, so
a library that learns a new spelling rule must not orphan them (docs/adr/0008-history-by-replay.md).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from app.core.entry import US_CBP, Entry, EntryLine, Party

_WORD = re.compile(r"\w+")
_REMEMBERED = 65_536  # identities whose key is kept in memory; pure, so forgetting costs time only
_DOT_OF_INITIALS = re.compile(r"\b(\w)\.(?=\w\b)")
# Legal forms and their abbreviations, as they end firm names in customs data; a name is the same
# with and without them. Our own list from common usage; frozen with FORMAT.
_LEGAL_FORMS = frozenset(
    re.findall(
        r"\w+",
        "ab ag as bhd bv co company corp corporation cv doo gmbh gk inc incorporated jsc kft kg kk "
        "liability limited llc llp lp ltd ltda mbh nv ooo oy oyj pao plc private pt pte pty public "
        "pvt sa sae sas sdn sl spa spol srl sro tbk yk zao zoo",
    )
)


@dataclass(frozen=True, slots=True)
class HistoryKeys:
    """Keys of the parties of one line; None where the entry says nothing that identifies one."""

    supplier: str | None
    importer: str | None
    filer: str | None


def keys_of(entry: Entry, line: EntryLine) -> HistoryKeys:
    """Return the history keys of `line`: manufacturer (else seller), importer and filer."""
    return HistoryKeys(supplier_key(entry, line), importer_key(entry), filer_key(entry))


def supplier_key(entry: Entry, line: EntryLine) -> str | None:
    """Return the key of the manufacturer, else of the seller: name and country, number or MID."""
    for party in (line.manufacturer, line.seller):
        if party is not None:
            identity = _supplier_identity(party)
            if identity is not None:
                return _key("supplier", entry.identifier_scheme, *identity)
    return None


def importer_key(entry: Entry) -> str | None:
    """Return the key of the importer: by number, else by name."""
    importer = entry.importer
    if importer is None:
        return None
    if importer.number is not None:
        return _key("importer", entry.identifier_scheme, "number", fold_number(importer.number))
    if importer.name is not None:
        return _key("importer", entry.identifier_scheme, "name", fold_name(importer.name))
    return None


def filer_key(entry: Entry) -> str | None:
    """Return the key of the filer: its code, else the filer part of a CBP entry number."""
    code = entry.filer_code
    if code is None and entry.entry_number is not None and entry.identifier_scheme == US_CBP:
        code = entry.entry_number[:3]
    return None if code is None else _key("filer", entry.identifier_scheme, "code", code)


def _supplier_identity(party: Party) -> tuple[str, ...] | None:
    if party.name is not None:
        country = party.country or (party.mid.country if party.mid is not None else "")
        return ("name", fold_name(party.name), country)
    if party.number is not None:
        return ("number", fold_number(party.number))
    return None if party.mid is None else ("mid", party.mid)


@lru_cache(maxsize=_REMEMBERED)
def _key(kind: str, *identity: str) -> str:
    text = "\x1f".join(identity)
    return f"{kind}:{blake2b(text.encode(), digest_size=16).hexdigest()}"


@lru_cache(maxsize=_REMEMBERED)
def fold_name(name: str) -> str:
    """Return `name` without accents, case, punctuation, spaces and closing legal forms.

    "Ex. Trading Co., Ltd." and "EX TRADING COMPANY LIMITED" are both "extrading". A name that is
    nothing but legal forms keeps them; one without any letter or digit is kept as it is.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()
    words = _WORD.findall(_DOT_OF_INITIALS.sub(r"\1", plain.replace("_", " ")))
    last = len(words)
    while last > 1 and words[last - 1] in _LEGAL_FORMS:
        last -= 1
    return "".join(words[:last]) or name


@lru_cache(maxsize=_REMEMBERED)
def fold_number(number: str) -> str:
    """Return an identifying number in capitals without punctuation; "12-34" and "1234" agree."""
    return "".join(each for each in number.upper() if each.isalnum()) or number
