"""What the customer has of all this: flat lines in the canonical columns, and nothing hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from training.synthetic.amounts import Lines
from training.synthetic.columns import (
    containers,
    days,
    entry_numbers,
    measure,
    money,
    pooled,
    repeated,
    texts,
)
from training.synthetic.draws import Draws, Flags, Ints, Strings, pick
from training.synthetic.enforcement import Enforced
from training.synthetic.journeys import VESSEL, Journeys
from training.synthetic.legs import Legs
from training.synthetic.listed import Listed
from training.synthetic.names import SPELLING_SHARES, SPELLINGS, firm_names
from training.synthetic.networks import Networks
from training.synthetic.parties import Importers, Suppliers, filer_codes
from training.synthetic.plan import Plan
from training.synthetic.tables import Tables
from training.synthetic.traffic import Traffic

CN_POSTAL_REQUIRED = date(2023, 3, 18)  # CBP: postal code of a Chinese manufacturer required
CARRIERS = ("OOLU", "MAEU", "COSU", "ONEY", "HLCU", "EGLV", "YMLU", "ZIMU", "HDMU")
OWNERS = ("OOLU", "MSKU", "CSLU", "ONEU", "HLXU", "EGHU", "YMLU", "ZCSU", "HMMU")
PREFERENCE = {"MX": "S", "CA": "S", "KR": "KR", "CL": "CL", "CO": "CO", "PE": "PE", "AU": "AU"}
TRADERS = 300  # selling agents and trading firms that makers sell through
# Shares of what is left out or disagrees; all invented, in the order of what brokers report.
NO_MAKER, NO_MID, NO_CITY, NO_WEIGHT, NO_QUANTITY, NO_RATE = 0.02, 0.05, 0.06, 0.02, 0.05, 0.08
SELLS_ITSELF, NO_SELLER = 0.45, 0.25
ABROAD_SELLER, ABROAD_SELLER_HIDDEN = 0.12, 0.42  # seller in China or Hong Kong, origin elsewhere
MID_CN, MID_CN_HIDDEN = 0.01, 0.1  # Chinese MID, origin elsewhere
EXPORT_TRUE, EXPORT_CN_HIDDEN = 0.4, 0.06  # export country tells the truth of a foreign lading


@dataclass(frozen=True, slots=True)
class Declared:
    """The lines as a table, and the entry number of each entry (n,)."""

    table: pa.Table
    numbers: Strings


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a declaration is written from."""

    plan: Plan
    tables: Tables
    traffic: Traffic
    journeys: Journeys
    legs: Legs
    lines: Lines
    enforced: Enforced
    suppliers: Suppliers
    importers: Importers
    networks: Networks
    ordinary_importers: int
    listed: Listed


def declare(scene: Scene, draws: Draws) -> Declared:
    """Return the declared lines in the order of their entries."""
    codes = list(filer_codes(draws))
    rng = draws.of("declarations")
    filer = scene.importers.filer[scene.enforced.importer]
    filer = np.where(rng.random(len(filer)) < 0.2, rng.integers(0, len(codes), len(filer)), filer)
    numbers = entry_numbers(codes, filer)
    of_entry = _entry_columns(scene, rng, codes, filer, numbers)
    columns = {name: repeated(each, scene.lines.entry) for name, each in of_entry.items()}
    columns |= _line_columns(scene, draws.of("declared lines"))
    columns |= _maker_columns(scene, draws.of("declared makers"))
    columns |= _seller_columns(scene, draws)
    return Declared(pa.table(columns), numbers)


