"""Errors of policies and their changes; their tree is in `app.core.errors`."""

from app.core.errors import RequestRefused


class InvalidPolicy(RequestRefused):
    """The document is JSON but no policy or evaluation; `errors[]` names the fields."""

    code = "invalid-policy"
    status = 422
    title = "Invalid policy"


class SelfApproval(RequestRefused):
    """Nobody approves what they drafted or submitted, administrators included."""

    code = "self-approval"
    status = 403
    title = "Own work is not approved"


class StaleEvaluation(RequestRefused):
    """Model, features, lists or the policy in force are others than when it was evaluated."""

    code = "stale-evaluation"
    status = 409
    title = "Evaluation out of date"


class ChangeInFlight(RequestRefused):
    """Another change came first, or is in canary: one at a time."""

    code = "change-in-flight"
    status = 409
    title = "Another change is under way"


class WrongState(RequestRefused):
    """The change is in a state from which that step does not lead."""

    code = "wrong-state"
    status = 409
    title = "Not in that state"


class GuardrailFailed(RequestRefused):
    """A guardrail that nobody can approve away; `errors[]` lists each that failed."""

    code = "guardrail-failed"
    status = 422
    title = "Guardrail failed"
