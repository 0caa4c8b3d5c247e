"""Outcomes as they become known, and the truth that no customer has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from training.synthetic.declarations import Scene
from training.synthetic.draws import Draws, Flags, Ints, Strings, pick
from training.synthetic.enforcement import DENIED, PARTY, PENDING
from training.synthetic.traffic import NOBODY

FOUND = 0.85  # of nexus that a document check finds (invented)
ENTRY_ONLY = 0.12  # of outcomes of several lines that name none (invented)
DENIALS = (("excluded", 0.45), ("seized", 0.2), ("exported_by_importer", 0.25), ("abandoned", 0.1))
RELEASES = (
    ("released_not_applicable", 0.88),
    ("released_exception", 0.02),
    ("released_other_reason", 0.1),
)
GOVERNMENT, REVIEW = "government", "review"
SCHEMA = pa.schema(
    [
        ("entry_number", pa.string()),
        ("line_numbers", pa.string()),
        ("code", pa.string()),
        ("source", pa.string()),
        ("regime", pa.string()),
        ("event_at", pa.date32()),
        ("known_at", pa.date32()),
        ("selection", pa.string()),
        ("odds", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One row; days are ordinals."""

    entry: int
    lines: str | None
    code: str
    source: str
    regime: str
    event: int
    known: int
    selection: str
    odds: float | None


def make_outcomes(scene: Scene, numbers: Strings, draws: Draws) -> pa.Table:
    """Return the outcomes known by the end of the window, in the order they became known."""
    found = [*_government(scene, draws), *_reviews(scene, draws)]
    last = scene.plan.ends.toordinal()
    rows = sorted(
        (each for each in found if each.known <= last),
        key=lambda each: (each.known, numbers[each.entry], each.code, each.lines or ""),
    )
    return pa.table(
        {
            "entry_number": [numbers[each.entry] for each in rows],
            "line_numbers": [each.lines for each in rows],
            "code": [each.code for each in rows],
            "source": [each.source for each in rows],
            "regime": [each.regime for each in rows],
            "event_at": [date.fromordinal(each.event) for each in rows],
            "known_at": [date.fromordinal(each.known) for each in rows],
            "selection": [each.selection for each in rows],
            "odds": [each.odds for each in rows],
        },
        schema=SCHEMA,
    )


def _government(scene: Scene, draws: Draws) -> Iterator[_Outcome]:
    """Yield a detention and its end for each stop, and one clear for each other examination."""
    rng = draws.of("outcomes")
    cases, lines = scene.enforced.cases, _LinesOf(scene)
    count = len(cases.entry)
    denials = [DENIALS[at][0] for at in pick(rng, np.array([w for _, w in DENIALS]), count)]
    releases = [RELEASES[at][0] for at in pick(rng, np.array([w for _, w in RELEASES]), count)]
    unnamed = rng.random(count) < ENTRY_ONLY
    wait = (
        rng.integers(1, 6, count) if scene.plan.mechanisms.late_outcomes else np.zeros(count, int)
    )
    for at in range(count):
        entry = int(cases.entry[at])
        selection = "targeted_party" if cases.reason[at] == PARTY else "targeted_sector"
        regime = lines.regime(entry)
        told = (GOVERNMENT, regime)
        if not cases.stopped[at]:
            named = lines.all_of(entry)
            day, known = int(cases.detained[at]), int(cases.known[at])
            yield _Outcome(entry, named, "examined_clear", *told, day, known, selection, None)
            continue
        suspected = None if unnamed[at] and lines.count(entry) > 1 else lines.suspect(entry)
        day = int(cases.detained[at])
        yield _Outcome(
            entry, suspected, "detained_pending", *told, day, day + int(wait[at]), selection, None
        )
        if cases.decision[at] == PENDING:
            continue
        code = denials[at] if cases.decision[at] == DENIED else releases[at]
        decided, known = int(cases.decided[at]), int(cases.known[at])
        yield _Outcome(entry, suspected, code, *told, decided, known, selection, None)


