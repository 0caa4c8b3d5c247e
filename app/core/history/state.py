"""What is remembered under one key: decayed sums, first and last day, and small sketches."""

from functools import lru_cache
from math import isfinite
from typing import Final, NamedTuple, Self

from app.core.errors import DataRefused
from app.core.outcomes import OutcomeKind

FORMAT: Final = 2  # of states, keys, records and snapshots; another format is another memory
# Half-lives in days, fixed so that states of different days and machines can be merged
# (docs/adr/0017-history-state-2.md).
ACTIVITY_HALF_LIFE: Final = 180  # lines, value, weight: half a year, so that a season still shows
RECENT_HALF_LIFE: Final = 30  # lines and value of late, to tell a surge or a silence
OUTCOME_HALF_LIFE: Final = 365  # outcomes come late and seldom, so they fade slowly
HALF_LIVES: Final = {
    "activity": ACTIVITY_HALF_LIFE,
    "recent": RECENT_HALF_LIFE,
    "outcome": OUTCOME_HALF_LIFE,
}
# Less than this of a line is what rounding leaves of an outcome that was taken back: none.
LEAST_OUTCOME: Final = 1e-9
OUTCOME_KINDS: Final = tuple(OutcomeKind)  # in the order in which states keep their weights
_SUMS: Final = 10  # leading fields that are decayed sums
_NUMBERS: Final = 16  # leading fields that are no sketches


class PartyState(NamedTuple):  # a tuple, for eight are made for every entry observed
    """What is known under one key; days are ordinals (date.toordinal), value USD, weight kg.

    The sums (the first ten) stand as of day `updated`. `detained` to `review_clear` are weights of
    lines by OutcomeKind. `first_seen`, `last_seen` and `previous_seen` (the day before `last_seen`
    on which it was seen) are 0 where there is none: an outcome is no sighting. `goods` (HS
    headings), `origins` (countries), `routes` (route signatures) and `partners` (importers of a
    supplier or filer, else suppliers) are sketches of 128 bits.
    """

    lines_recent: float
    lines_decayed: float
    value_recent: float
    value_decayed: float
    kg_decayed: float
    detained: float
    denied: float
    cleared: float
    review_nexus: float
    review_clear: float
    updated: int
    lines: int
    entries: int
    first_seen: int
    last_seen: int
    previous_seen: int
    goods: int
    origins: int
    routes: int
    partners: int

    @property
    def is_seen(self) -> bool:
        """Whether an entry was ever observed, rather than an outcome alone."""
        return self.entries > 0

    def lines_on(self, day: int) -> float:
        """Return lines seen, decayed to `day` with the activity half-life."""
        return self.lines_decayed * decay(day - self.updated, ACTIVITY_HALF_LIFE)

    def recent_lines_on(self, day: int) -> float:
        """Return lines seen, decayed to `day` with the short half-life."""
        return self.lines_recent * decay(day - self.updated, RECENT_HALF_LIFE)

    def value_on(self, day: int) -> float:
        """Return USD seen, decayed to `day` with the activity half-life."""
        return self.value_decayed * decay(day - self.updated, ACTIVITY_HALF_LIFE)

    def recent_value_on(self, day: int) -> float:
        """Return USD seen, decayed to `day` with the short half-life."""
        return self.value_recent * decay(day - self.updated, RECENT_HALF_LIFE)

    def kg_on(self, day: int) -> float:
        """Return kilograms seen, as far as declared, decayed to `day` like lines."""
        return self.kg_decayed * decay(day - self.updated, ACTIVITY_HALF_LIFE)

    def detained_on(self, day: int) -> float:
        """Return lines known to have been detained, as weights decayed to `day`."""
        return self.detained * decay(day - self.updated, OUTCOME_HALF_LIFE)

    def denied_on(self, day: int) -> float:
        """Return lines known to have been denied, as weights decayed to `day`."""
        return self.denied * decay(day - self.updated, OUTCOME_HALF_LIFE)

    def cleared_on(self, day: int) -> float:
        """Return lines known to have been cleared, as weights decayed to `day`."""
        return self.cleared * decay(day - self.updated, OUTCOME_HALF_LIFE)

    def review_nexus_on(self, day: int) -> float:
        """Return lines in which a document check found a nexus, as weights decayed to `day`."""
        return self.review_nexus * decay(day - self.updated, OUTCOME_HALF_LIFE)

    def review_clear_on(self, day: int) -> float:
        """Return lines that a document check cleared, as weights decayed to `day`."""
        return self.review_clear * decay(day - self.updated, OUTCOME_HALF_LIFE)

    def on(self, day: int) -> "PartyState":
        """Return the same knowledge with its sums decayed to `day`; for display and comparison."""
        return with_outcome(self, day, _NO_WEIGHTS)

    def to_list(self) -> list[float | int | str]:
        """Return the fields in order; sketches as hexadecimal text, for they pass 64 bits."""
        return [*self[:_NUMBERS], *(f"{sketch:x}" for sketch in self[_NUMBERS:])]

    @classmethod
    def from_list(cls, values: list[float | int | str]) -> Self:
        """Return the state that `to_list` wrote; raise DataRefused for anything else."""
        try:
            sums = [float(each) for each in values[:_SUMS]]
            counts = [int(each) for each in values[_SUMS:_NUMBERS]]
            sketches = [int(str(each), 16) for each in values[_NUMBERS:]]
            state = cls._make([*sums, *counts, *sketches])
        except (TypeError, ValueError) as error:
            raise DataRefused("history state: wanted 16 numbers and 4 hexadecimal texts") from error
        if not all(map(isfinite, sums)):
            raise DataRefused("history state: found a number that is not finite")
        return state


