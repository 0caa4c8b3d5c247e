"""What became of an entry: the taxonomy of outcomes, and what history learns of each.

Targeted, detained and denied are three labels, never mixed; outcomes of the government and of our
own document checks are two processes, never mixed (docs/outcomes.md). What an outcome means for
the label of a training run is configuration, training/outcomes.toml; a test holds the two together.
"""

from enum import StrEnum


class OutcomeSource(StrEnum):
    """Whose word an outcome is: the government's, or that of our own document check."""

    GOVERNMENT = "government"
    REVIEW = "review"


class OutcomeCode(StrEnum):
    """The closed set of outcomes of a filed entry or of lines of it."""

    NOT_EXAMINED = "not_examined"
    EXAMINED_CLEAR = "examined_clear"
    DETAINED_PENDING = "detained_pending"
    RELEASED_NOT_APPLICABLE = "released_not_applicable"
    RELEASED_EXCEPTION = "released_exception"
    RELEASED_OTHER_REASON = "released_other_reason"
    EXCLUDED = "excluded"
    SEIZED = "seized"
    EXPORTED_BY_IMPORTER = "exported_by_importer"
    ABANDONED = "abandoned"
    WITHDRAWN_BEFORE_ARRIVAL = "withdrawn_before_arrival"
    DOCUMENT_CHECK_CLEAR = "document_check_clear"
    DOCUMENT_CHECK_NEXUS = "document_check_nexus"

    @property
    def source(self) -> OutcomeSource:
        """Whose word it is: document checks are ours, all else is the government's."""
        is_review = self in {OutcomeCode.DOCUMENT_CHECK_CLEAR, OutcomeCode.DOCUMENT_CHECK_NEXUS}
        return OutcomeSource.REVIEW if is_review else OutcomeSource.GOVERNMENT


class OutcomeKind(StrEnum):
    """What history counts apart from one another."""

    DETAINED = "detained"
    DENIED = "denied"
    CLEARED = "cleared"
    REVIEW_NEXUS = "review_nexus"
    REVIEW_CLEAR = "review_clear"


Effects = tuple[tuple[OutcomeKind, float], ...]

# Weights as in training/outcomes.toml. What an importer exported or abandoned was never ruled on,
# so it counts half. A release of any kind was examined and not denied: history counts it cleared,
# also where no label is made of it.
_EFFECTS: dict[OutcomeCode, Effects] = {
    OutcomeCode.NOT_EXAMINED: (),
    OutcomeCode.EXAMINED_CLEAR: ((OutcomeKind.CLEARED, 1.0),),
    OutcomeCode.DETAINED_PENDING: ((OutcomeKind.DETAINED, 1.0),),
    OutcomeCode.RELEASED_NOT_APPLICABLE: ((OutcomeKind.CLEARED, 1.0),),
    OutcomeCode.RELEASED_EXCEPTION: ((OutcomeKind.CLEARED, 1.0),),
    OutcomeCode.RELEASED_OTHER_REASON: ((OutcomeKind.CLEARED, 1.0),),
    OutcomeCode.EXCLUDED: ((OutcomeKind.DENIED, 1.0),),
    OutcomeCode.SEIZED: ((OutcomeKind.DENIED, 1.0),),
    OutcomeCode.EXPORTED_BY_IMPORTER: ((OutcomeKind.DENIED, 0.5),),
    OutcomeCode.ABANDONED: ((OutcomeKind.DENIED, 0.5),),
    OutcomeCode.WITHDRAWN_BEFORE_ARRIVAL: (),
    OutcomeCode.DOCUMENT_CHECK_CLEAR: ((OutcomeKind.REVIEW_CLEAR, 1.0),),
    OutcomeCode.DOCUMENT_CHECK_NEXUS: ((OutcomeKind.REVIEW_NEXUS, 1.0),),
}


def effects_of(code: OutcomeCode) -> Effects:
    """Return what history counts for one outcome, each with its weight in (0, 1]; () is nothing."""
    return _EFFECTS[code]
