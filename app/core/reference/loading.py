"""Reading a reference pack from a directory of tables, all or nothing."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pycountry

from app.core.codes import iso_countries
from app.core.errors import ReferenceRefused
from app.core.reference.folding import fold_text
from app.core.reference.geography import PortIndex, PostalIndex
from app.core.reference.goods import GoodsIndex
from app.core.reference.kinds import (
    REGIMES,
    GatewayPlace,
    GoodsRisk,
    ListedEntity,
    ListName,
    OrderByPlace,
    Port,
    Source,
    TableInfo,
)
from app.core.reference.loading_ways import read_physics, read_ways
from app.core.reference.localities import PlaceIndex
from app.core.reference.pack import Indexes, ReferencePack
from app.core.reference.tables import TABLES, Row, file_name, parse_table
from app.core.reference.tariff import TariffIndex

SHIPPED = Path(__file__).parent / "tables"
_XK = "Kosovo"
_GATEWAY_RISKS = frozenset({"low", "medium", "high", "prohibited"})
_TEXT_SOURCES = (
    *("ports", "schedule_d", "places", "goods", "entities", "orders_by_place"),
    *("chains", "bounds", "capacities", "yields"),
)
_STATUSES = frozenset({"active", "ended"})
_COUNTRY_ALONE = frozenset({"", "weak", "strong"})


def load_reference(directory: Path | None = None) -> ReferencePack:
    """Return the pack in `directory`, or the one shipped with the package.

    Raises ReferenceRefused naming file and row when a table is missing or does not parse.
    """
    directory = SHIPPED if directory is None else directory
    data = {table: _read(directory / file_name(table)) for table in TABLES}
    return build_pack(data)


def build_pack(data: Mapping[str, bytes]) -> ReferencePack:
    """Return the pack of table bytes by name of TABLES; raises ReferenceRefused."""
    rows = {table: parse_table(table, data[table]) for table in TABLES}
    sources = _sources(rows["sources"])
    tables = tuple(_info(table, rows[table], data[table], sources) for table in TABLES)
    for table in _TEXT_SOURCES:
        rows[table] = [_with_source_text(row, sources) for row in rows[table]]
    ports = _ports(rows["ports"], rows["gateways"])
    places = [(_place(row), row.items("aliases")) for row in rows["places"]]
    indexes = Indexes(
        tariff=TariffIndex(rows["hs6"], rows["hts"]),
        goods=GoodsIndex([_goods(row) for row in rows["goods"]]),
        ports=PortIndex(ports, [_us_port(row) for row in rows["schedule_d"]]),
        towns=PlaceIndex(places, ports),
        postal=PostalIndex([_postal(row) for row in rows["postal"]]),
        ways=read_ways(rows),
        physics=read_physics(rows),
        countries=_country_names(),
    )
    return ReferencePack(
        version=max(info.as_of for info in tables).isoformat(),
        digest=_digest(data),
        tables=tables,
        sources=sources,
        listed=_unique(rows["entities"], _entity),
        orders_by_place=tuple(_order_by_place(row) for row in rows["orders_by_place"]),
        indexes=indexes,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReferenceRefused(f"{path.name}: {error.strerror}") from None


def _digest(data: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for table in TABLES:
        whole.update(f"{table} {len(data[table])}\n".encode())
        whole.update(data[table])
    return f"sha256:{whole.hexdigest()}"


def _sources(rows: Sequence[Row]) -> Mapping[str, Source]:
    sources: dict[str, Source] = {}
    for row in rows:
        key = row.text("source_id")
        if key in sources:
            raise row.refusal(f"source_id {key[:20]!r} twice")
        sources[key] = Source(key, row.text("text"), row.text("licence"), row.day("as_of"))
    return MappingProxyType(sources)


def _with_source_text(row: Row, sources: Mapping[str, Source]) -> Row:
    """Return the row with the text of its source, as a person reads it in a reason."""
    return Row(row.table, row.number, {**row.cells, "source": sources[row.cells["source"]].text})


def _info(table: str, rows: Sequence[Row], data: bytes, sources: Mapping[str, Source]) -> TableInfo:
    if not rows:
        raise ReferenceRefused(f"{file_name(table)}: no rows, wanted at least one")
    days: dict[str, date] = {}
    used: dict[str, None] = {}
    for row in rows:
        if row.cells["as_of"] not in days:
            days[row.cells["as_of"]] = row.day("as_of")
        if table == "sources":
            continue
        row.flag("verified")
        if row.cells["source"] not in sources:
            raise row.refusal(f"source {row.cells['source'][:20]!r} is not in sources.csv")
        used[row.cells["source"]] = None
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return TableInfo(table, len(rows), max(days.values()), tuple(sorted(used)), digest)


def _ports(port_rows: Sequence[Row], gateway_rows: Sequence[Row]) -> list[Port]:
    gateways = {row.text("unlocode"): row for row in gateway_rows}
    ports = [_port(row, gateways.pop(row.text("unlocode"), None)) for row in port_rows]
    if gateways:
        unlocode, row = next(iter(gateways.items()))
        raise row.refusal(f"unlocode {unlocode[:20]!r} is not in {file_name('ports')}")
    return ports


def _port(row: Row, gateway: Row | None) -> Port:
    return Port(
        unlocode=row.text("unlocode"),
        name=row.text("name"),
        country=_country(row),
        lat=row.degrees("lat"),
        lon=row.degrees("lon"),
        schedule_k=row.optional("schedule_k"),
        schedule_d=row.optional("schedule_d"),
        is_seaport=row.flag("is_seaport"),
        gateway_type=gateway.text("gateway_type") if gateway else None,
        gateway_risk=gateway.one_of("gateway_risk", _GATEWAY_RISKS) if gateway else None,
        gateway_reason=gateway.text("gateway_reason") if gateway else None,
        source=row.text("source"),
    )


def _us_port(row: Row) -> Port:
    return Port(
        unlocode="",
        name=row.text("name"),
        country="US",
        lat=None,
        lon=None,
        schedule_k=None,
        schedule_d=row.digits("schedule_d", 4),
        is_seaport=False,
        gateway_type=None,
        gateway_risk=None,
        gateway_reason=None,
        source=row.text("source"),
    )


def _place(row: Row) -> GatewayPlace:
    return GatewayPlace(
        name=row.text("name"),
        country=_country(row),
        gateway_type=row.text("gateway_type"),
        gateway_risk=row.one_of("gateway_risk", _GATEWAY_RISKS),
        gateway_reason=row.text("gateway_reason"),
        verified=row.flag("verified"),
        source=row.text("source"),
        as_of=row.day("as_of"),
        homonym=row.flag("homonym"),
        provinces=tuple(fold_text(each) for each in row.items("province")),
        postal=row.items("postal"),
    )


def _postal(row: Row) -> tuple[str, str, str]:
    return _country(row), row.text("prefix"), row.text("area")


def _goods(row: Row) -> GoodsRisk:
    return GoodsRisk(
        list=row.text("list"),
        good=row.text("good"),
        sector=row.cells["sector"],
        country=_country(row) if row.cells["country"] else "",
        forced_labour=row.flag("forced_labour"),
        child_labour=row.flag("child_labour"),
        hs_prefixes=row.prefixes("hs_prefixes"),
        confidence=row.text("confidence"),
        verified=row.flag("verified"),
        effective_from=row.optional_day("effective_from"),
        effective_to=row.optional_day("effective_to"),
        as_of=row.day("as_of"),
        source=row.text("source"),
    )


def _entity(row: Row) -> ListedEntity:
    listed = ListName(row.one_of("list", frozenset(ListName)))
    return ListedEntity(
        entity_id=row.text("entity_id"),
        list=listed,
        regime=REGIMES[listed],
        name=row.text("name"),
        aliases=row.items("aliases"),
        chinese_name=row.optional("chinese_name"),
        country=_country(row) if row.cells["country"] else None,
        location=row.optional("location"),
        merchandise=row.optional("merchandise"),
        hs_prefixes=row.prefixes("hs_prefixes"),
        effective_from=row.optional_day("effective_from"),
        effective_to=row.optional_day("effective_to"),
        status=row.one_of("status", _STATUSES),
        confidence=row.text("confidence"),
        verified=row.flag("verified"),
        source=row.text("source"),
        as_of=row.day("as_of"),
    )


def _order_by_place(row: Row) -> OrderByPlace:
    return OrderByPlace(
        entity_id=row.text("entity_id"),
        country=_country(row),
        area=row.optional("area"),
        towns=row.items("towns"),
        country_alone=row.one_of("country_alone", _COUNTRY_ALONE),
        also_party=row.flag("also_party"),
        excepted=row.items("excepted"),
        source=row.text("source"),
    )


def _unique(rows: Sequence[Row], build: Callable[[Row], ListedEntity]) -> tuple[ListedEntity, ...]:
    built: dict[str, ListedEntity] = {}
    for row in rows:
        entity = build(row)
        if entity.entity_id in built:
            raise row.refusal(f"entity_id {entity.entity_id[:40]!r} twice")
        built[entity.entity_id] = entity
    return tuple(built.values())


def _country(row: Row) -> str:
    country = row.cells["country"]
    if country not in iso_countries():
        raise row.refusal(f"country is {country[:20]!r}, wanted ISO 3166-1 alpha-2")
    return country


def _country_names() -> Mapping[str, str]:
    names = {
        country.alpha_2: getattr(country, "common_name", country.name)
        for country in pycountry.countries
    }
    return MappingProxyType({**names, "XK": _XK})
