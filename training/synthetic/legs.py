"""Legs of each route as they are declared, and how many days they take."""

from dataclasses import dataclass

import numpy as np

from training.synthetic.draws import Draws, Flags, Ints, Strings, pick
from training.synthetic.journeys import (
    AIR,
    ENDS_ONLY,
    NO_STUFFING,
    NO_TRACE,
    NOTHING,
    TRUCK,
    VESSEL,
    Journeys,
)
from training.synthetic.tables import Tables, read_table
from training.synthetic.traffic import Traffic

NOWHERE = 0  # code of a leg that is not there
CHINESE_PORTS = ("CNSHA", "CNNGB", "CNYTN", "CNXMN", "CNNSA", "CNTAO")
CHINESE_PORT_WEIGHTS = (30.0, 24.0, 26.0, 8.0, 8.0, 4.0)
VAGUE = 0.4  # of routes of which only the ends are declared: countries instead of ports
WAYS = ((VESSEL, "vessel"), (AIR, "air"), (TRUCK, "truck"))
# Usual days at sea to the United States (invented, of the usual order).
EUROPE_DAYS = 15
SEA_DAYS = {
    **dict.fromkeys(("CN", "KR", "JP", "TW", "HK"), 18), "RU": 23,
    **dict.fromkeys(("VN", "TH", "MY", "KH", "ID", "PH", "MM", "SG"), 25),
    **dict.fromkeys(("IN", "BD", "PK", "LK"), 32), **dict.fromkeys(("AU", "NZ", "ZA"), 26),
    **dict.fromkeys(("CL", "PE", "EC", "BR"), 16), **dict.fromkeys(("CO", "CR", "GT", "HN"), 6),
    **dict.fromkeys(("NI", "MX", "CA"), 7), **dict.fromkeys(("KZ", "UZ", "MN", "LA", "NP"), 38),
}  # fmt: skip


# Cargo waits: rolled bookings, a train to the port, an export dated at the factory (invented).
WAITING, WAIT_DAYS = 0.3, 12.0  # share of entries, mean days of the exponential


@dataclass(frozen=True, slots=True)
class Legs:
    """Declared legs of each entry as text ("" undeclared), port of entry, days on the way (n,).

    `laden_in` is the country where the goods were truly laden, alpha-2.
    """

    text: Strings
    port_of_entry: Strings
    days: Ints
    laden_in: Strings


class _Codes:
    """Numbers for the places of legs; NOWHERE is ""."""

    def __init__(self) -> None:
        self.names = [""]
        self._at = {"": NOWHERE}

    def of(self, name: str) -> int:
        if name not in self._at:
            self._at[name] = len(self.names)
            self.names.append(name)
        return self._at[name]

    def each(self, names: list[str]) -> Ints:
        return np.array([self.of(name) for name in names], dtype=np.int64)


def make_legs(
    tables: Tables, draws: Draws, traffic: Traffic, journeys: Journeys, place: Ints
) -> Legs:
    """Return the legs of all entries; `place` (n,) is where the goods of each set out."""
    rng = draws.of("legs")
    codes = _Codes()
    vessel = journeys.way == VESSEL
    country = codes.each(list(tables.countries))[traffic.country]
    port = codes.each([each.port or each.country for each in tables.places])[place]
    lading = np.where(vessel, port, country)
    stuffing = codes.each([each.unlocode for each in tables.places])[place]
    stuffing = np.where(vessel, stuffing, NOWHERE)
    hub = np.where(vessel, _hubs(tables, rng, codes, traffic, port), NOWHERE)
    for at, trace in enumerate(journeys.traces):
        rows = np.flatnonzero(journeys.trace == at)
        if trace.shows:
            big = codes.each(list(CHINESE_PORTS))
            big = big[pick(rng, np.array(CHINESE_PORT_WEIGHTS), len(rows))]
            stuffing[rows] = _leg(trace.stuffing, codes, stuffing[rows], big)
            lading[rows] = _leg(trace.lading, codes, lading[rows], big)
            hub[rows] = _leg(trace.hub, codes, port[rows], big)
    hub = np.where(hub == lading, NOWHERE, hub)
    unlading, entry_port = _arrivals(rng, codes, journeys)
    vague = (journeys.openness == ENDS_ONLY) & (rng.random(len(place)) < VAGUE)
    legs = np.stack([stuffing, lading, hub, unlading])
    return Legs(
        text=_texts(codes.names, legs, journeys.openness, vague),
        port_of_entry=entry_port,
        days=_days(tables, rng, traffic, journeys, hub != NOWHERE),
        laden_in=np.array([each[:2] for each in codes.names], dtype=object)[lading],
    )


