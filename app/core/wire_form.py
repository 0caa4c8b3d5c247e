"""An entry as the JSON document that POST /v1/score reads; nothing is lost or rounded."""

from datetime import date
from decimal import Decimal
from typing import Any

from app.core.entry import SCHEDULE_D, US_CBP, Entry, EntryLine, Intent, Party, RouteLeg


def entry_to_wire(entry: Entry, intent: Intent = Intent.DRAFT) -> dict[str, Any]:
    """Return `entry` as a document of docs/api.md: fields that were not declared are left out.

    Money, rates and measures are decimal strings, dates ISO 8601, so that reading the document
    gives an equal entry. Schemes are left out where they are the default.
    """
    document: dict[str, Any] = {"intent": str(intent)}
    for name in Entry.__dataclass_fields__:
        value = getattr(entry, name)
        if name == "lines" or value is None or value == ():
            continue
        document[name] = _plain(value)
    if entry.identifier_scheme == US_CBP:
        del document["identifier_scheme"]
    if entry.port_scheme == SCHEDULE_D:
        del document["port_scheme"]
    document["lines"] = [_record(line) for line in entry.lines]
    return document


def _record(thing: EntryLine | Party | RouteLeg) -> dict[str, Any]:
    found = {name: getattr(thing, name) for name in thing.__dataclass_fields__}
    return {name: _plain(each) for name, each in found.items() if each not in (None, {})}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Party, RouteLeg)):
        return _record(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return str(value)
    return dict(value) if not isinstance(value, int) else value
