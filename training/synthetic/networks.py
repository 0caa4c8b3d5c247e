"""Hidden networks: fronts that ship goods of forced labour again and again, through importers."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from training.synthetic.draws import Draws, Flags, Floats, Ints, Pools, pick, shared_out
from training.synthetic.parties import (
    Importers,
    Suppliers,
    described_importers,
    described_suppliers,
    draw_places,
)
from training.synthetic.plan import Plan
from training.synthetic.tables import Tables

# All invented.
EVENTS_OF_A_NETWORK = 15.0  # shipments of forced labour in its life
FRONTS = 10  # suppliers a network can put forward one after another
SHELLS = 0.5  # share of fronts with a shell importer of their own
COVER = 0.5  # honest shipments of a front for each of forced labour
SURGE_SHARE = 0.22  # of all nexus: small parcels of vehicle parts, while enforcement looked there
SURGE_STARTS, SURGE_ENDS = date(2024, 10, 1), date(2025, 1, 31)
SURGE_KIND = "xinjiang_auto"


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks, arrays (w,): channel, life as ordinals, slots (suppliers at a time), surge.

    Fronts of network i are suppliers `first_front` + i * FRONTS and following.
    """

    channel: Ints
    starts: Ints
    ends: Ints
    slots: Ints
    surge: Flags
    first_front: int


@dataclass(frozen=True, slots=True)
class HiddenEvents:
    """Shipments of networks, arrays (h,): whose, when, of what, and whether of forced labour.

    `slot` is which of the network's suppliers of the moment ships, `which_importer` through whom.
    """

    network: Ints
    day: Ints
    good: Ints
    nexus: Flags
    slot: Ints
    which_importer: Ints


def channel_weights(plan: Plan, tables: Tables) -> Floats:
    """Return how often each channel is used (c,); the shift "lanes" turns their order around."""
    weights = np.array([each.weight for each in tables.channels])
    return weights[::-1].copy() if plan.shift == "lanes" else weights


def make_networks(  # noqa: PLR0913, PLR0917 - they grow out of all ordinary parties
    plan: Plan,
    tables: Tables,
    draws: Draws,
    importers: Importers,
    importer_pools: Pools,
    suppliers: Suppliers,
) -> tuple[Networks, HiddenEvents, Importers, Suppliers]:
    """Return the networks, what they ship, and all parties with fronts and shells added."""
    rng = draws.of("networks")
    wanted = round(plan.nexus_share * plan.entries)
    surge = round(SURGE_SHARE * wanted) if plan.mechanisms.enforcement_focus else 0
    by_channel = np.bincount(
        shared_out(rng, channel_weights(plan, tables), wanted - surge),
        minlength=len(tables.channels),
    )
    channel, sizes, in_surge = _founded(tables, by_channel, surge)
    starts, ends = _lives(plan, rng, in_surge)
    fronts = len(channel) * FRONTS
    family = np.array([tables.goods[tables.channels[c].goods[0]].family for c in channel])
    own_importers, shells = _front_importers(
        plan, rng, np.repeat(family, FRONTS), importer_pools, len(importers.names)
    )
    made = Networks(
        channel=channel,
        starts=starts,
        ends=ends,
        slots=1 + (rng.random(len(channel)) < 0.3).astype(np.int64),
        surge=in_surge,
        first_front=len(suppliers.place),
    )
    added = described_suppliers(
        draws.of("front names"), tables, plan.mechanisms,
        _front_places(plan, tables, draws, np.repeat(channel, FRONTS)), np.repeat(family, FRONTS),
        first=np.zeros(fronts, dtype=np.int64), last=np.full(fronts, plan.ends.toordinal()),
        importers=np.concatenate((own_importers, own_importers[:, :1]), axis=1),
    )  # fmt: skip
    shell_rows = described_importers(
        draws.of("shells"), np.zeros(shells, dtype=np.int64), len(importers.names)
    )
    events = _events(plan, tables, draws, made, sizes)
    return made, events, importers.plus(shell_rows), suppliers.plus(added)


def _founded(tables: Tables, by_channel: Ints, surge: int) -> tuple[Ints, Ints, Flags]:
    """Return channel and number of nexus shipments of each network, and which are of the surge."""
    channel: list[int] = []
    sizes: list[int] = []
    for at, count in enumerate(by_channel.tolist()):
        networks = min(count, max(1, round(count / EVENTS_OF_A_NETWORK)))
        for share in np.array_split(np.arange(count), networks) if networks else []:
            channel.append(at)
            sizes.append(len(share))
    ordinary = len(channel)
    parcels = next(at for at, each in enumerate(tables.channels) if each.kind == SURGE_KIND)
    networks = min(surge, max(1, round(surge / 12)))
    for share in np.array_split(np.arange(surge), networks) if networks else []:
        channel.append(parcels)
        sizes.append(len(share))
    return np.array(channel), np.array(sizes), np.arange(len(channel)) >= ordinary


