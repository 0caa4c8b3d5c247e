"""What the filing system would reject or warn about, and what a broker would want to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.codes import EntryNumber, HtsCode
from app.core.entry import US_CBP, Entry, EntryLine, Party
from app.core.reference import HtsStatus, ReferencePack
from app.core.reference.geography import is_cn_postal_code

CN_POSTAL_SINCE = date(2023, 3, 18)  # CBP requires the manufacturer's postal code, specs section 1
FIRST_HS_EDITION = date(2012, 1, 1)  # the HS table is whole from this edition on
HTS_FRESH = timedelta(days=183)  # the USITC publishes editions each January and July
KNOWN_ENTRY_TYPES = frozenset(  # consumption, warehouse, zone, informal; then withdrawals and on
    {"01", "02", "03", "04", "05", "06", "07", "08", "11", "12", "21", "22", "23"}
    | {"31", "32", "34", "38", "51", "52", "61", "62", "63", "86"}
)


class Severity(StrEnum):
    """How the filing would fare: refused, accepted with a question, or merely worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in one field; `path` is a JSON Pointer into the entry document."""

    code: str
    severity: Severity
    path: str
    text: str


def check(entry: Entry, pack: ReferencePack, on: date) -> tuple[Finding, ...]:
    """Return the findings on a date, the entry's first, then line by line.

    Rules of CBP alone (postal code, statistical suffix) are for entries of its scheme.
    """
    return tuple(_findings(entry, pack, on))


def _findings(entry: Entry, pack: ReferencePack, on: date) -> Iterator[Finding]:
    yield from _entry_findings(entry)
    yield from _route_findings(entry)
    cbp = entry.identifier_scheme == US_CBP
    for place, line in enumerate(entry.lines):
        path = f"/lines/{place}"
        yield from _hts_findings(line.hts, pack, on, path, cbp=cbp)
        yield from _measure_findings(line, path)
        if line.manufacturer is not None:
            yield from _mid_findings(line, line.manufacturer, f"{path}/manufacturer")
            if cbp and on >= CN_POSTAL_SINCE:
                yield from _postal_findings(line.manufacturer, pack, f"{path}/manufacturer")


def _entry_findings(entry: Entry) -> Iterator[Finding]:
    if entry.entry_type is not None and entry.entry_type not in KNOWN_ENTRY_TYPES:
        text = f"Entry type {entry.entry_type} is not one of the types known here."
        yield Finding("ENTRY_TYPE_UNKNOWN", Severity.WARNING, "/entry_type", text)
    number = entry.entry_number
    if isinstance(number, EntryNumber) and not number.has_valid_check_digit:
        text = "The last digit is not the check digit that the first ten characters give."
        yield Finding("ENTRY_NUMBER_CHECK_DIGIT", Severity.WARNING, "/entry_number", text)


def _route_findings(entry: Entry) -> Iterator[Finding]:
    for place, leg in enumerate(entry.route):
        coded = leg.unlocode.country if leg.unlocode else None
        if leg.country and coded and leg.country != coded:
            text = f"The leg's country is {leg.country}, its UN/LOCODE is in {coded}."
            path = f"/route/{place}/unlocode"
            yield Finding("ROUTE_COUNTRY_MISMATCH", Severity.WARNING, path, text)


def _hts_findings(
    hts: HtsCode, pack: ReferencePack, on: date, path: str, *, cbp: bool
) -> Iterator[Finding]:
    code = hts if cbp else HtsCode(hts.subheading)  # another country's digits are its own
    status = pack.hts_status(code, on)
    if status is HtsStatus.VALID:
        return
    international = pack.hts_status(HtsCode(code.subheading), on)
    known_depth = code.subheading if international is not HtsStatus.VALID else code
    severity = Severity.ERROR
    if not cbp or _silent(pack, on, national=known_depth != code.subheading):
        severity = Severity.WARNING
    if status is HtsStatus.OBSOLETE:
        text = f"{known_depth} was not in force on {on}; it belongs to another edition."
        yield Finding("HTS_OBSOLETE", severity, f"{path}/hts", text)
    else:
        as_of = pack.table("hts" if known_depth != code.subheading else "hs6").as_of
        text = f"{known_depth} is not in the tariff table as of {as_of}."
        yield Finding("HTS_UNKNOWN", severity, f"{path}/hts", text)


def _silent(pack: ReferencePack, on: date, *, national: bool) -> bool:
    """Whether the tables say too little of that day to call a code wrong."""
    if national:
        return on > pack.table("hts").as_of + HTS_FRESH
    return on < FIRST_HS_EDITION


def _measure_findings(line: EntryLine, path: str) -> Iterator[Finding]:
    if line.entered_value_usd == 0:
        text = "The entered value is zero."
        yield Finding("VALUE_ZERO", Severity.WARNING, f"{path}/entered_value_usd", text)
    if line.gross_weight_kg is None:
        text = "No gross weight was declared, so value per kilogram is unknown."
        yield Finding("WEIGHT_MISSING", Severity.INFO, f"{path}/gross_weight_kg", text)
    elif line.gross_weight_kg == 0:
        text = "The gross weight is zero."
        yield Finding("WEIGHT_ZERO", Severity.WARNING, f"{path}/gross_weight_kg", text)


def _mid_findings(line: EntryLine, maker: Party, path: str) -> Iterator[Finding]:
    if maker.mid is None:
        return
    country = maker.mid.country
    if maker.country is not None and maker.country != country:
        text = f"The MID begins with {country}, the manufacturer's country is {maker.country}."
        yield Finding("MID_COUNTRY_MISMATCH", Severity.WARNING, f"{path}/mid", text)
    if line.origin_country != country:
        text = f"The MID begins with {country}, the declared origin is {line.origin_country}."
        yield Finding("MID_ORIGIN_DIFFERS", Severity.INFO, f"{path}/mid", text)


def _postal_findings(maker: Party, pack: ReferencePack, path: str) -> Iterator[Finding]:
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
