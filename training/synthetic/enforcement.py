"""Enforcement month by month: whom it examines, whom it stops, what it decides, who reacts.

It looks where it looked before: suppliers, importers and lanes with denials known by then are
examined more. Networks put forward another front once a denial is known.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from training.synthetic.draws import Draws, Flags, Floats, Ints
from training.synthetic.focus import Month, cells, months
from training.synthetic.listed import Listed
from training.synthetic.networks import FRONTS, Networks
from training.synthetic.parties import Importers, Suppliers
from training.synthetic.plan import Plan
from training.synthetic.tables import Tables
from training.synthetic.traffic import NOBODY, Traffic, usual_importer

DENIED, RELEASED, PENDING, CLEAR = 0, 1, 2, 3
SECTOR, PARTY = 0, 1  # why an entry was picked
EXAMINED_FOR_A_STOP = 1 / 0.468 - 1  # 1,174 targeted, about 550 detained (FY2021 to 28 May)
# All of the following are invented.
TIP = 4.6  # what enforcement knows beyond the entry: for nexus, in units of its noise
WATCHED = 2.0  # goods of an origin that are known to be at risk
SUPPLIER_DENIED, SUPPLIER_RELEASED, IMPORTER_DENIED, LANE_DENIED = 1.2, -0.7, 0.5, 0.25
SHOWN, BORDER = 0.7, 0.8
BARRED = 12.0  # an entry that names a party under an order
RELEASE_FOR_BARRED = 0.02  # odds of release of such goods
MISSED = 0.3  # share of nexus that an examination without detention lets pass
SUBSTITUTION = 0.35  # chance that a front is replaced after a denial became known
RELEASE_FOR_NEXUS = 0.06  # odds of release of nexus against honest goods
PENDING_FOR_HONEST = 4.0  # odds that honest goods are still argued about
RELEASE_FOR_AUTO = 0.3  # 75 of 3,903 by January 2025 against 430 of 6,613


@dataclass(frozen=True, slots=True)
class Terms:
    """How stops end from a day on: share released (published or invented) and share pending."""

    starts: date
    released: float
    pending: float


TERMS = (
    Terms(date(2022, 6, 21), 5353 / 10142, 0.03),  # published share released; pending invented
    Terms(date(2024, 10, 1), 430 / 6613, 0.20),  # published share released; pending invented
    Terms(date(2025, 9, 1), 0.50, 0.08),  # invented
)


@dataclass(frozen=True, slots=True)
class Case:
    """Entries that were examined, arrays (c,): which, stopped or not, why, how it ended, when.

    `detained`, `decided` and `known` are ordinals; a case without detention has its examination
    day in `detained`.
    """

    entry: Ints
    stopped: Flags
    reason: Ints
    decision: Ints
    detained: Ints
    decided: Ints
    known: Ints


@dataclass(frozen=True, slots=True)
class Enforced:
    """What came of all months: the cases, and who shipped each entry in the end (n,)."""

    cases: Case
    supplier: Ints
    importer: Ints


class _Record:
    """What enforcement knows of parties and lanes, and which front each network shows."""

    def __init__(self, suppliers: int, importers: int, lanes: int, networks: int) -> None:
        self.supplier_denied = np.zeros(suppliers)
        self.supplier_released = np.zeros(suppliers)
        self.importer_denied = np.zeros(importers)
        self.lane_denied = np.zeros(lanes)
        self.front = np.zeros((networks, 2), dtype=np.int64)


class _Run:
    """One run through the months."""

    def __init__(  # noqa: PLR0913, PLR0917 - the whole world is enforced upon
        self,
        plan: Plan,
        tables: Tables,
        draws: Draws,
        traffic: Traffic,
        networks: Networks,
        suppliers: Suppliers,
        importers: Importers,
        shown: Flags,
        listed: Listed,
    ) -> None:
        self.listed = listed
        self.plan, self.tables, self.traffic = plan, tables, traffic
        self.networks, self.suppliers, self.importers = networks, suppliers, importers
        self.shown = shown
        self.rng = draws.of("enforcement")
        self.choice = draws.of("decisions")
        self.reaction = draws.of("reactions")
        self.supplier = traffic.supplier.copy()
        self.importer = traffic.importer.copy()
        self.lane = traffic.good * len(tables.countries) + traffic.country
        self.record = _Record(
            len(suppliers.place),
            len(importers.names),
            len(tables.goods) * len(tables.countries),
            len(networks.channel),
        )
        makers = {place for each in tables.channels for place in each.makers}
        self.at_border = np.isin(suppliers.place, sorted(makers))
        self.watched = np.zeros((len(tables.goods), len(tables.countries)))
        for each in tables.channels:
            self.watched[list(each.goods), each.country] = 1.0
        self.auto = np.array([each.industry == "auto" for each in tables.goods])
        self.owed: dict[str, float] = {}
        self.cases: list[Case] = []
        self.open: list[tuple[int, int, int]] = []  # known day, entry, decision

    def month(self, month: Month) -> None:
        """Play one month."""
        self._learn(month.starts.toordinal())
        rows = np.arange(month.first, month.last)
        self._resolve(rows)
        scores = self._scores(rows)
        cell = cells(self.tables, self.traffic, month)
        ranked = rows[np.argsort(-scores, kind="stable")]
        cell = cell[ranked - month.first]
        stopped: list[Ints] = []
        examined: list[Ints] = []
        for at, focus in enumerate(month.rows):
            order = ranked[cell == at]
            stops = self._whole(f"stop {self.tables.focus[focus]}", month.wanted[at], len(order))
            stopped.append(order[:stops])
            rest = self._passing(order[stops:])
            wanted = month.wanted[at] * EXAMINED_FOR_A_STOP
            examined.append(rest[: self._whole("examine", wanted, len(rest))])
        self._close(np.concatenate(stopped), np.concatenate(examined), month)

    def _passing(self, rows: Ints) -> Ints:
        """Return those that an examination without detention would let pass."""
        missed = self.choice.random(len(rows)) < self._missed
        return rows[(~self.traffic.nexus[rows] | missed) & ~self._barred(rows)]

    def _barred(self, rows: Ints) -> Flags:
        return self.listed.barred(_part(self.traffic, rows), self.supplier[rows])

    @property
    def _missed(self) -> float:
        return MISSED if self.plan.mechanisms.label_noise else 0.0

    def _whole(self, purpose: str, wanted: float, most: int) -> int:
        """Return a whole number of what is owed by now; what is left over stays owed."""
        owed = self.owed.get(purpose, 0.5) + wanted
        now = min(int(owed), most)
        self.owed[purpose] = owed - now
        return now

    def _resolve(self, rows: Ints) -> None:
        """Say who ships each entry of the month: networks show their front of the moment."""
        if self.plan.mechanisms.repeat_suppliers:
            own = rows[self.traffic.network[rows] != NOBODY]
            network = self.traffic.network[own]
            front = self.record.front[network, self.traffic.slot[own]]
            # the second slot starts from the far end, so that slots never share a front
            place = np.where(self.traffic.slot[own] == 1, FRONTS - 1 - front, front)
            self.supplier[own] = self.networks.first_front + network * FRONTS + place
        everyone = usual_importer(
            _part(self.traffic, rows), self.suppliers, self.importers, self.supplier[rows]
        )
        self.importer[rows] = everyone

    def _scores(self, rows: Ints) -> Floats:
        record, supplier = self.record, self.supplier[rows]
        scores = self.rng.gumbel(size=len(rows)) + TIP * self.traffic.nexus[rows]
        scores += WATCHED * self.watched[self.traffic.good[rows], self.traffic.country[rows]]
        scores += BARRED * self._barred(rows)
        scores += SHOWN * self.shown[rows] + BORDER * self.at_border[supplier]
        if self.plan.mechanisms.looks_where_it_looked:
            scores += SUPPLIER_DENIED * np.minimum(record.supplier_denied[supplier], 2)
            scores += SUPPLIER_RELEASED * np.minimum(record.supplier_released[supplier], 2)
            scores += IMPORTER_DENIED * np.minimum(record.importer_denied[self.importer[rows]], 2)
            scores += LANE_DENIED * np.log1p(record.lane_denied[self.lane[rows]])
        return scores

    def _learn(self, day: int) -> None:
        """Take in what became known before `day`; networks whose denial is known may react."""
        known = [each for each in self.open if each[0] < day]
        self.open = [each for each in self.open if each[0] >= day]
        chance = 0.8 if self.plan.shift == "parties" else SUBSTITUTION
        for _, entry, decision in known:
            supplier = self.supplier[entry]
            if decision in (RELEASED, CLEAR):
                self.record.supplier_released[supplier] += 1
            if decision != DENIED:
                continue
            self.record.supplier_denied[supplier] += 1
            self.record.importer_denied[self.importer[entry]] += 1
            self.record.lane_denied[self.lane[entry]] += 1
            network = self.traffic.network[entry]
            if network != NOBODY and self.plan.mechanisms.supplier_substitution:
                slot = self.traffic.slot[entry]
                shows = self.record.front[network, slot] < FRONTS // 2 - 1
                if shows and self.reaction.random() < chance:
                    self.record.front[network, slot] += 1

    def _close(self, stopped: Ints, examined: Ints, month: Month) -> None:
        """Decide the month's cases and file them."""
        entry = np.concatenate((stopped, examined))
        is_stop = np.arange(len(entry)) < len(stopped)
        decision = np.full(len(entry), CLEAR)
        decision[is_stop] = self._decisions(stopped, month.starts)
        day = self.traffic.day[entry]
        rng = self.choice
        detained = day + rng.integers(1, 9, len(entry))
        wait = np.exp(rng.normal(np.log(55), 0.5, len(entry))).clip(10, 330).astype(np.int64)
        decided = np.where(is_stop, detained + wait, detained)
        known = decided + rng.integers(2, 26, len(entry))
        if not self.plan.mechanisms.late_outcomes:
            detained = decided = known = day
        known_before = self.record.supplier_denied[self.supplier[entry]] > 0
        self.cases.append(
            Case(
                entry=entry,
                stopped=is_stop,
                reason=np.where(known_before, PARTY, SECTOR),
                decision=decision,
                detained=detained,
                decided=decided,
                known=known,
            )
        )
        self.open += zip(known.tolist(), entry.tolist(), decision.tolist(), strict=True)

    def _decisions(self, stopped: Ints, day: date) -> Ints:
        """Return how each stop ends (s,): the shares of the period, honest goods released first."""
        barred = self._barred(stopped)
        nexus = self.traffic.nexus[stopped] | barred
        if not self.plan.mechanisms.label_noise:
            return np.where(nexus, DENIED, RELEASED)
        terms = TERMS[0]
        if self.plan.mechanisms.release_shift:
            terms = [each for each in TERMS if each.starts <= day][-1]
        decision = np.full(len(stopped), DENIED)
        odds = np.where(nexus, RELEASE_FOR_NEXUS, 1.0)
        odds = np.where(barred, RELEASE_FOR_BARRED, odds)
        odds = odds * np.where(self.auto[self.traffic.good[stopped]], RELEASE_FOR_AUTO, 1.0)
        keys = np.log(odds) + self.choice.gumbel(size=len(stopped))
        order = np.argsort(-keys, kind="stable")
        released = self._whole(f"release {terms}", terms.released * len(stopped), len(stopped))
        decision[order[:released]] = RELEASED
        rest = order[released:]
        contested = np.where(nexus[rest], 1.0, PENDING_FOR_HONEST)
        keys = np.log(contested) + self.choice.gumbel(size=len(rest))
        rest = rest[np.argsort(-keys, kind="stable")]
        pending = self._whole(f"pending {terms}", terms.pending * len(stopped), len(rest))
        decision[rest[:pending]] = PENDING
        return decision


def enforce(  # noqa: PLR0913, PLR0917 - the whole world is enforced upon
    plan: Plan,
    tables: Tables,
    draws: Draws,
    traffic: Traffic,
    networks: Networks,
    suppliers: Suppliers,
    importers: Importers,
    shown: Flags,
    listed: Listed,
) -> Enforced:
    """Play all months in order; return the cases and who shipped what in the end."""
    run = _Run(plan, tables, draws, traffic, networks, suppliers, importers, shown, listed)
    for month in months(plan, tables, traffic):
        run.month(month)
    names = Case.__slots__
    cases = Case(*(np.concatenate([getattr(each, name) for each in run.cases]) for name in names))
    return Enforced(cases, run.supplier, run.importer)


def _part(traffic: Traffic, rows: Ints) -> Traffic:
    return Traffic(*(getattr(traffic, name)[rows] for name in Traffic.__slots__))
