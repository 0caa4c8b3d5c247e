"""Parties on the public lists: what it means, in law, that an entry names one.

Some invented suppliers trade under names of entities on the shipped enforcement lists, in the ways
names are written on entries. The shipments are invented like all others and say nothing of the
entity; only the list does. From the day an order takes effect on, enforcement looks at such entries
first and hardly ever lets the goods go.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from app.core.reference import ListedEntity, load_reference
from training.synthetic.draws import Draws, Flags, Floats, Ints, Strings
from training.synthetic.names import SPELLINGS, mids
from training.synthetic.parties import Suppliers
from training.synthetic.plan import Plan
from training.synthetic.tables import Tables
from training.synthetic.traffic import Traffic

NEVER = 10**7  # an ordinal after every window
LARGEST = 25  # entries a supplier is expected to ship; larger ones are not given such a name
XINJIANG = ("Urumqi", "Aksu", "Korla", "Shihezi")
XINJIANG_PART = 0.5  # of the share of listed parties, that again by makers in Xinjiang
UFLPA_IN_FORCE = date(2022, 6, 21)
MOST = 400  # suppliers that are given a listed name
_FORMS = ("Co., Ltd.", "Company Limited", "CO LTD", "Co Ltd")


@dataclass(frozen=True, slots=True)
class Listed:
    """Of each supplier (k,): the first day an order on its name held, NEVER where none did."""

    since: Ints

    def padded(self, count: int) -> "Listed":
        """Return the same for `count` suppliers, those that were added never listed."""
        more = np.full(count - len(self.since), NEVER, dtype=np.int64)
        return Listed(np.concatenate((self.since, more)))

    def barred(self, traffic: Traffic, supplier: Ints) -> Flags:
        """Return which entries (n,) name a supplier under an order on their day."""
        return traffic.day >= self.since[supplier]


def list_parties(  # noqa: PLR0913, PLR0917 - who trades, in what, how much
    plan: Plan, tables: Tables, draws: Draws, suppliers: Suppliers, group: Ints, sizes: Floats
) -> tuple[Suppliers, Listed]:
    """Return the suppliers, some under names of listed entities, and since when orders hold.

    About `plan.listed_share` of the entries name one once its order holds.
    """
    since = np.full(len(suppliers.place), NEVER, dtype=np.int64)
    if not plan.mechanisms.listed_parties or plan.listed_share == 0:
        return suppliers, Listed(since)
    rng = draws.of("listed parties")
    chosen = _chosen(plan, tables, rng, group, sizes)
    names, made = suppliers.names.copy(), suppliers.mids.copy()
    moved = _moved_to_xinjiang(plan, tables, rng, group, sizes, {at for at, _ in chosen})
    place, postal = suppliers.place.copy(), suppliers.postal_codes.copy()
    for supplier in moved:
        town = XINJIANG[int(rng.integers(len(XINJIANG)))]
        place[supplier] = tables.place_of[town]
        prefix = tables.places[int(place[supplier])].postal_prefix
        postal[supplier] = f"{prefix}{int(rng.integers(1000)):03d}"
        since[supplier] = UFLPA_IN_FORCE.toordinal()
    for supplier, entity in chosen:
        names[supplier] = spellings(entity, rng)
        town_of = tables.places[int(place[supplier])]
        made[supplier] = mids(
            [town_of.country], names[supplier : supplier + 1], np.array([12]), [town_of.city],
            unique=False,
        )[0]  # fmt: skip
        if entity.effective_from is not None:
            since[supplier] = entity.effective_from.toordinal()
    moved_and_named = replace(suppliers, names=names, mids=made, place=place, postal_codes=postal)
    return moved_and_named, Listed(since)


def _chosen(
    plan: Plan, tables: Tables, rng: np.random.Generator, group: Ints, sizes: Floats
) -> list[tuple[int, ListedEntity]]:
    """Return suppliers and the entities whose names they bear, until the share is reached."""
    family, country = np.divmod(group, len(tables.countries))
    entities = [each for each in load_reference().listed if _lasts(each, plan)]
    expected = _expected(tables, group, sizes)
    wanted = plan.listed_share
    found: list[tuple[int, ListedEntity]] = []
    covered = 0.0
    for supplier in rng.permutation(len(group)).tolist():
        if covered >= wanted or len(found) >= MOST:
            break
        origin = tables.countries[int(country[supplier])]
        fitting = [
            each for each in entities
            if each.country == origin and _covers(each, tables, int(family[supplier]))
        ]  # fmt: skip
        if fitting and expected[supplier] * plan.entries <= LARGEST:
            found.append((supplier, fitting[int(rng.integers(len(fitting)))]))
            covered += float(expected[supplier])
    return found


def _moved_to_xinjiang(  # noqa: PLR0913, PLR0917 - who trades, and who is taken already
    plan: Plan,
    tables: Tables,
    rng: np.random.Generator,
    group: Ints,
    sizes: Floats,
    taken: set[int],
) -> list[int]:
    """Return Chinese suppliers that are to be in Xinjiang, where any goods are presumed barred."""
    country = group % len(tables.countries)
    expected = _expected(tables, group, sizes)
    wanted, covered, found = plan.listed_share * XINJIANG_PART, 0.0, []
    for supplier in rng.permutation(np.flatnonzero(country == tables.country_of["CN"])).tolist():
        if covered >= wanted:
            break
        if supplier not in taken and expected[supplier] * plan.entries <= LARGEST:
            found.append(supplier)
            covered += float(expected[supplier])
    return found


def _expected(tables: Tables, group: Ints, sizes: Floats) -> Floats:
    """Return the share of all honest entries that each supplier (k,) ships."""
    goods, countries, weights = tables.lanes
    families = np.array([good.family for good in tables.goods])[goods]
    lanes = families * len(tables.countries) + countries
    volume = np.bincount(lanes, weights=weights / weights.sum(), minlength=int(group.max()) + 1)
    totals = np.bincount(group, weights=sizes, minlength=len(volume))
    share: Floats = volume[group] * sizes / totals[group]
    return share


def _lasts(entity: ListedEntity, plan: Plan) -> bool:
    """Whether an order began before the window's end and holds to it."""
    start = entity.effective_from
    return start is not None and start < plan.ends and entity.in_force(plan.ends)


