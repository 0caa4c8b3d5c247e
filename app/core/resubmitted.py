"""What earlier decisions on the same goods mean for lines that are scored now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.core.entry import Entry
from app.core.policy import Band, Floor, FloorKind, Verdict, strictest
from app.core.reasons import ReasonGroup
from app.core.resubmission import Changed, differences, is_same_declaration
from app.core.rules import RuleFinding

RESUBMISSION_CODE: Final = "RESUBMISSION_MATERIAL_CHANGE"
_WORDS: Final = {
    Changed.ORIGIN: "origin",
    Changed.HTS: "HTS code",
    Changed.MANUFACTURER: "manufacturer",
    Changed.ROUTE: "route",
}


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """How one line stood in an earlier decision: its score, and its band but for missing data."""

    score: int
    band: Band


@dataclass(frozen=True, slots=True)
class EarlierDecision:
    """A decision on goods that may be the same, its lines by number.

    `is_explained`: a person has explained what it changed of decisions before it.
    """

    decision_id: str
    scored_at: datetime
    entry: Entry
    lines: Mapping[int, EarlierLine]
    is_explained: bool = False


@dataclass(frozen=True, slots=True)
class MaterialChange:
    """What was changed of decision `of` on the goods of `lines`, and how these stood then.

    Where several decisions are held against the goods, `changed` has the differences to each.
    """

    of: str
    changed: tuple[Changed, ...]
    lines: tuple[int, ...]
    score: int
    band: Band

    def applies(self, line_number: int, score: int, band: Band) -> bool:
        """Whether a line of these goods now has a lower score or band than before."""
        is_lower = score < self.score or band.strictness < self.band.strictness
        return line_number in self.lines and is_lower


def material_changes(
    entry: Entry, earlier: Sequence[EarlierDecision]
) -> tuple[MaterialChange, ...]:
    """Return what `entry` changes materially of earlier decisions on the same goods, oldest first.

    A decision whose changes were explained speaks for its declaration: where `entry` is declared
    the same, decisions up to that one are not held against it.
    """
    explained = [
        each.scored_at
        for each in earlier
        if each.is_explained and is_same_declaration(each.entry, entry)
    ]
    lifted_up_to = max(explained, default=None)
    changes = []
    for each in sorted(earlier, key=lambda one: one.scored_at):
        if lifted_up_to is None or each.scored_at > lifted_up_to:
            changes += _changes_of(each, entry)
    return tuple(changes)


def _changes_of(earlier: EarlierDecision, entry: Entry) -> list[MaterialChange]:
    changes = []
    for found in differences(earlier.entry, entry) or ():
        lines = [each for at in found.earlier_lines if (each := earlier.lines.get(at)) is not None]
        if lines:
            changes.append(
                MaterialChange(
                    of=earlier.decision_id,
                    changed=found.changed,
                    lines=found.lines,
                    score=max(line.score for line in lines),
                    band=strictest(line.band for line in lines),
                )
            )
    return changes


def joined_change(changes: Sequence[MaterialChange]) -> MaterialChange | None:
    """Return the change with the strictest band, the first of equals, with all that was changed.

    Of goods that come back by several steps it names the differences to every decision that is
    held against them, so that no step hides the one before it; None of none.
    """
    strictest_one = max(changes, key=lambda each: each.band.strictness, default=None)
    if strictest_one is None:
        return None
    named = {name for each in changes for name in each.changed}
    return replace(strictest_one, changed=tuple(each for each in Changed if each in named))


def change_for(
    line_number: int, score: int, verdict: Verdict, changes: Sequence[MaterialChange]
) -> MaterialChange | None:
    """Return the changes that apply to a line as it stands now, joined; None of none."""
    return joined_change(
        [each for each in changes if each.applies(line_number, score, verdict.band)]
    )


def resubmission_floor(change: MaterialChange) -> Floor:
    """Return the floor of a change: the earlier band."""
    return Floor(FloorKind.RESUBMISSION, change.band)


def resubmission_finding(change: MaterialChange) -> RuleFinding:
    """Return the reason of a change: what was changed, never from what or to what."""
    named = [_WORDS[each] for each in change.changed]
    *before, last = named
    what = f"{', '.join(before)} and {last}" if before else last
    kept = f"; the band {change.band.value} is kept until a person explains the change"
    return RuleFinding(
        code=RESUBMISSION_CODE,
        text=f"The same goods were declared before with another {what}, and stood higher"
        f"{'' if change.band is Band.RELEASE else kept}.",
        group=ReasonGroup.DECLARATION.value,
        regime=None,
        floor=None if change.band is Band.RELEASE else change.band,
        source=f"decision:{change.of}",
    )
