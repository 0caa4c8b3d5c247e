"""The world put together: parties, networks, traffic, enforcement, declarations, outcomes."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from training.synthetic.amounts import make_lines, scaled_to_published
from training.synthetic.declarations import Scene, declare
from training.synthetic.draws import Draws, Pools
from training.synthetic.enforcement import enforce
from training.synthetic.journeys import plan_journeys, set_out_from
from training.synthetic.legs import make_legs
from training.synthetic.listed import list_parties
from training.synthetic.networks import make_networks
from training.synthetic.outcomes import make_outcomes, make_truth
from training.synthetic.parties import importer_pools, make_importers, make_suppliers
from training.synthetic.plan import Plan
from training.synthetic.tables import Tables
from training.synthetic.traffic import hidden_traffic, honest_traffic, joined

Say = Callable[[str], None]
STEPS = ("Parties", "Hidden networks", "Trade", "Enforcement", "Amounts and routes", "Declarations",
         "Outcomes")  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """A made world: what a customer would have, and the truth apart.

    `lines` are in filing order, the lines of an entry one after another; `outcomes` in the order
    they became known; `truth` has one row for each line, in the order of `lines`.
    """

    plan: Plan
    lines: pa.Table
    outcomes: pa.Table
    truth: pa.Table


def make_world(plan: Plan, say: Say = lambda _: None) -> World:
    """Return the world of a plan: the same plan gives the same world, to the byte.

    `say` hears each of STEPS as it begins.
    """
    tables, draws = Tables(), Draws(plan.seed)
    say(STEPS[0])
    ordinary, sizes = make_importers(plan, draws)
    by_family = importer_pools(plan, tables, draws, sizes)
    honest_suppliers, group, supplier_sizes = make_suppliers(plan, tables, draws, by_family)
    honest_suppliers, listed = list_parties(
        plan, tables, draws, honest_suppliers, group, supplier_sizes
    )
    lanes = len(tables.families) * len(tables.countries)
    pools = Pools(group, supplier_sizes, lanes)
    say(STEPS[1])
    networks, events, importers, suppliers = make_networks(
        plan, tables, draws, ordinary, by_family, honest_suppliers
    )
    say(STEPS[2])
    hidden = hidden_traffic(plan, tables, draws, networks, events, suppliers, pools)
    rest = plan.entries - len(hidden.day)
    traffic = joined(honest_traffic(plan, tables, draws, suppliers, pools, rest), hidden, draws)
    journeys = plan_journeys(plan, tables, draws, traffic, networks)
    say(STEPS[3])
    enforced = enforce(
        plan,
        tables,
        draws,
        traffic,
        networks,
        suppliers,
        importers,
        journeys.shown(),
        listed.padded(len(suppliers.place)),
    )
    say(STEPS[4])
    made = make_lines(plan, tables, draws, traffic, enforced.supplier)
    scene = Scene(
        plan=plan,
        tables=tables,
        traffic=traffic,
        journeys=journeys,
        legs=make_legs(
            tables,
            draws,
            traffic,
            journeys,
            set_out_from(plan, tables, draws, traffic, suppliers.place[enforced.supplier]),
        ),
        lines=scaled_to_published(tables, traffic, made, enforced.cases),
        enforced=enforced,
        suppliers=suppliers,
        importers=importers,
        networks=networks,
        ordinary_importers=len(ordinary.names),
        listed=listed.padded(len(suppliers.place)),
    )
    say(STEPS[5])
    declared = declare(scene, draws)
    say(STEPS[6])
    return World(
        plan,
        declared.table,
        make_outcomes(scene, declared.numbers, draws),
        make_truth(scene, declared.numbers),
    )
