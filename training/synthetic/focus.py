"""Where enforcement looks: how many stops each cell of industry and origin gets in each month."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from training.synthetic.draws import Floats, Ints
from training.synthetic.plan import Plan
from training.synthetic.tables import ANYWHERE, Focus, Tables
from training.synthetic.traffic import Traffic

INDUSTRIES = ("electronics", "apparel", "industrial", "auto", "other")
_PARCEL_PERIODS = ("fy25_parcels", "fy25_rest")  # in which of China's parts only parcels count
DAYS_A_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Month:
    """One month: its entries are `first` up to `last`; `wanted` are stops by focus row (r,)."""

    starts: date
    first: int
    last: int
    rows: tuple[int, ...]
    wanted: Floats


def months(plan: Plan, tables: Tables, traffic: Traffic) -> list[Month]:
    """Return the months of the window with their stops, which sum to the plan's share."""
    bounds = [plan.starts]
    while (following := _next_month(bounds[-1])) <= plan.ends:
        bounds.append(following)
    bounds.append(plan.ends + timedelta(days=1))
    spans = [(b - a).days / DAYS_A_MONTH for a, b in pairwise(bounds)]
    focus = [_rows_on(plan, tables, day) for day in bounds[:-1]]
    rates = [tables.focus[rows[0]].stops_per_month for rows in focus]
    total = sum(rate * span for rate, span in zip(rates, spans, strict=True))
    scale = plan.stop_share * plan.entries / total
    ends = np.searchsorted(traffic.day, [day.toordinal() for day in bounds])
    return [
        Month(
            bounds[at],
            int(ends[at]),
            int(ends[at + 1]),
            rows,
            np.array([tables.focus[row].share for row in rows]) * rates[at] * spans[at] * scale,
        )
        for at, rows in enumerate(focus)
    ]


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _rows_on(plan: Plan, tables: Tables, day: date) -> tuple[int, ...]:
    """Return the focus rows in force on a day: of the latest period begun, or ever the first."""
    begun = [each for each in tables.focus if each.starts <= day]
    period = (begun[-1] if plan.mechanisms.enforcement_focus else tables.focus[0]).period
    return tuple(at for at, each in enumerate(tables.focus) if each.period == period)


def cells(tables: Tables, traffic: Traffic, month: Month) -> Ints:
    """Return the place in `month.rows` of each entry of the month (k,), -1 where none looks."""
    rows = [tables.focus[row] for row in month.rows]
    good = traffic.good[month.first : month.last]
    country = traffic.country[month.first : month.last]
    parcel = traffic.parcel[month.first : month.last]
    industry = np.array([INDUSTRIES.index(each.industry) for each in tables.goods])[good]
    table = _cell_table(tables, rows)
    found: Ints = table[industry, country]
    if rows[0].period in _PARCEL_PERIODS:
        china = country == tables.country_of["CN"]
        found = np.where((industry == INDUSTRIES.index("auto")) & china & ~parcel, -1, found)
    return found


def _cell_table(tables: Tables, rows: list[Focus]) -> Ints:
    """Return the focus row of each industry and country; "other" takes industries without rows."""
    named = {row.industry for row in rows}
    table = np.full((len(INDUSTRIES), len(tables.countries)), -1)
    for wide in (True, False):  # rows for anywhere first, rows of one country over them
        for at, row in enumerate(rows):
            if (row.country == ANYWHERE) != wide:
                continue
            industries = [
                place for place, name in enumerate(INDUSTRIES)
                if name == row.industry or (row.industry == "other" and name not in named)
            ]  # fmt: skip
            columns = slice(None) if wide else tables.country_of[row.country]
            table[industries, columns] = at
    return table
