"""Reasons: contributions of features, grouped under codes, with law, sentence and source."""

from app.core.reasons.catalogue import REASONS, check_reason_map, default_reason_map, reason_of
from app.core.reasons.explaining import explain, ranked
from app.core.reasons.kinds import GivenReason, Reason, ReasonGroup, ReasonKind, Regime
from app.core.reasons.of_screening import reasons_of_strong_hits

__all__ = [
    "REASONS",
    "GivenReason",
    "Reason",
    "ReasonGroup",
    "ReasonKind",
    "Regime",
    "check_reason_map",
    "default_reason_map",
    "explain",
    "ranked",
    "reason_of",
    "reasons_of_strong_hits",
]
