"""One proposed pair of lines against the current one: every number of the what-if screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InvalidField
from app.core.estimates.burden import Burden, GroupBurden, burdens, newly_affected
from app.core.estimates.capacity import (
    MONDAY_WITHOUT_BACKLOG,
    Capacity,
    Opening,
    capacity,
)
from app.core.estimates.detection import Detection, detection
from app.core.estimates.estimate import Estimate
from app.core.estimates.harm import (
    Density,
    FalseHolds,
    HarmReleased,
    MissedList,
    ValueHeld,
    density,
    false_holds,
    harm_released,
    missed_known_bad,
    value_held,
)
from app.core.estimates.lines import Lines, Prepared
from app.core.estimates.segments import Banded, SegmentChange, segment_changes
from app.core.estimates.swap import SwapSet, swap_set
from app.core.estimates.volume import WEEKDAYS, Volume, volume
from app.core.estimates.workload import Workload, handling_times, minutes_of_rows, workload

UNOBSERVED = "We cannot observe what this releases beyond the random sample."  # specs, section 3
_ROW_FIELDS = frozenset({"gained_rows", "lost_rows", "banded"})  # row numbers, of no use elsewhere


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What a tenant tells about itself.

    `roster_hours` on duty by weekday, Monday first; `season` (d,) as in `volume`;
    `regime_changes` days on which rules or definitions changed. Raises InvalidField.
    """

    hourly_cost_usd: float = 0.0
    roster_hours: tuple[float, ...] | None = None
    season: NDArray[np.float64] | None = None
    regime_changes: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a roster that is no week, and a cost below 0."""
        hours = self.roster_hours
        if hours is not None and (len(hours) != WEEKDAYS or min(hours) < 0):
            raise InvalidField("roster_hours", "out_of_range", "wanted seven numbers from 0")
        if self.hourly_cost_usd < 0:
            raise InvalidField("hourly_cost_usd", "out_of_range", "wanted 0 or more")


@dataclass(frozen=True, slots=True, eq=False)
class LineFigures:
    """What one pair of lines does; `alerts` and `holds` over the window."""

    alerts: int
    holds: int
    volume: Volume
    workload: Workload
    detection: Detection
    value_held: ValueHeld
    false_holds: FalseHolds
    harm_released: HarmReleased
    missed_known_bad: tuple[MissedList, ...]
    review_density: Density
    hold_density: Density
    burdens: tuple[GroupBurden, ...]
    banded: Banded


@dataclass(frozen=True, slots=True)
class Freshness:
    """What the figures stand on; `regime_changes` that fall into the window mark them."""

    snapshot: str
    rows: int
    first_day: str
    last_day: str
    model: str
    features: str
    lists: Mapping[str, str]
    last_label: str
    taken_at: str
    regime_changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """Current and proposed lines side by side.

    `alerts_change` a day, `alerts_change_share` of now (None from 0). `is_loosening`: any row's
    band falls; `notice` then says what can't be observed.
    """

    current: LineFigures
    proposed: LineFigures
    alerts_change: float
    alerts_change_share: float | None
    alert_swap: SwapSet
    hold_swap: SwapSet
    segments: tuple[SegmentChange, ...]
    importers_newly_affected: tuple[Burden, ...]
    is_loosening: bool
    notice: str | None
    freshness: Freshness

    def document(self) -> dict[str, Any]:
        """Return the JSON object: rows are left out, and what is not known is absent."""
        return dict(_plain(self))


class WhatIfs:
    """Answers for one snapshot and desk: what the lines of now do is worked out once."""

    def __init__(self, prepared: Prepared, current: Lines, desk: Desk) -> None:
        self.prepared = prepared
        self.desk = desk
        self._minutes = minutes_of_rows(prepared, handling_times(prepared))
        self.current = self.figures(current)
        self._current_masks = self._masks(self.current.banded)

    def figures(self, lines: Lines) -> LineFigures:
        """Return what one pair of lines does."""
        prepared, desk = self.prepared, self.desk
        alerted, held = prepared.alerted(lines), prepared.held(lines)
        is_alerted = np.zeros(len(prepared), bool)
        is_alerted[alerted] = True
        found = detection(prepared, alerted, held, is_alerted)
        return LineFigures(
            alerts=len(alerted),
            holds=len(held),
            volume=volume(prepared, alerted, desk.season),
            workload=workload(prepared, alerted, self._minutes, desk.roster_hours),
            detection=found,
            value_held=value_held(prepared, held),
            false_holds=false_holds(prepared, held, desk.hourly_cost_usd),
            harm_released=harm_released(prepared, alerted, is_alerted, lines.review_at),
            missed_known_bad=missed_known_bad(prepared, is_alerted),
            review_density=density(prepared, lines.review_at),
            hold_density=density(prepared, lines.hold_at),
            burdens=burdens(prepared, held),
            banded=Banded(alerted, held, found.recall.positives_below_line),
        )

    def compare(self, proposed: Lines) -> WhatIf:
        """Return a proposed pair of lines against the current one."""
        prepared, now, then = self.prepared, self.current, self.figures(proposed)
        before, after = self._current_masks, self._masks(then.banded)
        alerts, holds = (
            swap_set(prepared, was, will) for was, will in zip(before, after, strict=True)
        )
        change = then.volume.per_day.mean - now.volume.per_day.mean
        is_loosening = alerts.lost + holds.lost > 0
        return WhatIf(
            current=now,
            proposed=then,
            alerts_change=change,
            alerts_change_share=change / now.volume.per_day.mean if now.alerts else None,
            alert_swap=alerts,
            hold_swap=holds,
            segments=segment_changes(
                prepared, now.banded, then.banded, alerts.gained_rows, alerts.lost_rows
            ),
            importers_newly_affected=newly_affected(prepared, before[0], after[0]),
            is_loosening=is_loosening,
            notice=UNOBSERVED if is_loosening else None,
            freshness=self._freshness(),
        )

    def capacity(
        self, figures: LineFigures, *, seed: int, opening: Opening = MONDAY_WITHOUT_BACKLOG
    ) -> Capacity:
        """Return what the desk would make of these alerts in the next 10 working days.

        Raises InvalidField where the desk has no roster.
        """
        hours = self.desk.roster_hours
        if hours is None:
            raise InvalidField("roster_hours", "missing", "found none, wanted hours by weekday")
        return capacity(self.prepared, figures.banded.alerted, hours, seed=seed, opening=opening)

    def _masks(self, banded: Banded) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return (n,) which rows are alerted and which are held."""
        found = np.zeros((2, len(self.prepared)), bool)
        found[0, banded.alerted] = True
        found[1, banded.held] = True
        return found[0], found[1]

    def _freshness(self) -> Freshness:
        snapshot, days = self.prepared.snapshot, self.prepared.days
        first, last = (str(days[0]), str(days[-1])) if len(days) else ("", "")
        changes = sorted(each.isoformat() for each in self.desk.regime_changes)
        made = snapshot.provenance
        return Freshness(
            snapshot=snapshot.digest,
            rows=len(snapshot),
            first_day=first,
            last_day=last,
            model=made.model,
            features=made.features,
            lists=made.lists,
            last_label=made.last_label,
            taken_at=made.taken_at,
            regime_changes=tuple(each for each in changes if first < each <= last),
        )


def _plain(value: Any) -> Any:
    """Return `value` as JSON knows it, None left out of objects."""
    if isinstance(value, Estimate):
        return value.document()
    if is_dataclass(value):
        found = {each.name: getattr(value, each.name) for each in fields(value)}
        return {
            name: _plain(each)
            for name, each in found.items()
            if each is not None and name not in _ROW_FIELDS
        }
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, StrEnum) else value
