"""What history learns of an outcome, and that it is what a training run's labels say."""

import pytest

from app.core.outcomes import OutcomeCode, OutcomeKind, OutcomeSource, effects_of
from training.outcomes import load_taxonomy

POSITIVE = {OutcomeKind.DENIED, OutcomeKind.REVIEW_NEXUS}
NEGATIVE = {OutcomeKind.CLEARED, OutcomeKind.REVIEW_CLEAR}
# A release is no label until its meaning is settled per regime; that it was not denied is a fact.
RELEASED_FOR_REASONS = {OutcomeCode.RELEASED_EXCEPTION, OutcomeCode.RELEASED_OTHER_REASON}


def test_training_knows_every_outcome_and_no_other() -> None:
    assert set(load_taxonomy()) == {str(code) for code in OutcomeCode}


@pytest.mark.parametrize("code", OutcomeCode)
def test_history_and_labels_agree_on_what_an_outcome_says(code: OutcomeCode) -> None:
    target = load_taxonomy()[code]
    said = [(kind, weight) for kind, weight in effects_of(code) if kind in POSITIVE | NEGATIVE]
    if target.positive is None:
        kinds = {kind for kind, _ in said}
        assert kinds == ({OutcomeKind.CLEARED} if code in RELEASED_FOR_REASONS else set())
        return
    ((kind, weight),) = said
    assert (kind in POSITIVE, weight) == (target.positive, target.weight)


@pytest.mark.parametrize("code", OutcomeCode)
def test_the_two_processes_never_mix(code: OutcomeCode) -> None:
    ours = {OutcomeKind.REVIEW_NEXUS, OutcomeKind.REVIEW_CLEAR}
    kinds = {kind for kind, _ in effects_of(code)}
    assert code.source is (OutcomeSource.REVIEW if kinds & ours else OutcomeSource.GOVERNMENT)
    assert not kinds & ours or kinds <= ours


def test_a_pending_detention_is_detained_and_neither_denied_nor_cleared() -> None:
    assert effects_of(OutcomeCode.DETAINED_PENDING) == ((OutcomeKind.DETAINED, 1.0),)
