"""What becomes of an entry when it is assessed, and what all entries of a request share."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.core.document import Submission
from app.core.entry import EntryLine
from app.core.features import LineFacts
from app.core.policy import Band, Verdict, strictest
from app.core.preflight import Finding
from app.core.reasons import GivenReason
from app.core.resubmitted import MaterialChange, joined_change
from app.core.rules import RuleFinding
from app.core.screening import Hit
from app.services.models import Serving
from app.services.workers import Lane


class Explain(StrEnum):
    """How much of the why is wanted: nothing, reason codes where looked at, or everything."""

    NONE = "none"
    CODES = "codes"
    FULL = "full"


@dataclass(slots=True)
class Trace:
    """Where the time of one request went, in seconds, and what telemetry says of it."""

    features_s: float = 0.0
    history_s: float = 0.0
    model_s: float = 0.0
    ledger_s: float = 0.0
    lines: int = 0
    explained_from_cache: int = 0
    explained_anew: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Contributions (f + 1,) of one row, base value last, in log-odds, and the reasons in them."""

    contributions: tuple[float, ...]
    reasons: tuple[GivenReason, ...]


@dataclass(frozen=True, slots=True)
class LineAssessment:
    """One line with its encoded `row` (f,), raw score (log-odds), score and verdict.

    `change` is the earlier decision on the same goods that the line is held against, if any.
    """

    facts: LineFacts
    row: NDArray[np.float64]
    raw_score: float
    probability: float
    score: int
    verdict: Verdict
    findings: tuple[RuleFinding, ...] = ()
    explanation: Explanation | None = None
    change: MaterialChange | None = None

    @property
    def line(self) -> EntryLine:
        """The line as declared."""
        return self.facts.line


@dataclass(frozen=True, slots=True)
class Assessment:
    """One entry, assessed; its score and probability are those of its worst line."""

    submission: Submission
    at: date
    lines: tuple[LineAssessment, ...]
    hits: tuple[Hit, ...]
    findings: tuple[Finding, ...]
    unknowns: tuple[str, ...]
    screening_keys: tuple[str, ...]
    history_seq: int
    degraded_groups: tuple[str, ...]

    @property
    def worst(self) -> LineAssessment:
        """The line with the highest raw score, the first of equals."""
        return max(self.lines, key=lambda each: each.raw_score)

    @property
    def resubmission(self) -> MaterialChange | None:
        """The strictest earlier decision that a line is held against, with all that was changed."""
        return joined_change([each.change for each in self.lines if each.change is not None])

    @property
    def band(self) -> Band:
        """The strictest band of any line."""
        return strictest(each.verdict.band for each in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What all entries of one request share."""

    serving: Serving
    tenant: str
    today: date
    explain: Explain
    lane: Lane
    degraded_groups: tuple[str, ...] = ()
