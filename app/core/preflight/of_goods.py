"""Checks of the tariff code, of values and of weights."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.core.codes import HtsCode
from app.core.entry import EntryLine
from app.core.preflight.finding import Finding, Severity
from app.core.reference import HtsStatus, ReferencePack

FIRST_HS_EDITION = date(2012, 1, 1)  # the HS table is whole from this edition on
HTS_FRESH = timedelta(days=183)  # the USITC publishes editions each January and July
OVERLAY_CHAPTERS = frozenset({"98", "99"})  # special classification, additional duties: US alone
_NATIONAL_DIGITS = 10  # HS6, two digits of the US tariff and two of its statistics


def hts_findings(
    hts: HtsCode, pack: ReferencePack, on: date, path: str, *, cbp: bool
) -> Iterator[Finding]:
    """Yield what the tariff tables say against a code on a date."""
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


def overlay_findings(hts: HtsCode, path: str) -> Iterator[Finding]:
    """Yield a note where the code is one of chapter 98 or 99, or is too short to be filed."""
    if hts.chapter in OVERLAY_CHAPTERS:
        text = (
            f"Chapter {hts.chapter} says how goods are treated, not what they are; give the code "
            "of chapters 1 to 97 that it goes with, or the goods can't be told."
        )
        yield Finding("HTS_OVERLAY", Severity.WARNING, f"{path}/hts", text)
    elif len(hts) < _NATIONAL_DIGITS:
        text = f"The code has {len(hts)} digits; an entry is filed with {_NATIONAL_DIGITS}."
        yield Finding("HTS_DIGITS", Severity.INFO, f"{path}/hts", text)


def measure_findings(line: EntryLine, path: str) -> Iterator[Finding]:
    """Yield what stands out in value and weight."""
    if line.entered_value_usd == 0:
        text = "The entered value is zero."
        yield Finding("VALUE_ZERO", Severity.WARNING, f"{path}/entered_value_usd", text)
    if line.gross_weight_kg is None:
        text = "No gross weight was declared, so value per kilogram is unknown."
        yield Finding("WEIGHT_MISSING", Severity.INFO, f"{path}/gross_weight_kg", text)
    elif line.gross_weight_kg == 0:
        text = "The gross weight is zero."
        yield Finding("WEIGHT_ZERO", Severity.WARNING, f"{path}/gross_weight_kg", text)