def _lives(plan: Plan, rng: np.random.Generator, in_surge: Flags) -> tuple[Ints, Ints]:
    """Return first and last day of each network; networks of the surge live in it."""
    first, last = plan.starts.toordinal(), plan.ends.toordinal()
    months = rng.uniform(7, 18, len(in_surge)) if plan.shift == "parties" else rng.uniform(
        14, 36, len(in_surge)
    )  # fmt: skip
    length = (months * 30.4).astype(np.int64)
    # begun before the window as well as in it, spread evenly: no season has more of them
    even = rng.permutation((np.arange(len(in_surge)) + rng.random(len(in_surge))) / len(in_surge))
    earliest = first - length // 2
    starts = earliest + (even * (last - length // 2 - earliest)).astype(np.int64)
    ends = np.minimum(starts + length, last)
    starts = np.maximum(starts, first)
    starts[in_surge], ends[in_surge] = SURGE_STARTS.toordinal(), SURGE_ENDS.toordinal()
    return starts, ends


def _front_importers(
    plan: Plan, rng: np.random.Generator, family: Ints, pools: Pools, importers: int
) -> tuple[Ints, int]:
    """Return two importers for each front (k, 2), and how many shells were numbered."""
    usual = np.stack([pools.draw(rng, family), pools.draw(rng, family)], axis=1)
    share = 0.9 if plan.shift == "parties" else SHELLS
    has_shell = rng.random(len(family)) < share
    if not plan.mechanisms.shell_importers:
        has_shell[:] = False
    count = int(has_shell.sum())
    usual[has_shell, 1] = importers + np.arange(count)
    return usual, count


def _front_places(plan: Plan, tables: Tables, draws: Draws, channel: Ints) -> Ints:
    """Return a place for each front: where its channel has its makers, else anywhere."""
    rng = draws.of("front places")
    channels = [tables.channels[at] for at in channel.tolist()]
    family = np.array([tables.goods[each.goods[0]].family for each in channels])
    country = np.array([each.country for each in channels])
    places = draw_places(rng, tables, family, country)
    chance = rng.random(len(channels))
    at_makers = rng.random(len(channels))
    if plan.mechanisms.border_makers:
        for at, each in enumerate(channels):
            if each.makers and chance[at] < each.maker_share:
                places[at] = each.makers[int(at_makers[at] * len(each.makers))]
    return places


def _events(
    plan: Plan, tables: Tables, draws: Draws, networks: Networks, sizes: Ints
) -> HiddenEvents:
    rng = draws.of("hidden events")
    cover = np.round(sizes * COVER * (0.8 if plan.mechanisms.enforcement_focus else 1.0))
    network = np.concatenate(
        (np.repeat(np.arange(len(sizes)), sizes),
         np.repeat(np.arange(len(sizes)), cover.astype(np.int64)))
    )  # fmt: skip
    nexus = np.arange(len(network)) < sizes.sum()
    life = (networks.ends - networks.starts)[network]
    day = networks.starts[network] + (rng.random(len(network)) * (life + 1)).astype(np.int64)
    # 1 January of year 1 was a Monday: ordinal 1
    weekend = (day - 1) % 7 >= 5
    day = np.where(weekend & (rng.random(len(day)) < 0.85), day - 2, day)
    return HiddenEvents(
        network=network,
        day=np.maximum(day, networks.starts[network]),
        good=_goods(plan, tables, rng, networks.channel[network]),
        nexus=nexus,
        slot=(rng.random(len(network)) * networks.slots[network]).astype(np.int64),
        which_importer=(rng.random(len(network)) < 0.5).astype(np.int64),
    )


def _goods(plan: Plan, tables: Tables, rng: np.random.Generator, channel: Ints) -> Ints:
    """Return the good of each event: of its channel, or any of its country without the focus."""
    lane_good, lane_country, lane_weight = tables.lanes
    found = np.zeros(len(channel), dtype=np.int64)
    for at in np.unique(channel):
        rows = np.flatnonzero(channel == at)
        each = tables.channels[at]
        if plan.mechanisms.goods_focus:
            found[rows] = np.array(each.goods)[rng.integers(0, len(each.goods), len(rows))]
        else:
            inside = lane_country == each.country
            found[rows] = lane_good[inside][pick(rng, lane_weight[inside], len(rows))]
    return found
