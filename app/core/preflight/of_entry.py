"""Checks of the entry's own numbers: type, entry number, filer, port of entry, importer."""

import re
from collections.abc import Iterator

from app.core.codes import EntryNumber
from app.core.entry import SCHEDULE_D, US_CBP, Entry, Intent
from app.core.preflight.finding import Finding, Severity
from app.core.reference import ReferencePack

KNOWN_ENTRY_TYPES = frozenset(  # consumption, warehouse, zone, informal; then withdrawals and on
    {"01", "02", "03", "04", "05", "06", "07", "08", "11", "12", "21", "22", "23"}
    | {"31", "32", "34", "38", "51", "52", "61", "62", "63", "86"}
)
# Importer numbers, domain.md section 1 (unverified): an employer's number with or without its two
# closing characters, a social security number, and one that CBP assigned. Dashes may be left out.
_IMPORTER_NUMBERS = (
    re.compile(r"[0-9]{2}-?[0-9]{7}(-?[0-9A-Z]{2})?", re.ASCII),
    re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}", re.ASCII),
    re.compile(r"[0-9]{6}-?[0-9]{5}", re.ASCII),
)


def entry_findings(entry: Entry, pack: ReferencePack, intent: Intent) -> Iterator[Finding]:
    """Yield what stands out in the numbers that the entry is known by."""
    if entry.entry_type is not None and entry.entry_type not in KNOWN_ENTRY_TYPES:
        text = f"Entry type {entry.entry_type} is not one of the types known here."
        yield Finding("ENTRY_TYPE_UNKNOWN", Severity.WARNING, "/entry_type", text)
    yield from _number_findings(entry, intent)
    if entry.port_scheme == SCHEDULE_D and entry.port_of_entry is not None:
        yield from _port_findings(str(entry.port_of_entry), pack)
    yield from _importer_findings(entry)


def _number_findings(entry: Entry, intent: Intent) -> Iterator[Finding]:
    number = entry.entry_number
    if number is None and intent is Intent.FILED:
        text = (
            "A filing without an entry number can't be recognised when it comes again, so it is "
            "recorded and never counted as history."
        )
        yield Finding("FILED_WITHOUT_NUMBER", Severity.INFO, "/entry_number", text)
    if not isinstance(number, EntryNumber):
        return
    if not number.has_valid_check_digit:
        text = "The last digit is not the check digit that the first ten characters give."
        yield Finding("ENTRY_NUMBER_CHECK_DIGIT", Severity.WARNING, "/entry_number", text)
    if entry.filer_code is not None and entry.filer_code != number.filer_code:
        text = (
            f"The entry number begins with filer code {number.filer_code}, "
            f"the filer code is {entry.filer_code}."
        )
        yield Finding("FILER_CODE_MISMATCH", Severity.WARNING, "/filer_code", text)


def _port_findings(code: str, pack: ReferencePack) -> Iterator[Finding]:
    if pack.port(schedule_d=code) is None:
        as_of = pack.table("schedule_d").as_of
        text = f"{code} is not in the table of Schedule D ports as of {as_of}."
        yield Finding("PORT_UNKNOWN", Severity.WARNING, "/port_of_entry", text)


def _importer_findings(entry: Entry) -> Iterator[Finding]:
    importer = entry.importer
    if entry.identifier_scheme != US_CBP or importer is None or importer.number is None:
        return
    number = importer.number.strip().upper()
    if not any(form.fullmatch(number) for form in _IMPORTER_NUMBERS):
        text = (
            "The importer number has none of the forms NN-NNNNNNNXX, NNN-NN-NNNN and YYDDPP-NNNNN."
        )
        yield Finding("IMPORTER_NUMBER_FORM", Severity.WARNING, "/importer/number", text)
