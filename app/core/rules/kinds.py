"""What a rule is: a law, a place or a fact of the way that speaks for itself, without a model."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log

from app.core.features import LineFacts
from app.core.policy import Band
from app.core.reasons import GivenReason, ReasonGroup, ReasonKind, Regime

_RANK = {Band.HOLD: log(1000), Band.REVIEW: log(20), None: log(2)}  # among contributions


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue.

    `applies` gives True, False, or None where the data to tell are missing (UNKNOWN, which never
    counts as False). `floor` is the mildest band of a line the rule applies to; None only explains.
    `say` states what the data show and which law they touch, and never names a party. Where the
    law depends on the goods, `law` says which it is for a line. `source` is as in
    app.core.reasons.Reason.
    """

    code: str
    group: ReasonGroup
    regime: Regime | None
    floor: Band | None
    source: str
    about: str
    applies: Callable[[LineFacts], bool | None]
    say: Callable[[LineFacts], str]
    law: Callable[[LineFacts], Regime | None] | None = None


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """A rule that applies to one line, as it is shown."""

    code: str
    text: str
    group: str
    regime: str | None
    floor: Band | None
    source: str

    @property
    def rank(self) -> float:
        """Where it stands among the model's contributions, in log-odds; it never adds to them."""
        return _RANK[self.floor]

    @property
    def reason(self) -> GivenReason:
        """The finding as a reason of kind `rule`, with contribution 0."""
        return GivenReason(
            code=self.code,
            text=self.text,
            group=self.group,
            regime=self.regime,
            contribution=0.0,
            source=self.source,
            kind=ReasonKind.RULE,
        )