class Weights(NamedTuple):
    """Weights of outcomes by OutcomeKind, in its order; below zero where one is taken back."""

    detained: float
    denied: float
    cleared: float
    review_nexus: float
    review_clear: float


_NO_WEIGHTS: Final = Weights(0.0, 0.0, 0.0, 0.0, 0.0)


class Deed(NamedTuple):
    """What one entry adds under a key on `day`: lines, USD, kg, and sketches."""

    day: int
    lines: int
    value: float
    kg: float
    goods: int
    origins: int
    routes: int
    partners: int


@lru_cache(maxsize=16_384)
def decay(days: int, half_life: int) -> float:
    """Return what is left of 1 after `days`; 1 for days that lie ahead."""
    return 1.0 if days <= 0 else 2.0 ** (-days / half_life)


def with_deed(state: PartyState | None, deed: Deed) -> PartyState:
    """Return `state` after `deed`; a deed of an earlier day counts as what is left of it."""
    day, lines, value = deed.day, deed.lines, deed.value
    if state is None:
        return PartyState(
            float(lines), float(lines), value, value, deed.kg, 0.0, 0.0, 0.0, 0.0, 0.0,
            day, lines, 1, day, day, 0, deed.goods, deed.origins, deed.routes, deed.partners,
        )  # fmt: skip
    since = day - state.updated
    recent, activity = decay(since, RECENT_HALF_LIFE), decay(since, ACTIVITY_HALF_LIFE)
    outcome = decay(since, OUTCOME_HALF_LIFE)
    new_recent, new_activity = decay(-since, RECENT_HALF_LIFE), decay(-since, ACTIVITY_HALF_LIFE)
    (
        lines_recent, lines_decayed, value_recent, value_decayed, kg, detained, denied, cleared,
        nexus, clear, updated, all_lines, entries, first, last, previous, goods, origins, routes,
        partners,
    ) = state  # fmt: skip
    return PartyState._make(
        (
            lines_recent * recent + lines * new_recent,
            lines_decayed * activity + lines * new_activity,
            value_recent * recent + value * new_recent,
            value_decayed * activity + value * new_activity,
            kg * activity + deed.kg * new_activity,
            detained * outcome,
            denied * outcome,
            cleared * outcome,
            nexus * outcome,
            clear * outcome,
            day if since > 0 else updated,
            all_lines + lines,
            entries + 1,
            day if day < first or not first else first,
            day if day > last else last,
            _second(day, 0, last, previous),
            goods | deed.goods,
            origins | deed.origins,
            routes | deed.routes,
            partners | deed.partners,
        )
    )


def with_outcome(state: PartyState | None, day: int, weights: Weights) -> PartyState:
    """Return `state` after outcomes that became known on `day`; no sum falls below zero.

    What is left of an outcome that was taken back is nothing, not the rounding of two sums. An
    outcome is no sighting: days seen stay what they were.
    """
    if state is None:
        state = PartyState._make([*[0.0] * _SUMS, day, *[0] * 9])
    since = day - state.updated
    recent, activity = decay(since, RECENT_HALF_LIFE), decay(since, ACTIVITY_HALF_LIFE)
    old, new = decay(since, OUTCOME_HALF_LIFE), decay(-since, OUTCOME_HALF_LIFE)
    return PartyState(
        state.lines_recent * recent,
        state.lines_decayed * activity,
        state.value_recent * recent,
        state.value_decayed * activity,
        state.kg_decayed * activity,
        _left(state.detained * old + weights.detained * new),
        _left(state.denied * old + weights.denied * new),
        _left(state.cleared * old + weights.cleared * new),
        _left(state.review_nexus * old + weights.review_nexus * new),
        _left(state.review_clear * old + weights.review_clear * new),
        max(day, state.updated),
        state.lines,
        state.entries,
        state.first_seen,
        state.last_seen,
        state.previous_seen,
        state.goods,
        state.origins,
        state.routes,
        state.partners,
    )


def _left(weight: float) -> float:
    return weight if weight > LEAST_OUTCOME else 0.0


def merged(one: PartyState, other: PartyState) -> PartyState:
    """Return the state of both histories together, which must not share an entry or outcome."""
    day = max(one.updated, other.updated)
    one, other = one.on(day), other.on(day)
    first = [each.first_seen for each in (one, other) if each.first_seen]
    sums = [mine + yours for mine, yours in zip(one[:_SUMS], other[:_SUMS], strict=True)]
    days = (
        min(first, default=0),
        max(one.last_seen, other.last_seen),
        _second(one.last_seen, one.previous_seen, other.last_seen, other.previous_seen),
    )
    sketches = [mine | yours for mine, yours in zip(one[_NUMBERS:], other[_NUMBERS:], strict=True)]
    counts = (one.lines + other.lines, one.entries + other.entries)
    return PartyState._make([*sums, day, *counts, *days, *sketches])


def _second(last: int, previous: int, other_last: int, other_previous: int) -> int:
    """Return the second latest of the days seen on either side; 0 where there is none."""
    if last == other_last:
        return max(previous, other_previous)
    return max(previous, other_last) if last > other_last else max(last, other_previous)
