"""Rows of the tables of chains, speeds, bounds, capacities and yields as what they say."""

from collections.abc import Mapping, Sequence

from app.core.codes import iso_countries
from app.core.reference.physics import Bound, Capacity, Physics, Yield
from app.core.reference.tables import Row
from app.core.reference.ways import Chain, Ways

MEASURES = frozenset({"kg_per_unit", "usd_per_kg"})
MEANS = frozenset({"vessel", "air"})
_KINDS = frozenset({"north_korea", "border", "far_east", "xinjiang", "cluster"})
_STRENGTHS = frozenset({"1", "2", "3"})


def read_ways(rows: Mapping[str, Sequence[Row]]) -> Ways:
    """Return chains and speeds of table rows; raises ReferenceRefused naming file and row."""
    speeds = {
        row.one_of("means", MEANS): row.number_above_zero("km_per_day") for row in rows["speeds"]
    }
    return Ways(tuple(_chain(row) for row in rows["chains"]), speeds)


def read_physics(rows: Mapping[str, Sequence[Row]]) -> Physics:
    """Return bounds, capacities and yields; raises ReferenceRefused naming file and row."""
    return Physics(
        bounds=tuple(_bound(row) for row in rows["bounds"]),
        capacities=tuple(_capacity(row) for row in rows["capacities"]),
        yields=tuple(_yield(row) for row in rows["yields"]),
    )


def _chain(row: Row) -> Chain:
    steps = tuple(frozenset(step.split("|")) for step in row.items("steps"))
    for each in (one for step in steps for one in step):
        if not (each in _KINDS or each in iso_countries() or (len(each) == 5 and each.isupper())):
            raise row.refusal(f"step {each[:20]!r} is no UN/LOCODE, country or kind of gateway")
    if not steps:
        raise row.refusal("steps is empty, wanted at least one")
    return Chain(
        chain=row.text("chain"),
        title=row.text("title"),
        hs_prefixes=row.prefixes("hs_prefixes"),
        origins=frozenset(row.items("origins")),
        steps=steps,
        strength=int(row.one_of("strength", _STRENGTHS)),
        effective_from=row.optional_day("effective_from"),
        effective_to=row.optional_day("effective_to"),
        verified=row.flag("verified"),
        source=row.text("source"),
    )


def _bound(row: Row) -> Bound:
    low, high = row.amount("low"), row.amount("high")
    if low is None and high is None:
        raise row.refusal("low and high are empty, wanted at least one")
    return Bound(
        measure=row.one_of("measure", MEASURES),
        hs_prefixes=row.prefixes("hs_prefixes"),
        unit=row.cells["unit"],
        low=low,
        high=high,
        reason=row.text("reason"),
        source=row.text("source"),
    )


def _capacity(row: Row) -> Capacity:
    tonnes = row.amount("tonnes_per_year")
    if tonnes is None:
        raise row.refusal("tonnes_per_year is empty, wanted a number")
    return Capacity(
        good=row.text("good"),
        hs_prefixes=row.prefixes("hs_prefixes"),
        country=row.one_of("country", iso_countries()),
        tonnes_per_year=tonnes,
        source=row.text("source"),
    )


def _yield(row: Row) -> Yield:
    return Yield(
        output=row.text("output"),
        hs_prefixes=row.prefixes("hs_prefixes"),
        unit=row.text("unit"),
        input=row.text("input"),
        input_hs=row.text("input_hs"),
        kg_low=row.number_above_zero("kg_low"),
        kg_high=row.number_above_zero("kg_high"),
        reason=row.text("reason"),
        source=row.text("source"),
    )
