"""All entries of the world in the order of their days: honest trade and what networks ship."""

from dataclasses import dataclass

import numpy as np

from training.synthetic.draws import Draws, Flags, Floats, Ints, Pools, pick
from training.synthetic.networks import HiddenEvents, Networks
from training.synthetic.parties import Importers, Suppliers
from training.synthetic.plan import Plan
from training.synthetic.tables import Tables

NOBODY = -1  # network of honest trade
PARCEL_SHARE = 0.35  # of vehicle and aircraft parts from China, honest or not (invented)
USUAL_IMPORTER = (0.6, 0.25, 0.15)
GROWTH = 0.10  # of trade over the window
WEEKDAYS = (1.0, 1.0, 1.0, 1.0, 1.0, 0.15, 0.05)  # from Monday


@dataclass(frozen=True, slots=True)
class Traffic:
    """Entries by day, arrays (n,): goods, origin, parties, and the truth about them.

    `network` is NOBODY for honest trade; a network's `supplier` is a slot until enforcement has
    played out (training/synthetic/enforcement.py) and `importer` follows it.
    """

    day: Ints
    good: Ints
    country: Ints
    supplier: Ints
    importer: Ints
    network: Ints
    slot: Ints
    which_importer: Ints
    nexus: Flags
    parcel: Flags

    def in_order(self, rng: np.random.Generator) -> "Traffic":
        """Return the entries by day, in no order within a day: it must not tell who ships."""
        order = np.lexsort((rng.random(len(self.day)), self.day))
        return Traffic(*(getattr(self, name)[order] for name in self.__slots__))


def business_days(plan: Plan) -> tuple[Ints, Floats]:
    """Return the days of the window as ordinals and how busy each is (d,)."""
    days = np.arange(plan.starts.toordinal(), plan.ends.toordinal() + 1)
    weights = np.array(WEEKDAYS)[(days - 1) % 7] * np.linspace(1.0, 1.0 + GROWTH, len(days))
    return days, weights


def honest_traffic(  # noqa: PLR0913, PLR0917 - who ships what, and how many entries
    plan: Plan, tables: Tables, draws: Draws, suppliers: Suppliers, pools: Pools, count: int
) -> Traffic:
    """Return `count` entries of honest trade."""
    rng = draws.of("honest trade")
    goods, countries, weights = tables.lanes
    lane = pick(rng, weights, count)
    good, country = goods[lane], countries[lane]
    days, busy = business_days(plan)
    day = days[pick(rng, busy, count)]
    family = np.array([each.family for each in tables.goods])[good]
    supplier = draw_active(rng, suppliers, pools, family * len(tables.countries) + country, day)
    parts = np.array([each.industry == "auto" and each.entry_usd < 1e5 for each in tables.goods])
    china = country == tables.country_of["CN"]
    parcel = parts[good] & (rng.random(count) < np.where(china, PARCEL_SHARE, 0.05))
    return Traffic(
        day=day,
        good=good,
        country=country,
        supplier=supplier,
        importer=np.full(count, NOBODY),
        network=np.full(count, NOBODY),
        slot=np.zeros(count, dtype=np.int64),
        which_importer=pick(rng, np.array(USUAL_IMPORTER), count),
        nexus=np.zeros(count, dtype=bool),
        parcel=parcel,
    )


def draw_active(
    rng: np.random.Generator, suppliers: Suppliers, pools: Pools, group: Ints, day: Ints
) -> Ints:
    """Return a supplier of each lane group that is active on the day (n,).

    Drawn up to four times; a lane without anyone active on the day keeps the last draw.
    """
    found = pools.draw(rng, group)
    for _ in range(3):
        idle = (day < suppliers.first_day[found]) | (day > suppliers.last_day[found])
        rows = np.flatnonzero(idle)
        found[rows] = pools.draw(rng, group[rows])
    return found


def hidden_traffic(  # noqa: PLR0913, PLR0917 - networks, what they ship, and who could ship instead
    plan: Plan,
    tables: Tables,
    draws: Draws,
    networks: Networks,
    events: HiddenEvents,
    suppliers: Suppliers,
    pools: Pools,
) -> Traffic:
    """Return the entries of networks; without repeat suppliers, ordinary ones ship each by chance.

    A lane that honest trade does not have falls to the network's front all the same.
    """
    rng = draws.of("hidden trade")
    channels = networks.channel[events.network]
    country = np.array([each.country for each in tables.channels])[channels]
    supplier = np.full(len(channels), NOBODY)
    which_importer = events.which_importer
    if not plan.mechanisms.repeat_suppliers:
        family = np.array([each.family for each in tables.goods])[events.good]
        group = family * len(tables.countries) + country
        supplier = draw_active(rng, suppliers, pools, group, events.day)
        which_importer = pick(rng, np.array(USUAL_IMPORTER), len(channels))
    auto = np.array([each.industry == "auto" for each in tables.goods])[events.good]
    china = country == tables.country_of["CN"]
    parcel = auto & china & (rng.random(len(channels)) < PARCEL_SHARE)
    return Traffic(
        day=events.day,
        good=events.good,
        country=country,
        supplier=supplier,
        importer=np.full(len(channels), NOBODY),
        network=events.network,
        slot=events.slot,
        which_importer=which_importer,
        nexus=events.nexus,
        parcel=parcel | networks.surge[events.network],
    )


def joined(one: Traffic, other: Traffic, draws: Draws) -> Traffic:
    """Return the entries of both in the order of their days."""
    return Traffic(
        *(np.concatenate((getattr(one, n), getattr(other, n))) for n in Traffic.__slots__)
    ).in_order(draws.of("order"))


def usual_importer(
    traffic: Traffic, suppliers: Suppliers, importers: Importers, supplier: Ints
) -> Ints:
    """Return the importer of each entry (n,): one of its supplier's, in business on the day.

    Where the chosen one was not yet in business, the supplier's oldest is taken.
    """
    own = suppliers.importers[supplier]
    rows = np.arange(len(supplier))
    chosen = own[rows, traffic.which_importer]
    oldest = own[rows, np.argmin(importers.first_day[own], axis=1)]
    return np.where(importers.first_day[chosen] > traffic.day, oldest, chosen)