def _entry_columns(
    scene: Scene, rng: np.random.Generator, codes: Sequence[str], filer: Ints, numbers: Strings
) -> dict[str, pa.Array]:
    traffic, way, count = scene.traffic, scene.journeys.way, len(numbers)
    importer = scene.enforced.importer
    arrival = traffic.day + rng.integers(-3, 5, count)
    export = arrival - scene.legs.days
    informal = traffic.parcel & (rng.random(count) < 0.8)
    kind = np.where(informal, 3, pick(rng, np.array([0.91, 0.03, 0.06]), count))
    mode = np.where(way == VESSEL, pick(rng, np.array([0.94, 0.06]), count), way + 1)
    carrier = rng.integers(0, len(CARRIERS), count)
    bill = np.array(
        [f"{CARRIERS[c]}{b}" for c, b in
         zip(carrier.tolist(), rng.integers(10**9, 10**10, count).tolist(), strict=True)],
        dtype=object,
    )  # fmt: skip
    boxes = containers(OWNERS, carrier, rng.integers(100_000, 999_999, count))
    boxed = (way == VESSEL) & (mode == 0)
    at_sea = way == VESSEL
    return {
        "entry_number": texts(numbers),
        "entry_type": pooled(("01", "03", "06", "11"), kind),
        "filer_code": pooled(codes, filer),
        "port_of_entry": texts(scene.legs.port_of_entry),
        "mode_of_transport": pooled(("11", "10", "40", "30"), mode),
        "export_country": texts(_export_country(scene, rng)),
        "export_date": days(export, rng.random(count) < 0.1),
        "arrival_date": days(arrival, rng.random(count) < 0.04),
        "entry_date": days(traffic.day),
        "carrier_scac": pooled(CARRIERS, carrier, ~at_sea),
        "bills_of_lading": texts(bill, ~at_sea | (rng.random(count) < 0.05)),
        "containers": texts(boxes, ~boxed | (rng.random(count) < 0.15)),
        "route": texts(scene.legs.text),
        "importer_name": pooled(list(scene.importers.names), importer),
        "importer_number": pooled(
            list(scene.importers.numbers), importer, rng.random(count) < 0.02
        ),
        "importer_city": pooled(list(scene.importers.cities), importer),
        "importer_country": pooled(("US",), np.zeros(count, dtype=np.int64)),
    }


def _export_country(scene: Scene, rng: np.random.Generator) -> Strings:
    """Return the declared export country: mostly the origin, sometimes where it was laden."""
    origin = np.array(scene.tables.countries, dtype=object)[scene.traffic.country]
    count = len(origin)
    told = (scene.legs.laden_in != origin) & (rng.random(count) < EXPORT_TRUE)
    found = np.where(told, scene.legs.laden_in, origin)
    if scene.plan.mechanisms.declared_mismatch:
        behind = scene.traffic.nexus & (rng.random(count) < EXPORT_CN_HIDDEN)
        found = np.where(behind, "CN", found)
    found[rng.random(count) < 0.03] = ""
    return found


def _line_columns(scene: Scene, rng: np.random.Generator) -> dict[str, pa.Array]:
    lines, tables = scene.lines, scene.tables
    count = len(lines.entry)
    codes = [(good, code) for good in tables.goods for code in range(len(good.codes))]
    starts = np.cumsum([0, *(len(good.codes) for good in tables.goods)])[lines.good]
    which = starts + lines.code
    origin = scene.traffic.country[lines.entry]
    rate = pooled([good.duties[code] for good, code in codes], which, rng.random(count) < NO_RATE)
    preference = [PREFERENCE.get(each) for each in tables.countries]
    claimed = np.array([each is not None for each in preference])[origin]
    claimed &= rng.random(count) < 0.6
    return {
        "line_number": pa.array(lines.number),
        "hts": pooled([good.codes[code] for good, code in codes], which),
        "description": pooled([good.description for good, _ in codes], which),
        "origin_country": pooled(tables.countries, origin),
        "entered_value_usd": money(np.maximum(lines.value, 1.0)),
        "quantity": measure(np.maximum(lines.quantity, 0.001), rng.random(count) < NO_QUANTITY),
        "quantity_unit": pooled([good.unit for good, _ in codes], which),
        "gross_weight_kg": measure(np.maximum(lines.weight, 0.001), rng.random(count) < NO_WEIGHT),
        "duty_rate_percent": rate,
        "preference": pooled(preference, origin, ~claimed),
    }