def _reviews(scene: Scene, draws: Draws) -> Iterator[_Outcome]:
    """Yield the document checks of the random stratum: drawn among what nobody examined."""
    if not scene.plan.mechanisms.random_stratum:
        return
    rng = draws.of("exploration")
    count = len(scene.traffic.day)
    odds = scene.plan.exploration_odds
    drawn = rng.random(count) < odds
    drawn[scene.enforced.cases.entry] = False
    finds = rng.random(count) < (FOUND if scene.plan.mechanisms.label_noise else 1.0)
    event = scene.traffic.day + rng.integers(3, 26, count)
    known = event + rng.integers(1, 11, count)
    if not scene.plan.mechanisms.late_outcomes:
        event = known = scene.traffic.day
    lines = _LinesOf(scene)
    barred = _barred(scene)
    for entry in np.flatnonzero(drawn).tolist():
        told = (REVIEW, lines.regime(entry), int(event[entry]), int(known[entry]))
        nexus = lines.nexus_of(entry) if finds[entry] else ()
        if barred[entry]:
            nexus = lines.of(entry)
        for code, chosen in (
            ("document_check_nexus", nexus),
            ("document_check_clear", tuple(n for n in lines.of(entry) if n not in nexus)),
        ):
            if chosen:
                named = "|".join(map(str, chosen))
                yield _Outcome(entry, named, code, *told, "exploration", odds)


class _LinesOf:
    """The lines of an entry by their numbers, as outcomes name them."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._barred = _barred(scene)
        self._first = np.searchsorted(scene.lines.entry, np.arange(len(scene.traffic.day) + 1))

    def count(self, entry: int) -> int:
        return int(self._first[entry + 1] - self._first[entry])

    def of(self, entry: int) -> tuple[int, ...]:
        return tuple(range(1, self.count(entry) + 1))

    def all_of(self, entry: int) -> str:
        return "|".join(map(str, self.of(entry)))

    def nexus_of(self, entry: int) -> tuple[int, ...]:
        inside = slice(self._first[entry], self._first[entry + 1])
        return tuple((np.flatnonzero(self._scene.lines.nexus[inside]) + 1).tolist())

    def suspect(self, entry: int) -> str:
        """Return the lines that are held: those of forced labour, else the first."""
        if self._barred[entry]:
            return self.all_of(entry)
        return "|".join(map(str, self.nexus_of(entry) or (1,)))

    def regime(self, entry: int) -> str:
        network = int(self._scene.traffic.network[entry])
        if network == NOBODY:
            return "UFLPA"
        channel = int(self._scene.networks.channel[network])
        return self._scene.tables.channels[channel].regime


def make_truth(scene: Scene, numbers: Strings) -> pa.Table:
    """Return what is hidden of each line: nexus, by which mechanism, of which network."""
    lines, traffic, journeys = scene.lines, scene.traffic, scene.journeys
    network = traffic.network[lines.entry]
    kinds = [each.kind for each in scene.tables.channels]
    channel = np.where(network == NOBODY, -1, scene.networks.channel[network])
    kind = np.array(["", *kinds], dtype=object)[channel + 1]
    trace = journeys.trace[lines.entry]
    traces = [None, *(f"{e.trace}:{e.stuffing}:{e.lading}:{e.hub}" for e in journeys.traces)]
    showing = np.array([False, *(each.shows for each in journeys.traces)])[trace + 1]
    supplier = scene.enforced.supplier[lines.entry]
    return pa.table(
        {
            "entry_number": pa.array(numbers, pa.string()).take(pa.array(lines.entry)),
            "line_number": pa.array(lines.number),
            "nexus": pa.array(lines.nexus),
            "mechanism": pa.array(np.where(network == NOBODY, None, kind), pa.string()),
            "network": pa.array(network, pa.int64(), mask=network == NOBODY),
            "trace": pa.array([traces[at] for at in trace + 1], pa.string()),
            "laundered": pa.array(showing & lines.nexus),
            "undervalued": pa.array(lines.undervalued),
            "shell_importer": pa.array(
                scene.enforced.importer[lines.entry] >= scene.ordinary_importers
            ),
            "front": pa.array(supplier >= scene.networks.first_front),
            "parcel": pa.array(traffic.parcel[lines.entry]),
            "barred": pa.array(_barred(scene)[lines.entry]),
            "examined": pa.array(_examined(scene)[lines.entry]),
        }
    )


def _barred(scene: Scene) -> Flags:
    """Return which entries (n,) name a party under an order on their day."""
    return scene.listed.barred(scene.traffic, scene.enforced.supplier)


def _examined(scene: Scene) -> Ints:
    found = np.zeros(len(scene.traffic.day), dtype=bool)
    found[scene.enforced.cases.entry] = True
    return found
