"""What is remembered of one party: decayed counts, first and last day, and small sketches."""

from typing import Final, NamedTuple, Self

from app.core.errors import DataRefused

FORMAT: Final = 1  # of states, keys and snapshots; another format is another memory
# Half-lives in days, fixed so that states of different days and machines can be merged
# (docs/adr/0008-history-by-replay.md).
ACTIVITY_HALF_LIFE: Final = 180  # lines and value: half a year, so that a season still shows
RECENT_HALF_LIFE: Final = 30  # lines of late, to tell a surge or a silence
OUTCOME_HALF_LIFE: Final = 365  # outcomes come late and seldom, so they fade slowly
HALF_LIVES: Final = {
    "activity": ACTIVITY_HALF_LIFE,
    "recent": RECENT_HALF_LIFE,
    "outcome": OUTCOME_HALF_LIFE,
}


class PartyState(NamedTuple):  # a tuple, for three are made for every entry observed
    """What is known of a party; days are ordinals (date.toordinal), value is USD.

    The decayed figures stand as of day `updated`. `goods` (HS headings), `origins` (countries),
    `routes` (route signatures) and `partners` (the other parties it deals with) are sketches.
    """

    lines_recent: float
    lines_decayed: float
    value_decayed: float
    positives: float
    negatives: float
    updated: int
    lines: int
    entries: int
    first_seen: int
    last_seen: int
    goods: int
    origins: int
    routes: int
    partners: int

    def lines_on(self, day: int) -> float:
        """Return lines seen, decayed to `day` with the activity half-life."""
        return self.lines_decayed * decay(day - self.updated, ACTIVITY_HALF_LIFE)

    def recent_lines_on(self, day: int) -> float:
        """Return lines seen, decayed to `day` with the short half-life."""
        return self.lines_recent * decay(day - self.updated, RECENT_HALF_LIFE)

    def value_on(self, day: int) -> float:
        """Return USD seen, decayed to `day` with the activity half-life."""
        return self.value_decayed * decay(day - self.updated, ACTIVITY_HALF_LIFE)

    def positives_on(self, day: int) -> float:
        """Return lines known to have been denied, as weights decayed to `day`."""
        return self.positives * decay(day - self.updated, OUTCOME_HALF_LIFE)

    def negatives_on(self, day: int) -> float:
        """Return lines known to have been cleared, as weights decayed to `day`."""
        return self.negatives * decay(day - self.updated, OUTCOME_HALF_LIFE)

    def to_list(self) -> list[float | int | str]:
        """Return the fields in order; sketches as hexadecimal text, for they pass 64 bits."""
        return [*self[:10], *(f"{sketch:x}" for sketch in self[10:])]

    @classmethod
    def from_list(cls, values: list[float | int | str]) -> Self:
        """Return the state that `to_list` wrote; raise DataRefused for anything else."""
        try:
            recent, lines, value, positives, negatives = (float(each) for each in values[:5])
            updated, count, entries, first, last = (int(each) for each in values[5:10])
            goods, origins, routes, partners = (int(str(each), 16) for each in values[10:])
        except (TypeError, ValueError) as error:
            raise DataRefused("history state: wanted 10 numbers and 4 hexadecimal texts") from error
        return cls(
            recent, lines, value, positives, negatives, updated, count, entries, first, last,
            goods, origins, routes, partners,
        )  # fmt: skip


class Deed(NamedTuple):
    """What one entry adds to a party on `day`: its lines, their value in USD, and sketches."""

    day: int
    lines: int
    value: float
    goods: int
    origins: int
    routes: int
    partners: int


def decay(days: int, half_life: int) -> float:
    """Return what is left of 1 after `days`; 1 for days that lie ahead."""
    return 1.0 if days <= 0 else 2.0 ** (-days / half_life)


def with_deed(state: PartyState | None, deed: Deed) -> PartyState:
    """Return `state` after `deed`; a deed of an earlier day counts as what is left of it."""
    day = deed.day
    if state is None:
        return PartyState(
            float(deed.lines), float(deed.lines), deed.value, 0.0, 0.0, day, deed.lines, 1, day,
            day, deed.goods, deed.origins, deed.routes, deed.partners,
        )  # fmt: skip
    since = day - state.updated
    old_recent, old_activity = decay(since, RECENT_HALF_LIFE), decay(since, ACTIVITY_HALF_LIFE)
    old_outcome = decay(since, OUTCOME_HALF_LIFE)
    new_recent, new_activity = decay(-since, RECENT_HALF_LIFE), decay(-since, ACTIVITY_HALF_LIFE)
    return PartyState(
        state.lines_recent * old_recent + deed.lines * new_recent,
        state.lines_decayed * old_activity + deed.lines * new_activity,
        state.value_decayed * old_activity + deed.value * new_activity,
        state.positives * old_outcome,
        state.negatives * old_outcome,
        max(day, state.updated),
        state.lines + deed.lines,
        state.entries + 1,
        min(day, state.first_seen),
        max(day, state.last_seen),
        state.goods | deed.goods,
        state.origins | deed.origins,
        state.routes | deed.routes,
        state.partners | deed.partners,
    )


def with_outcome(
    state: PartyState | None, day: int, positives: float, negatives: float
) -> PartyState:
    """Return `state` after outcomes that became known on `day`, as weights.

    A party that no entry was observed of starts with that day as its first.
    """
    if state is None:
        return PartyState(0.0, 0.0, 0.0, positives, negatives, day, 0, 0, day, day, 0, 0, 0, 0)
    since = day - state.updated
    old, new = decay(since, OUTCOME_HALF_LIFE), decay(-since, OUTCOME_HALF_LIFE)
    return PartyState(
        state.lines_recent * decay(since, RECENT_HALF_LIFE),
        state.lines_decayed * decay(since, ACTIVITY_HALF_LIFE),
        state.value_decayed * decay(since, ACTIVITY_HALF_LIFE),
        state.positives * old + positives * new,
        state.negatives * old + negatives * new,
        max(day, state.updated),
        state.lines,
        state.entries,
        state.first_seen,
        state.last_seen,
        state.goods,
        state.origins,
        state.routes,
        state.partners,
    )


def merged(one: PartyState, other: PartyState) -> PartyState:
    """Return the state of both histories together, which must not share an entry or outcome."""
    older, newer = sorted((one, other), key=lambda state: state.updated)
    day = newer.updated
    return PartyState(
        older.recent_lines_on(day) + newer.lines_recent,
        older.lines_on(day) + newer.lines_decayed,
        older.value_on(day) + newer.value_decayed,
        older.positives_on(day) + newer.positives,
        older.negatives_on(day) + newer.negatives,
        day,
        older.lines + newer.lines,
        older.entries + newer.entries,
        min(older.first_seen, newer.first_seen),
        max(older.last_seen, newer.last_seen),
        older.goods | newer.goods,
        older.origins | newer.origins,
        older.routes | newer.routes,
        older.partners | newer.partners,
    )
