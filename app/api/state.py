"""What the routes work with: made once by the wiring, yielded by the lifespan."""

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict

from starlette.requests import Request
from starlette.types import Scope

from app.services.accounts import Accounts
from app.services.admission import Admission
from app.services.audit import AuditLog
from app.services.batch import BatchService
from app.services.desk import Answer, Desk
from app.services.models import Models
from app.services.oidc import OidcSignIn
from app.services.outcomes import OutcomeService
from app.services.ports import KeyStore
from app.services.rates import Rates
from app.services.receipts import Receipts
from app.services.references import References
from app.services.replay import Replays
from app.services.scoring import ScoringService
from app.services.status import Status


class Span(Protocol):
    """One request in a trace, if it is in one."""

    @property
    def traceparent(self) -> str | None:
        """What a call made for this request should carry; None where it is in no trace."""
        ...

    @property
    def trace_id(self) -> str | None:
        """The id of the trace, 32 hex digits."""
        ...


class Telemetry(Protocol):
    """Where the service says what it did: metrics and one event a request, no party data."""

    def began(self, traceparent: str) -> Span:
        """Begin a request that came with a traceparent, or with none (empty)."""
        ...

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request by route template, method and status class."""
        ...

    def scored(self, request_id: str, answer: Answer, seconds: float) -> None:
        """Tell of one scored request."""
        ...

    def asked(self, key_id: str, document: Mapping[str, Any]) -> None:
        """Tell of a draft that was scored for a key, to find who feels out the model."""
        ...

    def recorded(self, request_id: str, outcomes: int, seconds: float) -> None:
        """Tell of one request that recorded so many outcomes, none where it was replayed."""
        ...

    def failed(self, request_id: str, route: str, error: Exception) -> None:
        """Tell of an error nobody expected."""
        ...

    def looked_at(self, conditions: Mapping[str, bool], figures: Mapping[str, float]) -> None:
        """Keep the conditions of readiness, and figures by name with their unit."""
        ...

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics and their media type."""
        ...


class State(TypedDict):
    """The one process-wide object; every route reads its part of it."""

    scoring: ScoringService
    batch: BatchService
    desk: Desk
    models: Models
    outcomes: OutcomeService
    references: References
    receipts: Receipts
    replays: Replays
    keys: KeyStore
    audit: AuditLog
    accounts: Accounts
    oidc: OidcSignIn | None
    status: Status
    telemetry: Telemetry


class Entrance(TypedDict):
    """The part of that object that decides who comes in; made beside the rest of it."""

    admission: Admission
    rates: Rates


def entrance_of(scope: Scope) -> Entrance:
    """Return the entrance a request comes in by."""
    entrance: Entrance = scope["state"]
    return entrance


def state_of(request: Request) -> State:
    """Return the state the request is answered with."""
    state: State = request.scope["state"]
    return state
