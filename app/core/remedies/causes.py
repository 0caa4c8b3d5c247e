"""What fired in a decision: reasons, rules, list hits, floors and preflight findings."""

from dataclasses import dataclass
from enum import StrEnum


class CauseKind(StrEnum):
    """Where a cause comes from."""

    REASON = "reason"
    RULE = "rule"
    SCREENING = "screening"
    FLOOR = "floor"
    PREFLIGHT = "preflight"
    BAND = "band"


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that fired on one line, or as None on the entry.

    `group` is a reason group, `list` the list of a screening hit; `text` names no party.
    """

    kind: CauseKind
    code: str
    text: str
    line_number: int | None = None
    group: str | None = None
    regime: str | None = None
    source: str | None = None
    list: str | None = None
