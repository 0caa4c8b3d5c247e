"""Outcomes of entries and the labels they make: taxonomy, weights, and when they were known."""

import math
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.core.entry import Entry
from app.core.errors import DataRefused
from app.core.history import KnownOutcome
from app.core.outcomes import OutcomeCode, OutcomeKind, effects_of
from training.files import open_data
from training.progress import Steps

SHIPPED = Path(__file__).parent / "outcomes.toml"
DENIED = "denied"
MATURITY_FLOOR_DAYS = 90  # specs: training, section 2
MOST_FOR_ONE = 100.0  # cap of a weight 1/odds (specs: training, section 4)
MATURITY_SHARE = 0.95  # of outcomes known by then


@dataclass(frozen=True, slots=True)
class Target:
    """What one outcome code means for a label: True, False or None (no label), and its weight."""

    positive: bool | None
    weight: float


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """One outcome as it came: of which lines (None: the entry), and when it became known.

    `outcome_id` is what a later one names in `corrects` to say that it was wrong; "" is none.
    `odds` are those with which a draw by chance picked the entry, in (0, 1]; None for all other
    outcomes, whose odds nobody knows: they stand for themselves. `recorded_by` and `source` say who
    recorded it and whose word it is; "" where the file does not say.
    """

    entry_number: str
    line_numbers: tuple[int, ...] | None
    code: str
    regime: str
    event_at: date
    known_at: date
    outcome_id: str = ""
    corrects: str = ""
    odds: float | None = None
    recorded_by: str = ""
    source: str = ""

    @property
    def trust(self) -> float:
        """How many lines like it a line drawn by chance stands for, at most MOST_FOR_ONE."""
        return 1.0 if self.odds is None else min(1 / self.odds, MOST_FOR_ONE)


