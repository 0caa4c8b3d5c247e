"""What the database refuses of policies, as an error of ours."""

from sqlalchemy.exc import DBAPIError, IntegrityError

from app.adapters.control_database import unavailable
from app.core.errors import Conflict, EntryRiskError, Forbidden
from app.core.governance import ChangeInFlight, SelfApproval, StaleEvaluation, WrongState

_REFUSED = "policy refused - "
_MEANT: dict[str, tuple[type[EntryRiskError], str]] = {
    "own work": (SelfApproval, "Nobody approves what they drafted or submitted."),
    "no approver": (Forbidden, "To approve a policy wants the role approver."),
    "approved already": (Conflict, "That person has approved it already."),
    "not submitted": (WrongState, "The change does not wait for approval."),
    "version taken": (ChangeInFlight, "Another policy was written first; try again."),
    "number taken": (ChangeInFlight, "Another change came first; read it again."),
    "other state": (ChangeInFlight, "The change has moved on; read it again."),
    "other base": (StaleEvaluation, "Another policy is live than when it was evaluated."),
    "another canary": (ChangeInFlight, "Another change is in canary."),
    "canary not approved": (ChangeInFlight, "Another change is live on trial."),
    "not a tightening": (Conflict, "The change lets off lines more mildly: it is no tightening."),
    "no emergency": (Conflict, "An emergency tightening goes live once, for 24 hours."),
    "no way back": (Conflict, "The bundle's baseline is live: there is no way back."),
    "not approved": (Forbidden, "Those who may approve now do not carry the change."),
}


def refusal_of(error: DBAPIError) -> EntryRiskError:
    """Return the refusal that a trigger's message names; a failing database is unavailable."""
    said = str(error.orig)
    if _REFUSED in said:
        name = said.partition(_REFUSED)[2].splitlines()[0].strip()
        kind, detail = _MEANT.get(name, (Conflict, f"The database refused it: {name[:80]}."))
        return kind(detail)
    if "check constraint" in said.lower():
        return Conflict("The database refuses such a row.")
    if isinstance(error, IntegrityError):
        return ChangeInFlight("Another change came first; read it again.")
    return unavailable(error)
