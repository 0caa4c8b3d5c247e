"""Lines of each entry and what they are worth: value, weight, quantity; and the scale of it all."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from training.synthetic.draws import Draws, Flags, Floats, Ints, pick
from training.synthetic.enforcement import Case
from training.synthetic.networks import SURGE_ENDS, SURGE_STARTS
from training.synthetic.plan import Plan
from training.synthetic.tables import Tables, read_table
from training.synthetic.traffic import Traffic

# All invented.
LINES = (0.78, 0.15, 0.05, 0.02)  # share of entries with 1, 2, 3, 4 lines
NEXUS_LINES = 0.5  # of further lines of an entry of forced labour
UNDERVALUED_SHARE = 0.6  # of lines of forced labour
UNDERVALUED = 0.7  # declared price of undervalued goods against the usual one
PARCEL_USD = 1900.0
SIZE_SPREAD, PRICE_SPREAD, MAKER_SPREAD, COUNTRY_SPREAD = 0.8, 0.26, 0.1, 0.12
FY24_ENDS = date(2024, 9, 30)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines in the order of their entries, arrays (l,): values USD, weights kg."""

    entry: Ints
    number: Ints
    good: Ints
    code: Ints
    nexus: Flags
    undervalued: Flags
    value: Floats
    weight: Floats
    quantity: Floats


def make_lines(plan: Plan, tables: Tables, draws: Draws, traffic: Traffic, supplier: Ints) -> Lines:
    """Return the lines of all entries; `supplier` (n,) is who ships each entry."""
    rng = draws.of("lines")
    count = 1 + pick(rng, np.array(LINES), len(traffic.day))
    count[traffic.parcel] = 1
    entry = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count) + 1
    good = _line_goods(tables, rng, traffic, entry, number)
    codes = np.array([len(each.codes) for each in tables.goods])[good]
    later = (number > 1) & (rng.random(len(entry)) >= NEXUS_LINES)
    nexus = traffic.nexus[entry] & ~later
    share = UNDERVALUED_SHARE / 2 if plan.shift == "values" else UNDERVALUED_SHARE
    undervalued = nexus & plan.mechanisms.undervaluation & (rng.random(len(entry)) < share)
    value, weight, quantity = _amounts(
        tables, draws, traffic, supplier, entry, good, undervalued, count[entry]
    )
    return Lines(
        entry=entry,
        number=number,
        good=good,
        code=(rng.random(len(entry)) ** 1.5 * codes).astype(np.int64),
        nexus=nexus,
        undervalued=undervalued,
        value=value,
        weight=weight,
        quantity=quantity,
    )


def _line_goods(
    tables: Tables, rng: np.random.Generator, traffic: Traffic, entry: Ints, number: Ints
) -> Ints:
    """Return the good of each line: the entry's, later ones often another of its family."""
    good = traffic.good[entry]
    family = np.array([each.family for each in tables.goods])
    order = np.argsort(family, kind="stable")
    starts = np.searchsorted(family[order], np.arange(len(tables.families)))
    sizes = np.bincount(family, minlength=len(tables.families))
    inside = family[good]
    other = order[starts[inside] + (rng.random(len(good)) * sizes[inside]).astype(np.int64)]
    changes = (number > 1) & (rng.random(len(good)) < 0.6)
    return np.where(changes, other, good)


def _amounts(  # noqa: PLR0913, PLR0917 - what decides the price of a line
    tables: Tables,
    draws: Draws,
    traffic: Traffic,
    supplier: Ints,
    entry: Ints,
    good: Ints,
    undervalued: Flags,
    lines: Ints,
) -> tuple[Floats, Floats, Floats]:
    rng = draws.of("amounts")
    usual = np.array([each.entry_usd for each in tables.goods])[good] / lines
    usual = np.where(traffic.parcel[entry], PARCEL_USD, usual)
    spread = np.where(traffic.parcel[entry], 0.6, SIZE_SPREAD)
    fair = usual * np.exp(rng.normal(0.0, 1.0, len(entry)) * spread)
    country = np.exp(rng.normal(0.0, COUNTRY_SPREAD, (len(tables.goods), len(tables.countries))))
    maker = np.exp(rng.normal(0.0, MAKER_SPREAD, int(supplier.max()) + 1))
    price = np.array([each.usd_per_kg for each in tables.goods])[good]
    price = price * country[good, traffic.country[entry]] * maker[supplier[entry]]
    price = price * np.exp(rng.normal(0.0, PRICE_SPREAD, len(entry)))
    weight = fair / price
    value = np.where(undervalued, fair * UNDERVALUED, fair)
    per_unit = np.array([each.kg_per_unit for each in tables.goods])[good]
    quantity = weight / per_unit * np.exp(rng.normal(0.0, 0.06, len(entry)))
    return value, weight, quantity


def scaled_to_published(tables: Tables, traffic: Traffic, lines: Lines, cases: Case) -> Lines:
    """Return the lines with amounts multiplied by one factor for each claimed class of goods.

    Classes: electronics, apparel, and parcels; the factor brings the mean value of a stop to the
    published one. It is the same for honest goods and others, and leaves value per kilogram alone.
    """
    industry = np.array([each.industry for each in tables.goods])[lines.good]
    parcel = traffic.parcel[lines.entry]
    stops = cases.entry[cases.stopped]
    early = traffic.day[stops] <= FY24_ENDS.toordinal()
    of_entry = np.array([each.industry for each in tables.goods])[traffic.good[stops]]
    factor = np.ones(len(lines.value))
    for claim, chosen, stopped in (
        (
            "electronics",
            (industry == "electronics") & ~parcel,
            stops[early & (of_entry == "electronics")],
        ),
        ("apparel", (industry == "apparel") & ~parcel, stops[early & (of_entry == "apparel")]),
        ("auto of CN", parcel, stops[_in_surge(traffic.day[stops]) & traffic.parcel[stops]]),
    ):
        wanted = _published_value(claim)
        in_stop = np.isin(lines.entry, stopped)
        inside = lines.value[in_stop & chosen].sum()
        if len(stopped) and inside > 0:
            outside = lines.value[in_stop & ~chosen].sum()
            factor[chosen] = max((wanted * len(stopped) - outside) / inside, 0.1)
    return replace(
        lines,
        value=lines.value * factor,
        weight=lines.weight * factor,
        quantity=lines.quantity * factor,
    )


def _in_surge(day: Ints) -> Flags:
    return (day >= SURGE_STARTS.toordinal()) & (day <= SURGE_ENDS.toordinal())


def _published_value(part: str) -> float:
    rows = read_table("published")
    return next(float(r["value"]) for r in rows
                if r["claim"] == "value of a stop" and r["part"] == part)  # fmt: skip
