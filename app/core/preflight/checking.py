"""All checks over one entry: the entry's own fields first, then line by line."""

from collections.abc import Iterator
from datetime import date

from app.core.entry import US_CBP, Entry, Intent
from app.core.preflight.finding import Finding
from app.core.preflight.of_cargo import cargo_findings, origin_findings, route_findings
from app.core.preflight.of_dates import date_findings
from app.core.preflight.of_entry import entry_findings
from app.core.preflight.of_goods import hts_findings, measure_findings, overlay_findings
from app.core.preflight.of_maker import mid_findings, postal_findings
from app.core.reference import ReferencePack

CN_POSTAL_SINCE = date(2023, 3, 18)  # CBP requires the manufacturer's postal code, domain.md 1


def check(
    entry: Entry, pack: ReferencePack, on: date, intent: Intent = Intent.DRAFT
) -> tuple[Finding, ...]:
    """Return the findings on a date, the entry's first, then line by line.

    Rules of CBP alone (numbers, ports, postal code, statistical suffix, MID) are for entries of
    its scheme. `intent` filed also tells of a filing that can't be recognised again.
    """
    return tuple(_findings(entry, pack, on, intent))


def _findings(entry: Entry, pack: ReferencePack, on: date, intent: Intent) -> Iterator[Finding]:
    cbp = entry.identifier_scheme == US_CBP
    yield from entry_findings(entry, pack, intent)
    yield from cargo_findings(entry)
    yield from date_findings(entry, pack)
    yield from route_findings(entry, pack)
    for place, line in enumerate(entry.lines):
        path = f"/lines/{place}"
        yield from hts_findings(line.hts, pack, on, path, cbp=cbp)
        if cbp:
            yield from overlay_findings(line.hts, path)
        yield from measure_findings(line, path)
        yield from origin_findings(entry, line, path)
        if line.manufacturer is not None:
            yield from mid_findings(line, line.manufacturer, f"{path}/manufacturer", cbp=cbp)
            if cbp and on >= CN_POSTAL_SINCE:
                yield from postal_findings(line.manufacturer, pack, f"{path}/manufacturer")