def _leg(wanted: str, codes: _Codes, own: Ints, big: Ints) -> Ints:
    """Return the place of a trace's leg: the maker's own, a large Chinese port, or a named one."""
    if wanted == "=":
        return own
    return big if wanted == "CN*" else np.full(len(own), codes.of(wanted))


def _hubs(
    tables: Tables, rng: np.random.Generator, codes: _Codes, traffic: Traffic, port: Ints
) -> Ints:
    """Return where honest cargo is relayed: by port of lading, else by country, else nowhere."""
    hubs: dict[str, list[tuple[str, float]]] = {}
    for row in read_table("hubs"):
        hubs.setdefault(row["from"], []).append((row["hub"], float(row["share"])))
    found = np.full(len(port), NOWHERE)
    for number in np.unique(port):
        name = codes.names[number]
        rows = np.flatnonzero(port == number)
        options = hubs.get(name, hubs.get(name[:2], []))
        shares = np.array([share for _, share in options] + [1 - sum(s for _, s in options)])
        relays = codes.each([hub for hub, _ in options] + [""])
        found[rows] = relays[pick(rng, shares, len(rows))]
    return found


def _arrivals(rng: np.random.Generator, codes: _Codes, journeys: Journeys) -> tuple[Ints, Strings]:
    """Return where each entry is unladen, and its port of entry (Schedule D)."""
    table = read_table("arrivals")
    unlading = np.full(len(journeys.way), NOWHERE)
    port = np.empty(len(journeys.way), dtype=object)
    for way, name in WAYS:
        rows = np.flatnonzero(journeys.way == way)
        options = [row for row in table if row["way"] == name]
        chosen = pick(rng, np.array([float(row["weight"]) for row in options]), len(rows))
        unlading[rows] = codes.each([row["unlading"] for row in options])[chosen]
        port[rows] = np.array([row["port_of_entry"] for row in options], dtype=object)[chosen]
    return unlading, port


def _texts(names: list[str], legs: Ints, openness: Ints, vague: Flags) -> Strings:
    """Return "stuffing:A|lading:B|transshipment:C|unlading:D" of what is declared (n,)."""
    roles = ("stuffing", "lading", "transshipment", "unlading")
    declared = legs.copy()
    declared[0, openness >= NO_STUFFING] = NOWHERE
    declared[2, openness >= ENDS_ONLY] = NOWHERE
    declared[:, openness == NOTHING] = NOWHERE
    size = len(names)
    key = ((declared[0] * size + declared[1]) * size + declared[2]) * size + declared[3]
    different, which = np.unique(key * 2 + vague, return_inverse=True)
    texts = np.empty(len(different), dtype=object)
    for at, number in enumerate(different.tolist()):
        rest, only_country = divmod(number, 2)
        places = []
        for _ in roles:
            rest, place = divmod(rest, size)
            places.append(names[place][:2] if only_country else names[place])
        texts[at] = "|".join(
            f"{role}:{place}" for role, place in zip(roles, reversed(places), strict=True) if place
        )
    return texts[which]


def _days(
    tables: Tables,
    rng: np.random.Generator,
    traffic: Traffic,
    journeys: Journeys,
    relayed: Flags,
) -> Ints:
    """Return days from export to arrival; a wait, a relay and the way of a trace take longer."""
    sea = np.array([SEA_DAYS.get(each, EUROPE_DAYS) for each in tables.countries])
    count, at_sea = len(relayed), sea[traffic.country]
    usual = np.where(journeys.way == AIR, 3, np.where(journeys.way == TRUCK, 2, at_sea))
    days = usual * np.exp(rng.normal(0.0, 0.16, count))
    days += np.where(relayed, rng.uniform(3, 9, count), 0.0)
    waits = (rng.random(count) < WAITING) & (journeys.way == VESSEL)
    days += np.where(waits, rng.exponential(WAIT_DAYS, count), 0.0)
    shows = np.array([each.shows for each in journeys.traces])
    traced = (journeys.trace != NO_TRACE) & shows[np.maximum(journeys.trace, 0)]
    days += np.where(traced & traffic.nexus, rng.uniform(1, 7, count), 0.0)
    return np.maximum(np.round(days), 1).astype(np.int64)
