"""Pairs of lines, and which rows of a snapshot lie at or over them: a sort, then a look-up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InvalidField
from app.core.estimates.columns import BandCode, Category, Outcome
from app.core.estimates.recall import Inspected
from app.core.estimates.snapshot import Snapshot
from app.core.scale import MAX_SCORE, probability_at

Cuts = int | NDArray[np.int16]
Rows = NDArray[np.intp]
Choose = Callable[[Mapping[str, str]], tuple[int, int]]

OVERRIDABLE = ("hs_chapter", "origin", "route_class", "port", "entry_type")
ALWAYS = MAX_SCORE + 1  # the key of a row that a floor holds over any line


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Where review and hold begin: one integer for all rows, or (n,) one for each.

    0 to 1001, where 1001 is over every score. Raises InvalidField out of range or order.
    """

    review_at: Cuts
    hold_at: Cuts

    def __post_init__(self) -> None:
        """Refuse what the policy would refuse."""
        for name in ("review_at", "hold_at"):
            cuts = np.asarray(getattr(self, name))
            if cuts.dtype.kind not in "iu" or (
                cuts.size and not 0 <= cuts.min() <= cuts.max() <= ALWAYS
            ):
                message = f"wanted integers from 0 to {ALWAYS}"
                raise InvalidField(name, "invalid_cut_point", message)
        if np.any(np.asarray(self.review_at) > np.asarray(self.hold_at)):
            raise InvalidField(
                "hold_at", "cut_points_out_of_order", "found review_at above hold_at"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Importers within groups: `of_row` (n,) which, `group` (c,) of each, `rows` (c,) in each."""

    of_row: Rows
    group: NDArray[np.int32]
    rows: NDArray[np.float64]


class Prepared:
    """A snapshot sorted once, so that a moved line costs what lies over it, not the whole.

    Nothing in it changes after it was asked for; `snapshot` is what it was made from.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        floor = snapshot.floor
        self._review = _Ranked(np.where(floor >= BandCode.REVIEW, ALWAYS, snapshot.score))
        self._hold = _Ranked(np.where(floor >= BandCode.HOLD, ALWAYS, snapshot.score))
        self._cells: dict[str, Cells] = {}

    def __len__(self) -> int:
        return len(self.snapshot)

    @property
    def keys(self) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """(n,) twice: up to which line a row is alerted, and held; 1001 where a floor does it."""
        return self._review.key, self._hold.key

    def alerted(self, lines: Lines) -> Rows:
        """Return the rows in review or hold, in no order."""
        return self._review.at_or_over(lines.review_at)

    def held(self, lines: Lines) -> Rows:
        """Return the rows in hold, in no order."""
        return self._hold.at_or_over(lines.hold_at)

    def by_segment(self, choose: Choose) -> Lines:
        """Return the lines that `choose` gives to each segment: its names to (review, hold).

        It is asked once for every combination of chapter, origin, route, port and entry type.
        """
        segments, of_row = self._segments
        cuts = np.array([choose(segment) for segment in segments], np.int64).reshape(-1, 2)
        return Lines(*(cuts[of_row, at].astype(np.int16) for at in (0, 1)))

    def cells(self, dimension: str) -> Cells:
        """Return the importers within each group of `dimension`, counted when first asked for."""
        if dimension not in self._cells:
            groups: Category = getattr(self.snapshot, dimension)
            size = max(len(groups.names), 1)
            combined = self.snapshot.importer.codes.astype(np.int64) * size + groups.codes
            keys, of_row, rows = np.unique(combined, return_inverse=True, return_counts=True)
            group = (keys % size).astype(np.int32)
            self._cells[dimension] = Cells(of_row, group, rows.astype(np.float64))
        return self._cells[dimension]

    @cached_property
    def _segments(self) -> tuple[list[dict[str, str]], Rows]:
        """The combinations that occur, as names, and (n,) which of them each row is."""
        parts: list[Category] = [getattr(self.snapshot, name) for name in OVERRIDABLE]
        combined = np.zeros(len(self), np.int64)
        for part in parts:
            combined = combined * len(part.names) + part.codes
        _, first, of_row = np.unique(combined, return_index=True, return_inverse=True)
        segments = [
            {
                name: part.names[part.codes[row]]
                for name, part in zip(OVERRIDABLE, parts, strict=True)
            }
            for row in first
        ]
        return segments, of_row

    @cached_property
    def days(self) -> NDArray[np.datetime64]:
        """(d,) every calendar day of the window, first to last; empty without rows."""
        if not len(self):
            return np.empty(0, "datetime64[D]")
        found = self.snapshot.decided_at.astype("datetime64[D]")
        return np.arange(found.min(), found.max() + 1)

    @cached_property
    def day(self) -> NDArray[np.int32]:
        """(n,) index into `days`."""
        found = self.snapshot.decided_at.astype("datetime64[D]")
        return (found - self.days[:1]).astype(np.int32) if len(self) else np.empty(0, np.int32)

    @cached_property
    def hour(self) -> NDArray[np.int32]:
        """(n,) hour of the desk's day, 0 to 23."""
        seconds = self.snapshot.decided_at.astype(np.int64)
        return (seconds // 3600 % 24).astype(np.int32)

    @cached_property
    def weekday(self) -> NDArray[np.int32]:
        """(d,) weekday of each of `days`, Monday 0."""
        return ((self.days.astype(np.int64) + 3) % 7).astype(np.int32)  # 1970-01-01: a Thursday

    @cached_property
    def value_usd(self) -> NDArray[np.float64]:
        """(n,) entered value, 0 where none was declared."""
        return np.nan_to_num(self.snapshot.value_usd)

    @cached_property
    def total_usd(self) -> float:
        """Entered value of all rows."""
        return float(self.value_usd.sum())

    @cached_property
    def mature_usd(self) -> float:
        """Entered value of the matured rows."""
        return float(self.value_usd[self.snapshot.is_mature].sum())

    @cached_property
    def probability(self) -> NDArray[np.float64]:
        """(n,) the calibrated probability that a score stands for."""
        return np.array([probability_at(score) for score in range(ALWAYS)])[self.snapshot.score]

    @cached_property
    def harm_usd(self) -> NDArray[np.float64]:
        """(n,) probability times entered value."""
        return self.probability * self.value_usd

    @cached_property
    def total_harm_usd(self) -> float:
        """The same of all rows."""
        return float(self.harm_usd.sum())

    @cached_property
    def known_bad_rows(self) -> Rows:
        """The rows on a list of known bad cases."""
        return np.flatnonzero(self.snapshot.known_bad.is_named())

    @cached_property
    def inspected_rows(self) -> Rows:
        """The rows of `inspected`."""
        found = self.snapshot
        looked_at = (found.old_band > BandCode.RELEASE) | found.is_drawn
        return np.flatnonzero(looked_at & found.is_mature & (found.outcome != Outcome.PENDING))

    @cached_property
    def inspected(self) -> Inspected:
        """What was looked at whatever it would show, matured and closed.

        The odds of a stratum (held, drawn) are those of the draw times the share of its matured
        cases that are closed.
        """
        found, rows = self.snapshot, self.inspected_rows
        looked_at = ((found.old_band > BandCode.RELEASE) | found.is_drawn) & found.is_mature
        drawn = found.is_drawn[rows]
        odds = np.where(drawn, found.odds[rows], 1.0)
        for stratum, all_of_it in ((drawn, found.is_drawn), (~drawn, ~found.is_drawn)):
            if stratum.any():
                odds[stratum] *= stratum.sum() / np.count_nonzero(looked_at & all_of_it)
        return Inspected(
            found.outcome[rows] == Outcome.CONFIRMED, odds, drawn, self.value_usd[rows]
        )

    @cached_property
    def near(self) -> NDArray[np.int64]:
        """(1002,) how many rows have a score below each line."""
        counts = np.bincount(self.snapshot.score, minlength=ALWAYS)
        return np.concatenate([[0], np.cumsum(counts)])


class _Ranked:
    """Row numbers in falling order of a key, and where each key begins."""

    def __init__(self, key: NDArray[np.int16]) -> None:
        self.key = key.astype(np.int16)
        self._order = np.argsort(-self.key, kind="stable")
        counts = np.bincount(self.key, minlength=ALWAYS + 1)
        self._over = np.concatenate([np.cumsum(counts[::-1])[::-1], [0]])

    def at_or_over(self, cuts: Cuts) -> Rows:
        """Return the rows whose key is at `cuts` or over."""
        if isinstance(cuts, int):
            return self._order[: self._over[cuts]]
        return np.flatnonzero(self.key >= cuts)
