"""Known chains of places against the way of a line: which one it followed, and by which stops."""

from datetime import date
from typing import NamedTuple

from app.core.entry import EntryLine
from app.core.features.entry_facts import AT_DESTINATION, EntryFacts, Leg
from app.core.features.whereabouts import Whereabouts
from app.core.reference.ways import Chain

OWN_MAKER = 2  # strength of a Russian chain whose Russian maker is of another part of the country
_OF_RUSSIA = frozenset({"far_east", "RU"})


class Stop(NamedTuple):
    """One stop of the goods: what chains may call it, and its name for a person to read."""

    words: frozenset[str]
    name: str


class Followed(NamedTuple):
    """A chain that the goods followed, the names of its stops in order, and how strongly."""

    chain: Chain
    stops: tuple[str, ...]
    strength: int


def followed_chain(
    line: EntryLine, maker: Whereabouts, way: EntryFacts, on: date
) -> Followed | None:
    """Return the strongest chain of the goods whose steps are stops of the line, in order.

    A maker of another part of Russia weakens a chain by Russia: its goods are ordinary there.
    """
    best: Followed | None = None
    stops = stops_of(maker, way)
    for chain in way.reference.ways.chains_of(line.hts, line.origin_country, on):
        found = chain.places_in(stop.words for stop in stops)
        if not found:
            continue
        strength = chain.strength
        if _is_of_russia(chain) and _is_ordinary_russian(line, maker):
            strength = min(strength, OWN_MAKER)
        if best is None or strength > best.strength:
            best = Followed(chain, tuple(stops[at].name for at in found), strength)
    return best


def stops_of(maker: Whereabouts, way: EntryFacts) -> tuple[Stop, ...]:
    """Return the manufacturer's place where it is a signal, the legs before the destination, and
    the export country where the legs do not end there."""
    stops = []
    if maker.kind is not None:
        stops.append(Stop(frozenset({maker.kind.value}), "the manufacturer's place"))
    last = None
    for leg in way.legs:
        if leg.role not in AT_DESTINATION:
            stops.append(_stop(leg, way))
            last = leg.country
    export = way.entry.export_country
    if export is not None and export != last:
        stops.append(Stop(frozenset({export}), way.reference.country_name(export)))
    return tuple(stops)


def _stop(leg: Leg, way: EntryFacts) -> Stop:
    port, kind = leg.port, leg.gateway
    unlocode = port.unlocode if port is not None else None
    words = {each for each in (unlocode, leg.country, kind and kind.value) if each}
    if port is not None and port.name:
        return Stop(frozenset(words), port.name)
    return Stop(frozenset(words), way.reference.country_name(leg.country or ""))


def _is_of_russia(chain: Chain) -> bool:
    first = chain.steps[0]
    return bool(_OF_RUSSIA & first) or all(each[:2] == "RU" for each in first)


def _is_ordinary_russian(line: EntryLine, maker: Whereabouts) -> bool:
    party = line.manufacturer
    if party is None or maker.kind is not None or not party.city:
        return False
    return "RU" in (party.country, None if party.mid is None else party.mid.country)
