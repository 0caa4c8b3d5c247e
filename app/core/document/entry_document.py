"""An entry as a document: the fields of the wire contract, read and written exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.core.canonical import canonical_json, plain_decimal
from app.core.document.kinds import (
    Amount,
    Choice,
    CodeOf,
    Day,
    Field,
    ListOf,
    ObjectOf,
    Text,
    TextMap,
    Whole,
    wrong_type,
)
from app.core.document.reading import REFUSED, Reading, child
from app.core.entry import (
    MAX_LINES,
    MAX_MEASURE,
    MAX_MONEY,
    MAX_TEXT,
    SCHEDULE_D,
    US_CBP,
    CountryCode,
    Entry,
    EntryLine,
    EntryNumber,
    EntryType,
    FilerCode,
    HtsCode,
    Intent,
    LegRole,
    Mid,
    Party,
    RouteLeg,
    Scac,
    ScheduleD,
    ScheduleK,
    TransportMode,
    Unlocode,
)
from app.core.errors import InvalidEntry, InvalidField

MAX_LEGS = 50
MAX_SHIPPING_NUMBERS = 999  # bills or containers of one entry
_MAX_RATE = Decimal(10_000)  # percent; as EntryLine has it

_PARTY = ObjectOf(
    Party,
    {
        "name": Field(Text(200), "Name as on the invoice."),
        "number": Field(Text(64), "Number in the entry's identifier scheme."),
        "mid": Field(CodeOf(Mid), "Manufacturer identification code."),
        "address": Field(Text(300), "Street and number."),
        "city": Field(Text(100), "City."),
        "postal_code": Field(Text(20), "Postal code; six digits for a Chinese manufacturer."),
        "country": Field(CodeOf(CountryCode), "Where the party is, ISO 3166-1 alpha-2."),
    },
    "Party",
)

_LEG = ObjectOf(
    RouteLeg,
    {
        "role": Field(Choice(LegRole), "What happens there.", required=True),
        "country": Field(CodeOf(CountryCode), "Country of the place; alone will do."),
        "unlocode": Field(CodeOf(Unlocode), "UN/LOCODE of the place."),
        "schedule_k": Field(CodeOf(ScheduleK), "Foreign port, Schedule K."),
        "schedule_d": Field(CodeOf(ScheduleD), "US port, Schedule D."),
    },
    "RouteLeg",
)

_LINE = ObjectOf(
    EntryLine,
    {
        "line_number": Field(Whole(1, MAX_LINES), "Number of the line; by default its place."),
        "hts": Field(CodeOf(HtsCode), "HTS code, 6 to 10 digits as a string.", required=True),
        "origin_country": Field(
            CodeOf(CountryCode), "Country of origin, ISO 3166-1 alpha-2.", required=True
        ),
        "entered_value_usd": Field(
            Amount(MAX_MONEY), "Entered value, USD, a decimal string.", required=True
        ),
        "description": Field(Text(MAX_TEXT), "Goods in words."),
        "manufacturer": Field(_PARTY, "Who made the goods."),
        "seller": Field(_PARTY, "Who sold them."),
        "quantity": Field(Amount(MAX_MEASURE, numbers=True), "Quantity in `quantity_unit`."),
        "quantity_unit": Field(Text(10), "Unit of the quantity, as NO or DOZ."),
        "gross_weight_kg": Field(Amount(MAX_MEASURE, numbers=True), "Gross weight, kg."),
        "duty_rate_percent": Field(Amount(_MAX_RATE, numbers=True), "Duty rate, percent."),
        "preference": Field(Text(20), "Preference claimed (special programme indicator)."),
        "attributes": Field(TextMap(100), "Foreign declaration fields the model declares."),
    },
    "EntryLine",
)


@dataclass(frozen=True, slots=True)
class Submission:
    """An entry and what it was sent for."""

    entry: Entry
    intent: Intent = Intent.DRAFT


def _submission(*, intent: Intent = Intent.DRAFT, **values: Any) -> Submission:
    return Submission(Entry(**values), intent)


ENTRY_FIELDS: Mapping[str, Field] = {
    "intent": Field(Choice(Intent), "`draft` (default) is recorded, never observed; `filed` is."),
    "entry_number": Field(Text(40), "Entry number, as B76-0324527-8."),
    "revision": Field(Whole(1, 9999), "Revision of the entry, from 1 (default)."),
    "identifier_scheme": Field(Text(40), f"Whose numbers these are; default {US_CBP}."),
    "entry_type": Field(CodeOf(EntryType), "Entry type, 2 digits."),
    "filer_code": Field(Text(40), "Filer code, 3 characters."),
    "port_of_entry": Field(Text(40), "US port of entry, Schedule D."),
    "port_scheme": Field(Text(40), f"Whose port codes these are; default {SCHEDULE_D}."),
    "mode_of_transport": Field(CodeOf(TransportMode), "Mode of transport, 2 digits."),
    "importer": Field(_PARTY, "Importer of record."),
    "export_country": Field(CodeOf(CountryCode), "Country of export."),
    "export_date": Field(Day(), "Day of export."),
    "arrival_date": Field(Day(), "Day of arrival."),
    "entry_date": Field(Day(), "Day of entry: every table is read as of it."),
    "carrier_scac": Field(CodeOf(Scac), "Carrier, SCAC."),
    "bills_of_lading": Field(ListOf(Text(50), MAX_SHIPPING_NUMBERS), "Bills of lading."),
    "containers": Field(ListOf(Text(20), MAX_SHIPPING_NUMBERS), "Containers, ISO 6346."),
    "route": Field(ListOf(_LEG, MAX_LEGS), "Places on the way, in order."),
    "lines": Field(
        ListOf(_LINE, MAX_LINES, least=1, numbered_by="line_number"),
        "Lines of the entry.",
        required=True,
    ),
}
ENTRY_KIND = ObjectOf(Submission, ENTRY_FIELDS, "Entry")


def read_submission(
    raw: object, *, attributes: frozenset[str] | None = None, pointer: str = ""
) -> Submission:
    """Return the entry a parsed JSON document is, numbers parsed as int or Decimal.

    Raises InvalidEntry with up to 20 problems, each with its JSON Pointer below `pointer`; a line's
    attributes must be among `attributes` (None: any).
    """
    if not isinstance(raw, dict):
        error = wrong_type("entry", raw, "an object")
        raise InvalidEntry("The entry has 1 problem.", [error.at(pointer)])
    reading = Reading(attributes)
    values = reading.read_fields(ENTRY_FIELDS, raw, pointer)
    _check_scheme_bound_codes(values, reading, pointer)
    reading.finish()
    try:
        return _submission(**values)
    except InvalidField as error:
        place = child(pointer, error.field)
        raise InvalidEntry("The entry has 1 problem.", [error.at(place)]) from error


_SCHEME_BOUND = (
    ("entry_number", EntryNumber, "identifier_scheme", US_CBP),
    ("filer_code", FilerCode, "identifier_scheme", US_CBP),
    ("port_of_entry", ScheduleD, "port_scheme", SCHEDULE_D),
)


def _check_scheme_bound_codes(values: Mapping[str, Any], reading: Reading, pointer: str) -> None:
    for name, code, scheme, ours in _SCHEME_BOUND:
        found = values.get(name, REFUSED)
        if found is not REFUSED and values.get(scheme, ours) == ours:
            try:
                code(found)
            except InvalidField as error:
                reading.fault(child(pointer, name), error.problem, error.message)


def submission_document(submission: Submission) -> dict[str, Any]:
    """Return the document of an entry: what is not declared is left out, defaults are kept.

    Numbers are plain decimal strings, so that equal entries give equal documents.
    """
    return {"intent": submission.intent.value, **_document(submission.entry)}


def submission_bytes(submission: Submission) -> bytes:
    """Return the canonical bytes of an entry's document; their digest is the body digest."""
    return canonical_json(submission_document(submission))


_HOLDERS = (tuple, Mapping)  # of which an empty one is left out


def _document(value: Any) -> dict[str, Any]:  # Entry or one of its parts
    document = {}
    for name in value.__dataclass_fields__:
        found = getattr(value, name)
        if found is not None and (found or not isinstance(found, _HOLDERS)):
            kind = type(found)
            document[name] = found if kind is str or kind is int else _plain(found)
    return document


def _plain(value: Any) -> Any:  # a field of an entry
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        return _document(value)
    return dict(value) if isinstance(value, Mapping) else value
