"""Made-up entries for tests of features and reasons, and the shipped reference pack."""

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from app.core.entry import (
    CountryCode,
    Entry,
    EntryLine,
    EntryType,
    HtsCode,
    LegRole,
    Mid,
    Party,
    RouteLeg,
    ScheduleD,
    ScheduleK,
    TransportMode,
    Unlocode,
)
from app.core.features import FEATURES, LineFacts, line_facts
from app.core.history import History
from app.core.outcomes import OutcomeKind
from app.core.reference import ReferencePack, load_reference
from app.core.screening import Screener

DAY = date(2026, 11, 24)

GARMENTS = "6201407511"  # UFLPA and North Korean labour sector
PENCILS = "9609100000"  # in no sector
COAL = "2701110000"


@cache
def shipped() -> ReferencePack:
    """Return the shipped reference pack."""
    return load_reference()


def party(country: str | None = None, mid: str | None = None, **rest: Any) -> Party:
    """Return a party; codes as plain text."""
    return Party(
        country=None if country is None else CountryCode(country),
        mid=None if mid is None else Mid(mid),
        **rest,
    )


def line(number: int = 1, hts: str = GARMENTS, origin: str = "CN", **rest: Any) -> EntryLine:
    """Return a line; garments from China worth 100 USD unless said otherwise."""
    return EntryLine(
        line_number=number,
        hts=HtsCode(hts),
        origin_country=CountryCode(origin),
        **{"entered_value_usd": Decimal(100), **rest},
    )


def leg(place: str, role: LegRole = LegRole.TRANSSHIPMENT) -> RouteLeg:
    """Return a leg at a country (2 letters), UN/LOCODE, Schedule D (4) or Schedule K (5 digits)."""
    if place.isdigit():
        if len(place) == 4:
            return RouteLeg(role=role, schedule_d=ScheduleD(place))
        return RouteLeg(role=role, schedule_k=ScheduleK(place))
    if len(place) == 2:
        return RouteLeg(role=role, country=CountryCode(place))
    return RouteLeg(role=role, unlocode=Unlocode(place))


def entry(
    *lines: EntryLine,
    export: str | None = None,
    route: tuple[str | RouteLeg, ...] = (),
    mode: str | None = None,
    entry_type: str | None = None,
    **rest: Any,
) -> Entry:
    """Return an entry of `lines` (one by default); route places as `leg` reads them."""
    return Entry(
        lines=lines or (line(),),
        export_country=None if export is None else CountryCode(export),
        route=tuple(each if isinstance(each, RouteLeg) else leg(each) for each in route),
        mode_of_transport=None if mode is None else TransportMode(mode),
        entry_type=None if entry_type is None else EntryType(entry_type),
        **rest,
    )


@cache
def shipped_screener() -> Screener:
    """Return a screener over the shipped tables."""
    return Screener(shipped())


def facts_of(filed: Entry, history: History | None = None, at: date = DAY) -> tuple[LineFacts, ...]:
    """Return the facts of each line, read against `history` (none: nobody was ever seen)."""
    known = (history or History()).read(filed, at)
    return line_facts(filed, known, shipped_screener().screen(filed, at), shipped(), at)


def value_of(
    name: str, filed: Entry, history: History | None = None, *, at: date = DAY, place: int = 0
) -> float:
    """Return the feature `name` of the line at `place` of an entry."""
    (feature,) = (each for each in FEATURES if each.name == name)
    return feature.compute(facts_of(filed, history, at)[place])


_COUNTRIES = st.sampled_from(["CN", "RU", "KP", "VN", "KR", "HK", "US", "DE", "CA"])
_PLACES = ["CNDDG", "CNDLC", "CNURC", "CNSHA", "RUVVO", "KRPUS", "USLAX", "XZ222", "CN", "RU"]
_AMOUNTS = st.decimals(0, 10**13, allow_nan=False, allow_infinity=False, places=2)
_MEASURES = st.none() | st.decimals(0, 10**12, allow_nan=False, allow_infinity=False, places=3)
_CITIES = ["Dandong", "丹东市", "Hunchun", "Urumqi", "Dalian", "Shanghai", "???", "1st Town"]
_DAYS = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))

_parties = st.builds(
    Party,
    name=st.none() | st.sampled_from(["Example Trading Co., Ltd.", "***", "Ltd", "示例公司"]),
    number=st.none() | st.sampled_from(["12-3456789AB", "--"]),
    mid=st.none() | st.sampled_from(["CNEXATRA12DAN", "XAMAPLE"]).map(Mid),
    city=st.none() | st.sampled_from(_CITIES),
    postal_code=st.none() | st.sampled_from(["118000", "830000", "133300", "x"]),
    country=st.none() | _COUNTRIES.map(CountryCode),
)
_legs = st.builds(
    leg,
    st.sampled_from([*_PLACES, "57051", "46238", "99999", "2704"]),
    st.sampled_from(list(LegRole)),
)
_codes = st.sampled_from([GARMENTS, PENCILS, COAL, "030343", "99999999", "854143", "010121"])


def _lines(numbers: list[int]) -> st.SearchStrategy[tuple[EntryLine, ...]]:
    return st.tuples(*(_line(number) for number in numbers))


def _line(number: int) -> st.SearchStrategy[EntryLine]:
    return st.builds(
        EntryLine,
        line_number=st.just(number),
        hts=_codes.map(HtsCode),
        origin_country=_COUNTRIES.map(CountryCode),
        entered_value_usd=_AMOUNTS,
        manufacturer=st.none() | _parties,
        seller=st.none() | _parties,
        quantity=_MEASURES,
        gross_weight_kg=_MEASURES,
        duty_rate_percent=st.none() | st.decimals(0, 10_000, places=2),
        preference=st.none() | st.just("KR"),
    )


entries = st.builds(
    Entry,
    lines=st.integers(1, 3).flatmap(lambda count: _lines(list(range(1, count + 1)))),
    entry_number=st.none() | st.just("B76-0324527-8"),
    filer_code=st.none() | st.just("B76"),
    importer=st.none() | _parties,
    export_country=st.none() | _COUNTRIES.map(CountryCode),
    export_date=_DAYS,
    arrival_date=_DAYS,
    entry_type=st.none() | st.sampled_from(["01", "11", "86"]).map(EntryType),
    mode_of_transport=st.none() | st.sampled_from(["11", "40", "31", "00"]).map(TransportMode),
    route=st.lists(_legs, max_size=5).map(tuple),
)


def busy_history(filed: Entry, at: date = DAY) -> History:
    """Return a history that has seen the parties of `filed` and some of their outcomes."""
    history = History()
    for days in (400, 100, 30, 2):
        day = at - timedelta(days=days)
        history.observe(filed, day)
        kind = OutcomeKind.DENIED if days == 100 else OutcomeKind.CLEARED
        history.settle(filed, None, kind, 1.0, day + timedelta(days=20))
    for kind in (OutcomeKind.DETAINED, OutcomeKind.REVIEW_NEXUS, OutcomeKind.REVIEW_CLEAR):
        history.settle(filed, None, kind, 1.0, at - timedelta(days=50))
    return history