def _covers(entity: ListedEntity, tables: Tables, family: int) -> bool:
    """Whether the order holds for all goods of a family."""
    codes = [code for good in tables.goods if good.family == family for code in good.codes]
    return not entity.hs_prefixes or all(code.startswith(entity.hs_prefixes) for code in codes)


def spellings(entity: ListedEntity, rng: np.random.Generator) -> Strings:
    """Return the ways (SPELLINGS,) a listed name is written on entries."""
    plain = entity.name
    core = _without_form(plain)
    capitals = plain.replace(",", "").replace(".", "").upper()
    other = f"{core} {_FORMS[int(rng.integers(len(_FORMS)))]}"
    last: Sequence[str] = [*entity.aliases, misspelt(core, rng)]
    made = np.empty(SPELLINGS, dtype=object)
    made[:] = [plain, capitals, other, last[int(rng.integers(len(last)))]]
    return made


def _without_form(name: str) -> str:
    core = name
    for form in ("Co., Ltd.", "Co. Ltd.", "Co. Ltd", "Ltd.", "Corporation", "Co."):
        core = core.removesuffix(form).rstrip(" ,")
    return core


def misspelt(name: str, rng: np.random.Generator) -> str:
    """Return a name with one letter left out, not the first of a word."""
    places = [at for at in range(1, len(name)) if name[at].isalpha() and name[at - 1].isalpha()]
    if not places:
        return name
    at = places[int(rng.integers(len(places)))]
    return name[:at] + name[at + 1 :]
