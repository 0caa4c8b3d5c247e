"""Claimed against generated: what an outsider counts in the files, beside the published figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from training.synthetic.draws import Flags, Strings
from training.synthetic.tables import industry_of, read_table

TOLERANCE = 0.10  # of the published figure
_RELEASES = {"released_not_applicable", "released_exception", "released_other_reason"}
_FY24_ENDS, _AUGUST = date(2024, 9, 30), date(2025, 8, 15)
_PARCELS_END = date(2025, 1, 31)


@dataclass(frozen=True, slots=True)
class Marginal:
    """One claim: the published figure, what the files give, and over how many it was counted."""

    claim: str
    part: str
    unit: str
    published: float
    generated: float
    counted: int
    source: str

    @property
    def gap(self) -> float:
        """Generated over published, less one."""
        return self.generated / self.published - 1

    @property
    def holds(self) -> bool:
        """Whether it is within TOLERANCE."""
        return abs(self.gap) <= TOLERANCE


@dataclass(frozen=True, slots=True)
class _Stops:
    """Stopped entries, arrays (s,), as the files show them; `examined` counts the others."""

    day: Strings
    origin: Strings
    industry: Strings
    value: Strings
    released: Flags
    examined: int
    entries: int

    def within(self, first: date, last: date) -> Flags:
        """Return which stops (s,) were filed from `first` to `last`."""
        return np.array([first <= day <= last for day in self.day], dtype=bool)


def marginals(lines: pa.Table, outcomes: pa.Table, enrichment: float) -> list[Marginal]:
    """Return every published claim with what `lines` and `outcomes` give for it.

    `enrichment` restates the share of stops at the real base rate.
    """
    stops = _stops(lines, outcomes)
    early = stops.within(date.min, _FY24_ENDS)
    parcels = stops.within(date(2024, 10, 1), _PARCELS_END)
    fy25 = stops.within(date(2024, 10, 1), _AUGUST)
    found = []
    for row in read_table("published"):
        count = _COUNTS[row["claim"]]
        generated, counted = count(stops, row["part"], _Periods(early, parcels, fy25), enrichment)
        found.append(
            Marginal(
                claim=row["claim"],
                part=_named(row["part"], row["compared_over"]),
                unit=row["unit"],
                published=float(row["value"]),
                generated=generated,
                counted=counted,
                source=row["source"],
            )
        )
    return found


def _named(part: str, period: str) -> str:
    return part if part == period else f"{part}, {period}"


@dataclass(frozen=True, slots=True)
class _Periods:
    early: Flags
    parcels: Flags
    fy25: Flags


def _stops(lines: pa.Table, outcomes: pa.Table) -> _Stops:
    numbers = lines["entry_number"].to_numpy(zero_copy_only=False)
    first = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
    place = {number: at for at, number in enumerate(numbers[first].tolist())}
    values = np.add.reduceat(
        lines["entered_value_usd"].cast(pa.float64()).to_numpy(zero_copy_only=False), first
    )
    codes = outcomes["code"].to_pylist()
    entries = outcomes["entry_number"].to_pylist()
    ends = dict(zip(entries, codes, strict=True))  # rows come in the order of their known days
    pairs = zip(entries, codes, strict=True)
    stopped = list(dict.fromkeys(entry for entry, code in pairs if code == "detained_pending"))
    chosen = first[[place[entry] for entry in stopped]]
    headings = lines["hts"].take(pa.array(chosen)).to_pylist()
    return _Stops(
        day=np.array(lines["entry_date"].take(pa.array(chosen)).to_pylist(), dtype=object),
        origin=np.array(lines["origin_country"].take(pa.array(chosen)).to_pylist(), dtype=object),
        industry=np.array([industry_of(each) for each in headings], dtype=object),
        value=values[[place[entry] for entry in stopped]],
        released=np.array([ends[entry] in _RELEASES for entry in stopped], dtype=bool),
        examined=codes.count("examined_clear"),
        entries=len(first),
    )


Counted = tuple[float, int]


def _share(of: Flags, among: Flags) -> Counted:
    count = int(among.sum())
    return (float((of & among).sum() / count) if count else float("nan")), count


def _by_origin(stops: _Stops, part: str, when: _Periods, _factor: float) -> Counted:
    return _share(stops.origin == part, when.early)


def _by_industry(stops: _Stops, part: str, when: _Periods, _factor: float) -> Counted:
    among = when.parcels if part == "auto" else when.early
    return _share(stops.industry == part, among)


def _vietnam(stops: _Stops, part: str, when: _Periods, _factor: float) -> Counted:
    return _share(stops.industry == part, when.early & (stops.origin == "VN"))


def _auto(stops: _Stops, part: str, when: _Periods, _factor: float) -> Counted:
    return _share(stops.origin == part, when.parcels & (stops.industry == "auto"))


def _released(stops: _Stops, part: str, when: _Periods, _factor: float) -> Counted:
    return _share(stops.released, when.early if part == "FY2022-24" else when.fy25)


def _against(stops: _Stops, part: str, when: _Periods, _factor: float) -> Counted:
    among = when.parcels if part == "FY2025 Oct-Jan" else when.fy25
    early = int(when.early.sum())
    return (float(among.sum() / early) if early else float("nan")), len(stops.day)


def _detained(stops: _Stops, _part: str, _when: _Periods, _factor: float) -> Counted:
    targeted = len(stops.day) + stops.examined
    return (len(stops.day) / targeted if targeted else float("nan")), targeted


def _value(stops: _Stops, part: str, when: _Periods, _factor: float) -> Counted:
    if part == "auto of CN":
        among = when.parcels & (stops.industry == "auto") & (stops.origin == "CN")
    else:
        among = when.early & (stops.industry == part)
    count = int(among.sum())
    return (float(stops.value[among].mean()) if count else float("nan")), count


def _one_in(stops: _Stops, _part: str, _when: _Periods, factor: float) -> Counted:
    count = len(stops.day)
    return (stops.entries / count * factor if count else float("nan")), count


_COUNTS: dict[str, Callable[[_Stops, str, _Periods, float], Counted]] = {
    "stops by origin": _by_origin,
    "stops by industry": _by_industry,
    "stops of VN by industry": _vietnam,
    "stops of auto by origin": _auto,
    "stops released": _released,
    "stops against FY2022-24": _against,
    "detained of targeted": _detained,
    "value of a stop": _value,
    "entries for one stop": _one_in,
}


def shown(value: float) -> str:
    """Return a figure for a person: whole from a hundred up, else four digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.4g}"


def as_markdown(found: Sequence[Marginal]) -> str:
    """Return the claims as a Markdown table."""
    head = "| claim | published | generated | gap | counted over |\n|---|---|---|---|---|\n"
    rows = [
        f"| {each.claim}: {each.part} | {shown(each.published)} | {shown(each.generated)} "
        f"| {each.gap:+.1%} | {each.counted:,} |"
        for each in found
    ]
    return head + "\n".join(rows) + "\n"