def _maker_columns(scene: Scene, rng: np.random.Generator) -> dict[str, pa.Array]:
    entry = scene.lines.entry
    supplier = scene.enforced.supplier[entry]
    suppliers, tables = scene.suppliers, scene.tables
    count = len(entry)
    spelling = np.zeros(count, dtype=np.int64)
    if scene.plan.mechanisms.spelling_variants:
        spelling = pick(rng, SPELLING_SHARES, count)
    missing = rng.random(count) < NO_MAKER
    place = suppliers.place[supplier]
    china = np.array([each.country == "CN" for each in tables.places])[place]
    early = scene.traffic.day[entry] < CN_POSTAL_REQUIRED.toordinal()
    no_code = rng.random(count) < np.where(china, np.where(early, 0.55, 0.03), 0.25)
    cities = [each.city for each in tables.places]
    countries = [each.country for each in tables.places]
    names = suppliers.names.reshape(-1)
    return {
        "manufacturer_name": pooled(list(names), supplier * SPELLINGS + spelling, missing),
        "manufacturer_mid": texts(
            _declared_mids(scene, rng, supplier), missing | (rng.random(count) < NO_MID)
        ),
        "manufacturer_address": pooled(list(suppliers.addresses), supplier, missing),
        "manufacturer_city": pooled(cities, place, missing | (rng.random(count) < NO_CITY)),
        "manufacturer_postal_code": pooled(
            list(suppliers.postal_codes), supplier, missing | no_code
        ),
        "manufacturer_country": pooled(countries, place, missing),
    }


def _hidden_abroad(scene: Scene) -> tuple[Flags, Flags]:
    """Return which lines (l,) are of another origin than China, and which of those are hidden."""
    entry = scene.lines.entry
    abroad = scene.traffic.country[entry] != scene.tables.country_of["CN"]
    hidden = abroad & scene.traffic.nexus[entry] & scene.plan.mechanisms.declared_mismatch
    return abroad, hidden


def _declared_mids(scene: Scene, rng: np.random.Generator, supplier: Ints) -> Strings:
    found = scene.suppliers.mids[supplier]
    abroad, hidden = _hidden_abroad(scene)
    chinese = abroad & (rng.random(len(found)) < np.where(hidden, MID_CN_HIDDEN, MID_CN))
    found[chinese] = ["CN" + each[2:] for each in found[chinese]]
    return found


def _seller_columns(scene: Scene, draws: Draws) -> dict[str, pa.Array]:
    rng = draws.of("sellers")
    supplier = scene.enforced.supplier[scene.lines.entry]
    count = len(supplier)
    homes = np.array(["HK"] * 6 + ["CN"] * 2 + ["SG", "TW"], dtype=object)
    home = homes[rng.integers(0, len(homes), TRADERS)]
    traders = firm_names(rng, list(home), [""] * TRADERS, ["trade"] * TRADERS)[:, 0]
    chinese = np.flatnonzero(np.isin(home, ["HK", "CN"]))
    usual = rng.integers(0, TRADERS, len(scene.suppliers.place))[supplier]
    abroad, hidden = _hidden_abroad(scene)
    through = abroad & (rng.random(count) < np.where(hidden, ABROAD_SELLER_HIDDEN, ABROAD_SELLER))
    trader = np.where(through, chinese[usual % len(chinese)], usual)
    chance = rng.random(count)
    itself = ~through & ((chance < SELLS_ITSELF) | abroad)
    missing = ~through & (chance >= 1 - NO_SELLER)
    makers, places = list(scene.suppliers.names[:, 0]), scene.tables.places
    names = pooled([*makers, *traders], np.where(itself, supplier, len(makers) + trader), missing)
    place = scene.suppliers.place[supplier]
    countries = [*(each.country for each in places), *home]
    which = np.where(itself, place, len(places) + trader)
    return {"seller_name": names, "seller_country": pooled(countries, which, missing)}
