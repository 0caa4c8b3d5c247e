"""How each entry travels: by which way, along which trace, and how much of it is declared."""

from dataclasses import dataclass, replace

import numpy as np

from training.synthetic.draws import Draws, Flags, Ints, pick
from training.synthetic.networks import Networks
from training.synthetic.parties import draw_places
from training.synthetic.plan import Plan
from training.synthetic.tables import Tables, Trace, read_table
from training.synthetic.traffic import NOBODY, Traffic

VESSEL, AIR, TRUCK = 0, 1, 2
FULL, NO_STUFFING, ENDS_ONLY, NOTHING = 0, 1, 2, 3
OPENNESS = (0.55, 0.15, 0.15, 0.15)  # how much of the route is declared (invented)
OVERLAND = 0.8  # of trade with Canada and Mexico
NO_TRACE = -1


@dataclass(frozen=True, slots=True)
class Journeys:
    """Of each entry (n,): way, position of its trace in `traces` or NO_TRACE, openness."""

    way: Ints
    trace: Ints
    openness: Ints
    traces: tuple[Trace, ...]

    def shown(self) -> Flags:
        """Return which entries (n,) declare legs that differ from an ordinary route."""
        relayed = np.array([each.hub != "" for each in self.traces])
        laden = np.array([each.lading != "=" for each in self.traces])
        stuffed = np.array([each.stuffing != "=" for each in self.traces])
        at = np.maximum(self.trace, 0)
        has = self.trace != NO_TRACE
        full = relayed[at] | laden[at] | stuffed[at]
        partly = relayed[at] | laden[at]
        by_openness = np.stack([full, partly, laden[at], np.zeros(len(at), dtype=bool)])
        found: Flags = has & by_openness[self.openness, np.arange(len(at))]
        return found


def shifted_traces(plan: Plan, tables: Tables) -> tuple[Trace, ...]:
    """Return the traces; the shift "routes" relays elsewhere and leaves half as many."""
    if plan.shift != "routes":
        return tables.traces
    elsewhere = {"KRPUS": "JPYOK", "CNDLC": "CNYIK", "HKHKG": "TWKHH"}
    return tuple(
        replace(
            each,
            weight=each.weight / 2 if each.shows else each.weight + (1 - each.weight) / 2,
            hub=elsewhere.get(each.hub, each.hub),
            lading=elsewhere.get(each.lading, each.lading),
        )
        for each in tables.traces
    )


def plan_journeys(
    plan: Plan, tables: Tables, draws: Draws, traffic: Traffic, networks: Networks
) -> Journeys:
    """Return the journeys of all entries; legs are named later, when the maker is known."""
    count = len(traffic.day)
    way = _ways(tables, draws.of("ways"), traffic)
    traces = shifted_traces(plan, tables)
    trace = np.full(count, NO_TRACE)
    named = tuple(dict.fromkeys(each.trace for each in traces))
    if plan.mechanisms.route_laundering:
        channel_traces = np.array([named.index(each.trace) for each in tables.channels])
        rows = np.flatnonzero(traffic.nexus & (way == VESSEL))
        wanted = channel_traces[networks.channel[traffic.network[rows]]]
        trace[rows] = _trace_rows(draws.of("traces"), traces, named, wanted)
    if plan.mechanisms.honest_lookalikes:
        rng = draws.of("lookalikes")
        for row in read_table("lookalikes"):
            alike = (
                (traffic.country == tables.country_of[row["origin"]])
                & (way == VESSEL)
                & ~traffic.nexus
                & (trace == NO_TRACE)
                & (rng.random(count) < float(row["share"]))
            )
            rows = np.flatnonzero(alike)
            wanted = np.full(len(rows), named.index(row["trace"]))
            trace[rows] = _trace_rows(rng, traces, named, wanted, shows=True)
    openness = np.full(count, FULL)
    if plan.mechanisms.missing_legs:
        openness = pick(draws.of("openness"), np.array(OPENNESS), count)
    return Journeys(way, trace, openness, traces)


def _ways(tables: Tables, rng: np.random.Generator, traffic: Traffic) -> Ints:
    count = len(traffic.day)
    air = np.array([each.air_share for each in tables.goods])[traffic.good]
    by_air = (rng.random(count) < air) | (traffic.parcel & (rng.random(count) < 0.9))
    neighbours = [tables.country_of[code] for code in ("CA", "MX")]
    overland = np.isin(traffic.country, neighbours) & (rng.random(count) < OVERLAND)
    return np.where(overland, TRUCK, np.where(by_air, AIR, VESSEL)).astype(np.int64)


def _trace_rows(
    rng: np.random.Generator,
    traces: tuple[Trace, ...],
    named: tuple[str, ...],
    wanted: Ints,
    *,
    shows: bool = False,
) -> Ints:
    """Return a row of the wanted trace for each (k,); with `shows` only rows that show."""
    found = np.full(len(wanted), NO_TRACE)
    for at, name in enumerate(named):
        rows = np.flatnonzero(wanted == at)
        options = [
            place for place, each in enumerate(traces)
            if each.trace == name and (each.shows or not shows)
        ]  # fmt: skip
        weights = np.array([traces[place].weight for place in options])
        found[rows] = np.array(options)[pick(rng, weights, len(rows))]
    return found


def set_out_from(plan: Plan, tables: Tables, draws: Draws, traffic: Traffic, place: Ints) -> Ints:
    """Return where the goods of each entry set out (n,): where the maker at `place` is.

    Without route laundering, hidden goods of makers at a border set out from anywhere in their
    country, so that their routes are those of any goods.
    """
    if plan.mechanisms.route_laundering:
        return place
    makers = sorted({at for each in tables.channels for at in each.makers})
    rows = np.flatnonzero((traffic.network != NOBODY) & np.isin(place, makers))
    family = np.array([each.family for each in tables.goods])[traffic.good[rows]]
    found = place.copy()
    found[rows] = draw_places(draws.of("set out"), tables, family, traffic.country[rows])
    return found
