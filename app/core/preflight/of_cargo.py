"""Checks of bills, containers and the route, and of the origin against the route."""

import re
from collections.abc import Iterator

from app.core.entry import US_CBP, Entry, EntryLine, LegRole, RouteLeg
from app.core.preflight.containers import container_check_digit, container_text, is_container
from app.core.preflight.finding import Finding, Severity
from app.core.reference import ReferencePack

# A bill of lading number begins with the letters of who issued it (domain.md section 1,
# unverified); an air waybill is digits alone.
_BILL = re.compile(r"[A-Z]{2,4}[A-Z0-9]{1,16}", re.ASCII)
_AIR_WAYBILL = re.compile(r"[0-9]{3}-?[0-9]{8}|[A-Z0-9]{4,20}", re.ASCII)
_CARRIER = re.compile(r"[A-Z]{2,4}", re.ASCII)
_AIR = frozenset({"40", "41"})


def cargo_findings(entry: Entry) -> Iterator[Finding]:
    """Yield what stands out in container and bill numbers."""
    for place, raw in enumerate(entry.containers):
        yield from _container_findings(container_text(raw), f"/containers/{place}")
    if entry.identifier_scheme != US_CBP:
        return  # another administration numbers its bills its own way
    by_air = entry.mode_of_transport in _AIR
    for place, raw in enumerate(entry.bills_of_lading):
        bill = raw.strip().upper().replace(" ", "")
        path = f"/bills_of_lading/{place}"
        if not (_AIR_WAYBILL if by_air else _BILL).fullmatch(bill):
            wanted = "eleven digits" if by_air else "the two to four letters of its issuer first"
            text = f"The bill number is not of the usual form, {wanted}."
            yield Finding("BILL_FORM", Severity.WARNING, path, text)
        elif not by_air and entry.carrier_scac and not bill.startswith(entry.carrier_scac):
            prefix = _CARRIER.match(bill)
            began = prefix.group() if prefix else bill[:4]
            text = (
                f"The bill begins with {began}, the carrier is {entry.carrier_scac}; a forwarder's "
                "own bill does, a carrier's does not."
            )
            yield Finding("BILL_CARRIER_DIFFERS", Severity.INFO, path, text)


def _container_findings(number: str, path: str) -> Iterator[Finding]:
    if not is_container(number):
        text = "A container number is four letters, the last U, J or Z, and seven digits."
        yield Finding("CONTAINER_FORM", Severity.WARNING, path, text)
    elif container_check_digit(number[:10]) != number[10]:
        text = "The last digit is not the check digit of ISO 6346 for the ten before it."
        yield Finding("CONTAINER_CHECK_DIGIT", Severity.WARNING, path, text)


def route_findings(entry: Entry, pack: ReferencePack) -> Iterator[Finding]:
    """Yield legs that contradict themselves or name a port that no table knows."""
    for place, leg in enumerate(entry.route):
        coded = leg.unlocode.country if leg.unlocode else None
        if leg.country and coded and leg.country != coded:
            text = f"The leg's country is {leg.country}, its UN/LOCODE is in {coded}."
            path = f"/route/{place}/unlocode"
            yield Finding("ROUTE_COUNTRY_MISMATCH", Severity.WARNING, path, text)
        for name, code in (("schedule_d", leg.schedule_d), ("schedule_k", leg.schedule_k)):
            if code is not None and pack.port(**{name: code}) is None:
                text = f"{code} is in no table of ports, so nothing is known of where it is."
                yield Finding("ROUTE_PORT_UNKNOWN", Severity.INFO, f"/route/{place}/{name}", text)


def origin_findings(entry: Entry, line: EntryLine, path: str) -> Iterator[Finding]:
    """Yield where the declared origin and the declared route say different things."""
    places = [(leg.role, _country(leg)) for leg in entry.route]
    origins = {country for role, country in places if role is LegRole.ORIGIN and country}
    origin = line.origin_country
    if origins and origin not in origins:
        named = ", ".join(sorted(origins))
        text = f"The route begins in {named} as origin, the line declares {origin}."
        yield Finding("ORIGIN_ROUTE_DIFFERS", Severity.WARNING, f"{path}/origin_country", text)
    elif places and all(country for _, country in places) and not origins:
        seen = {country for _, country in places} | {entry.export_country}
        if origin not in seen:
            text = f"Neither the route nor the export country passes {origin}, the declared origin."
            yield Finding("ORIGIN_NOT_ON_ROUTE", Severity.INFO, f"{path}/origin_country", text)


def _country(leg: RouteLeg) -> str | None:
    if leg.country is not None:
        return leg.country
    if leg.unlocode is not None:
        return leg.unlocode.country
    return "US" if leg.schedule_d is not None else None
