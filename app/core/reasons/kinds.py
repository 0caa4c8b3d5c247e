"""What a reason is: a code, the law it touches, and a sentence from the facts of one line."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.core.features import LineFacts


class ReasonGroup(StrEnum):
    """What a reason speaks of, in a broker's words."""

    COMMODITY = "commodity"
    ORIGIN = "origin"
    ROUTE = "route"
    VALUATION = "valuation"
    SUPPLIER = "supplier"
    SCREENING = "screening"
    IMPORTER = "importer"
    LANE = "lane"
    DECLARATION = "declaration"


class Regime(StrEnum):
    """The law a reason touches (docs/glossary.md)."""

    TA_307 = "TA-307"
    CAATSA_321 = "CAATSA-321"
    UFLPA = "UFLPA"
    OFAC_NK = "OFAC-NK"
    EU_2024_3015 = "EU-2024-3015"


@dataclass(frozen=True, slots=True)
class Reason:
    """One entry of the catalogue.

    `say` states what the data of a line show: a true sentence whichever way the score went, that
    names goods, places, dates and laws, never a party, and never says that a firm uses forced
    labour. `about` says in general what the reason is. `source` is `entry`, `history`, `model`, or
    a reference table as `reference:<table>`. Where the law depends on the goods, `regime` is None
    and `law` says which it is for a line.
    """

    code: str
    group: ReasonGroup
    regime: Regime | None
    source: str
    about: str
    say: Callable[[LineFacts], str]
    law: Callable[[LineFacts], Regime | None] | None = None

    def regime_of(self, facts: LineFacts) -> Regime | None:
        """Return the law that the facts of this line touch."""
        return self.regime if self.law is None else self.law(facts)

    def dated_source(self, facts: LineFacts) -> str:
        """Return the source with the date it is of: `reference:gateways@2026-11-01`."""
        kind, _, table = self.source.partition(":")
        if kind == "reference":
            return f"{self.source}@{facts.reference.table(table).as_of.isoformat()}"
        return f"history@{facts.at.isoformat()}" if kind == "history" else self.source


class ReasonKind(StrEnum):
    """Where a reason comes from: what the model learned, or a rule of law or place that applies."""

    MODEL = "model"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class GivenReason:
    """A reason as given for one line; `contribution` is log-odds, above 0 where it raises.

    One of kind `rule` contributes 0: it explains a floor or a fact, never the score.
    """

    code: str
    text: str
    group: str
    regime: str | None
    contribution: float
    source: str
    kind: ReasonKind = ReasonKind.MODEL
