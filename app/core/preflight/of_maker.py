"""Checks of the manufacturer: its MID against name and place, and the Chinese postal code."""

from collections.abc import Iterator

from app.core.codes import Mid
from app.core.entry import EntryLine, Party
from app.core.preflight.finding import Finding, Severity
from app.core.preflight.mid_form import (
    ends_other,
    has_mid_shape,
    names_other,
    numbers_other,
    rebuilt,
)
from app.core.reference import ReferencePack
from app.core.reference.geography import is_cn_postal_code

# First two digits of Chinese postal codes, by province; our own list, unverified. 99 stands for
# Hong Kong and Macao in forms that insist on a code.
_PROVINCE_RUNS = ((1, 7), (10, 13), (15, 16), (20, 27), (30, 36), (40, 47), (51, 57), (61, 67))
_PROVINCE_RUNS_WEST = ((71, 75), (81, 81), (83, 85), (99, 99))
CN_POSTAL_PROVINCES = frozenset(
    f"{digits:02d}"
    for first, last in (*_PROVINCE_RUNS, *_PROVINCE_RUNS_WEST)
    for digits in range(first, last + 1)
)
# The goods of 19 CFR 102.21, whose MID must name the country of origin: textiles and apparel.
_TEXTILE_CHAPTERS = frozenset(str(chapter) for chapter in range(50, 64))
_XINJIANG = "Xinjiang"  # gateway type of the places table


def mid_findings(line: EntryLine, maker: Party, path: str, *, cbp: bool) -> Iterator[Finding]:
    """Yield where the MID disagrees with the manufacturer's country, the origin, name or place."""
    mid = maker.mid
    if mid is None:
        return
    path = f"{path}/mid"
    country = mid.country
    if maker.country is not None and maker.country != country:
        text = f"The MID begins with {country}, the manufacturer's country is {maker.country}."
        yield Finding("MID_COUNTRY_MISMATCH", Severity.WARNING, path, text)
    if line.origin_country != country:
        textile = cbp and line.hts.chapter in _TEXTILE_CHAPTERS
        severity = Severity.WARNING if textile else Severity.INFO
        text = f"The MID begins with {country}, the declared origin is {line.origin_country}."
        yield Finding("MID_ORIGIN_DIFFERS", severity, path, text)
    if cbp:
        yield from _form_findings(mid, maker, path)


def _form_findings(mid: Mid, maker: Party, path: str) -> Iterator[Finding]:
    if mid.startswith("CA"):
        text = "A Canadian MID begins with the code of its province, as XO for Ontario."
        yield Finding("MID_CANADA", Severity.WARNING, path, text)
    if not has_mid_shape(mid):
        text = (
            "The MID is not country, up to six characters of the name, up to four digits of the "
            "street and up to three letters of the city."
        )
        yield Finding("MID_FORM", Severity.WARNING, path, text)
        return
    if maker.name is not None and names_other(mid, maker.name):
        text = "No word of the manufacturer's name begins as the MID's name part does"
        yield _differs("MID_NAME_DIFFERS", text, maker, path)
    if maker.address is not None and numbers_other(mid, maker.address, maker.name):
        text = "The MID's number is none of those in the manufacturer's address"
        yield _differs("MID_STREET_DIFFERS", text, maker, path)
    if maker.city is not None and ends_other(mid, maker.city):
        text = "The MID does not end with the first letters of the manufacturer's city"
        yield _differs("MID_CITY_DIFFERS", text, maker, path)


def _differs(code: str, said: str, maker: Party, path: str) -> Finding:
    """Return the finding, with the code that the rule makes where it can be made."""
    made = rebuilt((maker.mid or "")[:2], maker.name or "", maker.address, maker.city)
    by_rule = "" if made is None else f"; the rule makes {made} of name and place"
    return Finding(code, Severity.WARNING, path, f"{said}{by_rule}.")


def postal_findings(maker: Party, pack: ReferencePack, path: str) -> Iterator[Finding]:
    """Yield what is wrong with, or told by, the postal code of a manufacturer in China."""
    country = maker.country or (maker.mid.country if maker.mid else None)
    if country != "CN":
        return
    path = f"{path}/postal_code"
    code = (maker.postal_code or "").strip()
    if not is_cn_postal_code(code):
        found = "is not six digits" if code else "is missing"
        text = f"A manufacturer in China needs a postal code of six digits; it {found}."
        yield Finding("CN_POSTAL_CODE", Severity.ERROR, path, text)
    elif pack.postal_area("CN", code) == "xinjiang":
        text = f"Postal code {code} begins like those of Xinjiang; the UFLPA presumption may apply."
        yield Finding("CN_POSTAL_XINJIANG", Severity.WARNING, path, text)
    elif code[:2] not in CN_POSTAL_PROVINCES:
        text = f"No province of China is known here whose postal codes begin with {code[:2]}."
        yield Finding("CN_POSTAL_PROVINCE", Severity.WARNING, path, text)
    else:
        yield from _town_findings(maker, pack, path)


def _town_findings(maker: Party, pack: ReferencePack, path: str) -> Iterator[Finding]:
    place = None if maker.city is None else pack.place(maker.city, "CN")
    if place is not None and place.gateway_type == _XINJIANG:
        text = "The manufacturer's town is in Xinjiang, the postal code is of another province."
        yield Finding("CN_POSTAL_TOWN_DIFFERS", Severity.WARNING, path, text)
