"""Who a party or lane is to the history: an opaque key, the same for spellings that mean the same.

The folding here is our own and frozen with FORMAT (state.py): keys lie in snapshots for years, so
a library that learns a new spelling rule must not orphan them (docs/adr/0008-history-by-replay.md).
Letters that look alike and letters of no width are read as screening reads them, so that a
disguise is no new party.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from app.core.codes import CANADIAN_MID_PROVINCES
from app.core.entry import US_CBP, Entry, EntryLine, Party, RouteLeg
from app.core.reference.lookalikes import as_latin, plain_characters

_WORD = re.compile(r"\w+")
_REMEMBERED = 131_072  # identities whose key is kept in memory; pure, so forgetting costs time only
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


class HistoryKeys(NamedTuple):
    """Keys of one line; None where the entry says too little for one.

    `goods` is HS6 and origin, `lane` HS4, origin and export country, `route` the countries passed.
    """

    supplier: str | None
    importer: str | None
    filer: str | None
    mid: str | None = None
    city: str | None = None
    goods: str | None = None
    lane: str | None = None
    route: str | None = None


def keys_of(entry: Entry, line: EntryLine) -> HistoryKeys:
    """Return the history keys of `line`."""
    return keys_of_lines(entry)[entry.lines.index(line)]


def keys_of_lines(entry: Entry) -> tuple[HistoryKeys, ...]:
    """Return the history keys of each line of `entry`, in order."""
    scheme, export = entry.identifier_scheme, entry.export_country
    importer, filer = importer_key(entry), filer_key(entry)
    way = way_of(entry)
    found = []
    for line in entry.lines:
        hts, origin = line.hts, line.origin_country
        mid, city = maker_keys(scheme, line.manufacturer)
        found.append(
            HistoryKeys(
                supplier_key(entry, line),
                importer,
                filer,
                mid,
                city,
                key_of("goods", scheme, hts[:6], origin),
                None if export is None else key_of("lane", scheme, hts[:4], origin, export),
                None if way is None else key_of("route", scheme, signature(origin, way)),
            )
        )
    return tuple(found)


def supplier_key(entry: Entry, line: EntryLine) -> str | None:
    """Return the key of the manufacturer, else of the seller: name and country, number or MID."""
    for party in (line.manufacturer, line.seller):
        if party is not None:
            identity = supplier_identity(party.name, party.number, party.mid, _country(party))
            if identity is not None:
                return key_of("supplier", entry.identifier_scheme, *identity)
    return None


def maker_keys(scheme: str, maker: Party | None) -> tuple[str | None, str | None]:
    """Return the keys of a manufacturer's MID, and of its city in its country."""
    if maker is None:
        return None, None
    mid = None if maker.mid is None else key_of("mid", scheme, maker.mid)
    country = _country(maker)
    if maker.city is None or not country:
        return mid, None
    return mid, key_of("city", scheme, fold_city(maker.city), country)


def importer_key(entry: Entry) -> str | None:
    """Return the key of the importer: by number, else by name."""
    importer = entry.importer
    if importer is None:
        return None
    identity = importer_identity(importer.name, importer.number)
    return None if identity is None else key_of("importer", entry.identifier_scheme, *identity)


def filer_key(entry: Entry) -> str | None:
    """Return the key of the filer: its code, else the filer part of a CBP entry number."""
    code = entry.filer_code
    if code is None and entry.entry_number is not None and entry.identifier_scheme == US_CBP:
        code = entry.entry_number[:3]
    return None if code is None else key_of("filer", entry.identifier_scheme, "code", code)


def supplier_identity(
    name: str | None, number: str | None, mid: str | None, country: str
) -> tuple[str, ...] | None:
    """Return what identifies a supplier: name and country, else number, else MID, else None."""
    if name is not None:
        return ("name", fold_name(name), country)
    if number is not None:
        return ("number", fold_number(number))
    return None if mid is None else ("mid", mid)


def importer_identity(name: str | None, number: str | None) -> tuple[str, ...] | None:
    """Return what identifies an importer: number, else name, else None."""
    if number is not None:
        return ("number", fold_number(number))
    return None if name is None else ("name", fold_name(name))


def mid_country(mid: str) -> str:
    """Return the country a MID starts with; a Canadian province is CA."""
    return "CA" if mid[:2] in CANADIAN_MID_PROVINCES else mid[:2]


def way_of(entry: Entry) -> tuple[str, ...] | None:
    """Return the places of the route in order, else the export country; None without either."""
    return way_through(entry.route, entry.export_country)


def way_through(route: tuple[RouteLeg, ...], export_country: str | None) -> tuple[str, ...] | None:
    """Return the places of `route` in order, else the export country; None without either.

    A leg known by its Schedule K or D number alone counts as that number.
    """
    if route:
        return tuple(
            leg.country
            or (leg.unlocode[:2] if leg.unlocode else None)
            or leg.schedule_k
            or leg.schedule_d
            or "XZ"
            for leg in route
        )
    return None if export_country is None else (export_country,)


@lru_cache(maxsize=_REMEMBERED)
def signature(origin: str, way: tuple[str, ...]) -> str:
    """Return the countries the goods pass, in order, from origin on; none twice in a row."""
    places = (origin, *way)
    kept = [place for at, place in enumerate(places) if at == 0 or place != places[at - 1]]
    return ">".join(kept)


def route_signature(entry: Entry, line: EntryLine) -> str | None:
    """Return the countries the goods pass, in order, from origin to the last foreign place.

    None where neither a route nor an export country is declared.
    """
    way = way_of(entry)
    return None if way is None else signature(line.origin_country, way)


def _country(party: Party) -> str:
    return party.country or ("" if party.mid is None else mid_country(party.mid))


@lru_cache(maxsize=_REMEMBERED)
def key_of(kind: str, *identity: str) -> str:
    """Return the opaque key of a scheme-qualified identity: kind and BLAKE2b-128."""
    text = "\x1f".join(identity)
    return f"{kind}:{blake2b(text.encode(), digest_size=16).hexdigest()}"


@lru_cache(maxsize=_REMEMBERED)
def fold_name(name: str) -> str:
    """Return `name` without accents, case, punctuation, spaces and closing legal forms.

    "Ex. Trading Co., Ltd." and "EX TRADING COMPANY LIMITED" are both "extrading". A name that is
    nothing but legal forms keeps them; one without any letter or digit is kept as it is.
    """
    words = _words(name)
    last = len(words)
    while last > 1 and words[last - 1] in _LEGAL_FORMS:
        last -= 1
    return "".join(words[:last]) or name


@lru_cache(maxsize=_REMEMBERED)
def fold_city(city: str) -> str:
    """Return the name of a town without accents, case, punctuation and spaces."""
    return "".join(_words(city)) or city


def _words(name: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", plain_characters(name))
    plain = "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()
    return _WORD.findall(_DOT_OF_INITIALS.sub(r"\1", plain.replace("_", " ")))


@lru_cache(maxsize=_REMEMBERED)
def fold_number(number: str) -> str:
    """Return an identifying number in capitals without punctuation; "12-34" and "1234" agree.

    Letters and digits that look or count like Latin ones are read as those.
    """
    if not number.isascii():
        number = _plain_number(number)
    return "".join(each for each in number.upper() if each.isalnum()) or number


def _plain_number(number: str) -> str:
    seen = as_latin(number) or plain_characters(number)
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in seen)
