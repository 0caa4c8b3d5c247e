"""Importers, filers and suppliers: who they are, how large, since when, and who deals with whom."""

from dataclasses import dataclass

import numpy as np

from training.synthetic.draws import Draws, Floats, Ints, Pools, Strings, pick, zipf
from training.synthetic.names import STREETS, firm_names, mids
from training.synthetic.plan import Mechanisms, Plan
from training.synthetic.tables import Tables

ENTRIES_OF_A_SUPPLIER = 14.0  # mean; sizes fall off with rank (invented)
ENTRIES_OF_AN_IMPORTER = 30.0
FILERS = 60
NEWCOMERS = 0.25  # share of firms that first appear inside the window
CITIES_US = ("Los Angeles", "New York", "Chicago", "Houston", "Atlanta", "Seattle", "Miami",
             "Dallas", "Newark", "Savannah", "Columbus", "Charlotte")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Importers:
    """Importers of record, all arrays (m,): `first_day` is an ordinal, `filer` their usual one."""

    names: Strings
    numbers: Strings
    cities: Strings
    filer: Ints
    first_day: Ints

    def plus(self, other: "Importers") -> "Importers":
        """Return both, the others numbered after these."""
        return Importers(
            np.concatenate((self.names, other.names)),
            np.concatenate((self.numbers, other.numbers)),
            np.concatenate((self.cities, other.cities)),
            np.concatenate((self.filer, other.filer)),
            np.concatenate((self.first_day, other.first_day)),
        )


@dataclass(frozen=True, slots=True)
class Suppliers:
    """Suppliers, all arrays (k, ...): place, when active, usual importers (k, 3), spellings."""

    place: Ints
    first_day: Ints
    last_day: Ints
    importers: Ints
    names: Strings
    mids: Strings
    addresses: Strings
    postal_codes: Strings

    def plus(self, other: "Suppliers") -> "Suppliers":
        """Return both, the others numbered after these."""
        return Suppliers(
            *(
                np.concatenate((getattr(self, name), getattr(other, name)))
                for name in self.__slots__
            )
        )


def filer_codes(draws: Draws) -> Strings:
    """Return the three characters of each filer (FILERS,), all different."""
    rng = draws.of("filers")
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    found: dict[str, None] = {}
    while len(found) < FILERS:
        if len(found) == FILERS // 2:
            found["B76"] = None  # a filer of middling size, that of the example in docs/api.md
        letter, number = letters[int(rng.integers(len(letters)))], int(rng.integers(1, 100))
        found[f"{letter}{number:02d}"] = None
    return np.array(list(found), dtype=object)


def make_importers(plan: Plan, draws: Draws) -> tuple[Importers, Floats]:
    """Return the ordinary importers and their sizes (m,)."""
    count = max(40, round(plan.entries / ENTRIES_OF_AN_IMPORTER))
    rng = draws.of("importers")
    starts, ends = plan.starts.toordinal(), plan.ends.toordinal()
    first = np.where(rng.random(count) < NEWCOMERS, rng.integers(starts, ends, count), starts - 1)
    return described_importers(rng, first, 0), zipf(count, 0.8)


def described_importers(rng: np.random.Generator, first_day: Ints, offset: int) -> Importers:
    """Return importers with names and numbers that start at `first_day` (m,)."""
    count = len(first_day)
    cities = np.array(CITIES_US, dtype=object)[rng.integers(0, len(CITIES_US), count)]
    names = firm_names(rng, ["US"] * count, list(cities), ["trade"] * count)[:, 0]
    # scattered by a multiplier, each once: a number must not tell when it was given
    digits = 100_000_000 + (offset + np.arange(count)) * 387_420_489 % 899_999_963
    numbers = [f"{str(each)[:2]}-{str(each)[2:]}00" for each in digits]
    return Importers(
        names=names,
        numbers=np.array(numbers, dtype=object),
        cities=cities,
        filer=pick(rng, zipf(FILERS, 0.7), count),
        first_day=first_day.astype(np.int64),
    )