def load_taxonomy(path: Path = SHIPPED, label: str = DENIED) -> dict[str, Target]:
    """Return the meaning of each outcome code for `label`; raise DataRefused naming what is off."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        codes = document[label]
        return {code: _target(code, each) for code, each in codes.items()}
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise DataRefused(f"{path.name}: {error}") from error


def _target(code: str, found: Mapping[str, object]) -> Target:
    meaning = {1: True, 0: False, "none": None}
    target, weight = found["target"], found.get("weight", 1.0)
    if target not in meaning or not isinstance(weight, float) or not 0 < weight <= 1:
        raise DataRefused(f"outcome {code}: wanted target 1, 0 or none and a weight in (0, 1]")
    return Target(meaning[target], weight)


def read_outcomes(path: Path, steps: Steps) -> dict[str, list[OutcomeRecord]]:
    """Return the outcomes in the file at `path` by entry number, in the order they became known.

    Columns: entry_number, line_numbers ("" or "1|2"), code, regime, event_at, known_at; and, where
    there are corrections, outcome_id and corrects (of the same entry); source, recorded_by.
    Raises DataRefused for a malformed row, naming it: an outcome half read is a label made up.
    """
    found = open_data(path)
    by_entry: defaultdict[str, list[OutcomeRecord]] = defaultdict(list)
    for row in steps.track(found.read(), f"Read {path.name}", total=found.rows):
        try:
            record = _record(row.cells)
        except (KeyError, ValueError) as error:
            raise DataRefused(f"{path.name} line {row.number}: {error}") from error
        by_entry[record.entry_number].append(record)
    for records in by_entry.values():
        records.sort(key=lambda each: (each.known_at, each.event_at))
    return dict(by_entry)


def _record(cells: Mapping[str, str]) -> OutcomeRecord:
    numbers = tuple(int(each) for each in cells.get("line_numbers", "").split("|") if each)
    known_at = date.fromisoformat(cells["known_at"][:10])
    return OutcomeRecord(
        entry_number=cells["entry_number"],
        line_numbers=numbers or None,
        code=cells["code"],
        regime=cells.get("regime", ""),
        event_at=date.fromisoformat((cells.get("event_at") or cells["known_at"])[:10]),
        known_at=known_at,
        outcome_id=cells.get("outcome_id", ""),
        corrects=cells.get("corrects", ""),
        odds=_odds(cells.get("odds", "")),
        recorded_by=cells.get("recorded_by", ""),
        source=cells.get("source", ""),
    )


def _odds(cell: str) -> float | None:
    if not cell:
        return None
    odds = float(cell)
    if not 0 < odds <= 1:
        raise ValueError(f"odds {cell[:12]}: wanted above 0, at most 1")
    return odds


def known_outcomes(
    records: Sequence[OutcomeRecord], taxonomy: Mapping[str, Target]
) -> tuple[KnownOutcome, ...]:
    """Return what history learns of an entry's outcomes, each on the day it became known.

    The product's own codes teach what app.core.outcomes says, stops apart from findings; a code
    that a taxonomy adds teaches what its label says. Codes the taxonomy lacks raise DataRefused.
    """
    wrong_from = corrections(records)
    return tuple(
        KnownOutcome(
            kind, each.known_at, each.line_numbers, weight, wrong_from.get(each.outcome_id)
        )
        for each in records
        for kind, weight in _effects(each.code, _meaning(each, taxonomy))
    )


def corrections(records: Sequence[OutcomeRecord]) -> dict[str, date]:
    """Return for each outcome that was corrected the first day that was known."""
    found: dict[str, date] = {}
    for each in records:
        if each.corrects:
            found[each.corrects] = min(each.known_at, found.get(each.corrects, date.max))
    return found


def _effects(code: str, target: Target) -> tuple[tuple[OutcomeKind, float], ...]:
    if code in set(OutcomeCode):
        return effects_of(OutcomeCode(code))
    return () if target.positive is None else ((kind_of(target.positive), target.weight),)


def kind_of(positive: bool) -> OutcomeKind:
    """Return what history counts for a plain label: denied or cleared."""
    return OutcomeKind.DENIED if positive else OutcomeKind.CLEARED


def line_labels(
    entry: Entry,
    records: Sequence[OutcomeRecord],
    taxonomy: Mapping[str, Target],
    known_before: date | None,
) -> list[tuple[float, float]]:
    """Return label (1, 0 or NaN) and weight of each line by what was known before a day.

    The last word counts: a later outcome of a line replaces an earlier one, also by none, and one
    that was corrected counts for nothing. An outcome without line numbers labels a line only where
    the entry has one.
    """
    labels = [(math.nan, 0.0)] * len(entry.lines)
    known = [each for each in records if known_before is None or each.known_at < known_before]
    wrong = corrections(known)
    for each in known:
        if each.outcome_id in wrong:
            continue
        if each.line_numbers is None and len(entry.lines) > 1:
            continue
        target = _meaning(each, taxonomy)
        for place, line in enumerate(entry.lines):
            if each.line_numbers is None or line.line_number in each.line_numbers:
                labels[place] = (
                    (math.nan, 0.0)
                    if target.positive is None
                    else (float(target.positive), target.weight * each.trust)
                )
    return labels


def _meaning(record: OutcomeRecord, taxonomy: Mapping[str, Target]) -> Target:
    if record.code not in taxonomy:
        raise DataRefused(f"found outcome {record.code[:24]!r}, wanted one of {sorted(taxonomy)}")
    return taxonomy[record.code]


def maturity_days(
    entered: Mapping[str, date],
    by_entry: Mapping[str, Sequence[OutcomeRecord]],
    taxonomy: Mapping[str, Target],
    before: date,
) -> int:
    """Return after how many days 95 % of the outcomes that label were known, of those before a day.

    At least 90. `entered` gives the day of each entry; a pending case is no outcome yet.
    """
    waits = sorted(
        (each.known_at - entered[number]).days
        for number, records in by_entry.items()
        if number in entered
        for each in records
        if each.known_at < before and _meaning(each, taxonomy).positive is not None
    )
    if not waits:
        return MATURITY_FLOOR_DAYS
    place = math.ceil(MATURITY_SHARE * len(waits)) - 1
    return max(MATURITY_FLOOR_DAYS, waits[place])