def importer_pools(plan: Plan, tables: Tables, draws: Draws, sizes: Floats) -> Pools:
    """Return pools of importers by family of goods; each importer deals in one to four."""
    rng = draws.of("importer families")
    families = len(tables.families)
    rows, importers = [], []
    for share in (1.0, 0.6, 0.35, 0.2):
        keep = np.flatnonzero(rng.random(len(sizes)) < share)
        rows.append(rng.integers(0, families, len(keep)))
        importers.append(keep)
    # each family has at least a few
    rows.append(np.repeat(np.arange(families), 3))
    importers.append(rng.integers(0, len(sizes), families * 3))
    family, importer = np.concatenate(rows), np.concatenate(importers)
    return Pools(family, sizes[importer], families, importer)


def make_suppliers(
    plan: Plan, tables: Tables, draws: Draws, importers: Pools
) -> tuple[Suppliers, Ints, Floats]:
    """Return the ordinary suppliers, the lane group (family by origin) and size of each (k,)."""
    goods, countries, weights = tables.lanes
    families = np.array([good.family for good in tables.goods])[goods]
    groups = families * len(tables.countries) + countries
    volume = np.bincount(groups, weights=weights / weights.sum() * plan.entries)
    counts = np.where(
        volume > 0, np.maximum(4, np.round(volume / ENTRIES_OF_A_SUPPLIER)), 0
    ).astype(np.int64)
    group = np.repeat(np.arange(len(counts)), counts)
    sizes = np.concatenate([zipf(int(count), 0.9) for count in counts])
    rng = draws.of("suppliers")
    family, country = np.divmod(group, len(tables.countries))
    starts, ends = plan.starts.toordinal(), plan.ends.toordinal()
    new, gone = rng.random(len(group)) < NEWCOMERS, rng.random(len(group)) < 0.15
    first = np.where(new, rng.integers(starts, ends, len(group)), starts - 1)
    last = np.where(gone, rng.integers(starts + 120, ends, len(group)), ends)
    place = draw_places(rng, tables, family, country)
    usual = np.stack([importers.draw(rng, family) for _ in range(3)], axis=1)
    made = described_suppliers(
        draws.of("supplier names"), tables, plan.mechanisms, place, family,
        first=first, last=np.maximum(last, first + 60), importers=usual,
    )  # fmt: skip
    return made, group, sizes


def draw_places(rng: np.random.Generator, tables: Tables, family: Ints, country: Ints) -> Ints:
    """Return a place of a maker for each family and country (k,)."""
    found = np.zeros(len(family), dtype=np.int64)
    for each in np.unique(country):
        inside = np.flatnonzero(tables.place_countries == each)
        for kind in np.unique(family[country == each]):
            rows = np.flatnonzero((country == each) & (family == kind))
            weights = tables.place_weights[kind, inside]
            found[rows] = inside[pick(rng, weights, len(rows))]
    return found


def described_suppliers(  # noqa: PLR0913 - who they are, and since when with whom
    rng: np.random.Generator,
    tables: Tables,
    mechanisms: Mechanisms,
    place: Ints,
    family: Ints,
    *,
    first: Ints,
    last: Ints,
    importers: Ints,
) -> Suppliers:
    """Return suppliers with names, MIDs and addresses for each place and family (k,)."""
    places = [tables.places[at] for at in place.tolist()]
    countries = [each.country for each in places]
    cities = [each.city for each in places]
    names = firm_names(rng, countries, cities, [tables.families[at] for at in family.tolist()])
    numbers = rng.integers(1, 400, len(places))
    streets = rng.integers(0, len(STREETS), len(places))
    endings = rng.integers(0, 1000, len(places))
    made = mids(countries, names, numbers, cities, unique=not mechanisms.mid_collisions)
    if mechanisms.mid_collisions:  # one in twenty is filed under the MID of another firm
        shared = rng.random(len(made)) < 0.05
        made[shared] = made[rng.integers(0, len(made), int(shared.sum()))]
    return Suppliers(
        place=place,
        first_day=first.astype(np.int64),
        last_day=last.astype(np.int64),
        importers=importers,
        names=names,
        mids=made,
        addresses=np.array(
            [f"{n} {STREETS[s]}" for n, s in zip(numbers, streets, strict=True)], dtype=object
        ),
        postal_codes=np.array(
            [_postal(each.country, each.postal_prefix, end) for each, end in
             zip(places, endings.tolist(), strict=True)], dtype=object
        ),
    )  # fmt: skip


def _postal(country: str, prefix: str, ending: int) -> str:
    if country == "CN":  # six digits; the prefix says province and prefecture
        return f"{prefix}{ending:03d}"[:6]
    return f"{prefix}{ending % 100:02d}" if prefix.isdigit() else prefix
