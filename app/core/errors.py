"""The error tree: every failure a caller can meet, with its code, HTTP status and title.

EntryRiskError
├── InvalidField            one value that its type refuses; collected into InvalidEntry
├── RequestRefused          the caller's fault, 4xx
│   ├── MalformedJson           400
│   ├── Unauthenticated         401
│   ├── Forbidden               403
│   ├── NotFound                404
│   ├── MethodNotAllowed        405
│   ├── Conflict                409
│   ├── PreconditionFailed      412
│   ├── BodyTooLarge            413
│   ├── UnsupportedMediaType    415
│   ├── InvalidEntry, InvalidOutcome, InvalidExplanation, InvalidIndex, InvalidQuery: 422
│   ├── ListRefused, IdempotencyMismatch: 422
│   ├── PreconditionRequired    428
│   └── InvalidJob, InvalidWebhook, NotEstimable, QuotaExceeded, RateExceeded, BodyTooSlow,
│       HeadTooLarge, SignInThrottled: refusals.py
│       InvalidPolicy, SelfApproval, StaleEvaluation, ChangeInFlight, WrongState,
│       GuardrailFailed: governance/refusals.py
├── ServiceUnavailable      ours, 503, retry later
│   ├── HistoryUnavailable
│   ├── JobsUnavailable, DeadlineExceeded (504): refusals.py
│   ├── LedgerUnavailable
│   ├── ModelUnavailable
│   └── Overloaded
├── BundleRefused           a model bundle that must not serve
│   ├── BundleUnreadable, BundleUnsigned, BundleTampered, BundleIncompatible,
│   └── BundleRolledBack, BundleFailedCanary
├── MappingRefused          a mapping file that says nothing usable
├── DataRefused             a data file that can't be trained on or scored
├── InsufficientLabels      too few matured labels to train on
├── ReferenceRefused        a reference table or published list that does not parse
└── SettingsRefused         the process must not start
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with one field: JSON Pointer, stable code, and a sentence for a person."""

    pointer: str
    code: str
    message: str


class EntryRiskError(Exception):
    """Anything entry-risk refuses or fails to do."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str = "") -> None:
        """Keep `detail`: one sentence, found and wanted, never a party name or a secret."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title


class InvalidField(EntryRiskError, ValueError):
    """A value that its kind refuses; the message names the field as the trade does."""

    code = "invalid-field"
    status = 422
    title = "Invalid field"

    def __init__(self, field: str, problem: str, message: str) -> None:
        """Name the `field`, a stable `problem` code and a `message` with found and wanted."""
        super().__init__(f"{field}: {message}")
        self.field = field
        self.problem = problem
        self.message = message

    def at(self, pointer: str) -> FieldProblem:
        """Return the problem as seen from a document, `pointer` being a JSON Pointer."""
        return FieldProblem(pointer, self.problem, self.message)


class RequestRefused(EntryRiskError):
    """The caller's fault: nothing was stored."""

    code = "bad-request"
    status = 400
    title = "Bad request"

    def __init__(self, detail: str = "", problems: Sequence[FieldProblem] = ()) -> None:
        """Keep the field `problems`, in document order."""
        super().__init__(detail)
        self.problems = tuple(problems)


class MalformedJson(RequestRefused):
    """The body is no JSON that is read here, or is nested too deep."""

    code = "malformed-json"
    title = "Malformed JSON"


class Unauthenticated(RequestRefused):
    """No key, or one that is unknown, revoked or expired."""

    code = "unauthenticated"
    status = 401
    title = "Unauthenticated"


class Forbidden(RequestRefused):
    """A good key without the scope."""

    code = "forbidden"
    status = 403
    title = "Forbidden"


class NotFound(RequestRefused):
    """Nothing of that name, or not the tenant's own."""

    code = "not-found"
    status = 404
    title = "Not found"


class MethodNotAllowed(RequestRefused):
    """The route exists, the method does not."""

    code = "method-not-allowed"
    status = 405
    title = "Method not allowed"


class Conflict(RequestRefused):
    """What is there stands against it: the same filing with another body, a running key."""

    code = "conflict"
    status = 409
    title = "Conflict"


class PreconditionFailed(RequestRefused):
    """What would be changed is no longer as it was when it was read: read it again."""

    code = "precondition-failed"
    status = 412
    title = "Changed meanwhile"


class BodyTooLarge(RequestRefused):
    """The body is over the limit of its route."""

    code = "body-too-large"
    status = 413
    title = "Body too large"


class UnsupportedMediaType(RequestRefused):
    """The content type or encoding is not one the route reads."""

    code = "unsupported-media-type"
    status = 415
    title = "Unsupported media type"


class InvalidEntry(RequestRefused):
    """The document is JSON but not an entry; `errors[]` names the fields."""

    code = "invalid-entry"
    status = 422
    title = "Invalid entry"


class InvalidExplanation(RequestRefused):
    """The document is JSON but explains no material change; `errors[]` names the fields."""

    code = "invalid-explanation"
    status = 422
    title = "Invalid explanation"


class InvalidIndex(RequestRefused):
    """The document is JSON but no filled index of evidence; `errors[]` names the fields."""

    code = "invalid-index"
    status = 422
    title = "Invalid index"


class InvalidQuery(RequestRefused):
    """A parameter of the query has a value that can't be read; named as `/query/<name>`."""

    code = "invalid-query"
    status = 422
    title = "Invalid query"


class InvalidOutcome(RequestRefused):
    """The document is JSON but tells no outcome of that entry; `errors[]` names the fields."""

    code = "invalid-outcome"
    status = 422
    title = "Invalid outcome"


class ListRefused(RequestRefused):
    """A published list that does not parse, or is a part of one; names file and row."""

    code = "list-refused"
    status = 422
    title = "Published list refused"


class IdempotencyMismatch(RequestRefused):
    """The Idempotency-Key was used with another body."""

    code = "idempotency-mismatch"
    status = 422
    title = "Idempotency key used with another body"


class PreconditionRequired(RequestRefused):
    """A change needs If-Match with the ETag of what was read."""

    code = "precondition-required"
    status = 428
    title = "Precondition required"


class ServiceUnavailable(EntryRiskError):
    """Ours, passing: try again after the seconds of `Retry-After`."""

    code = "unavailable"
    status = 503
    title = "Service unavailable"
    retry_after_s: ClassVar[int] = 1


class HistoryUnavailable(ServiceUnavailable):
    """A history could not be built anew; what is read stays as it is. No answer fails for it."""

    code = "history-unavailable"
    title = "History unavailable"


class LedgerUnavailable(ServiceUnavailable):
    """The decision could not be written durably, so none was given."""

    code = "ledger-unavailable"
    title = "Ledger unavailable"


class ModelUnavailable(ServiceUnavailable):
    """No verified model bundle is loaded."""

    code = "model-unavailable"
    title = "Model unavailable"


class Overloaded(ServiceUnavailable):
    """The queue is full; the request was not started."""

    code = "overloaded"
    title = "Overloaded"


class BundleRefused(EntryRiskError):
    """A model bundle that must not serve; the one before it keeps serving."""

    code = "bundle-refused"
    title = "Model bundle refused"


class BundleUnreadable(BundleRefused):
    """A file is missing, unlisted, a link, or over its size cap."""

    code = "bundle-unreadable"
    title = "Model bundle unreadable"


class BundleUnsigned(BundleRefused):
    """The signature is missing, malformed, or not by a trusted key."""

    code = "bundle-unsigned"
    title = "Model bundle not signed by a trusted key"


class BundleTampered(BundleRefused):
    """A file's bytes are not those the signed manifest names."""

    code = "bundle-tampered"
    title = "Model bundle tampered with"


class BundleIncompatible(BundleRefused):
    """Trained on other features or libraries than the code that would serve it."""

    code = "bundle-incompatible"
    title = "Model bundle incompatible"


class BundleRolledBack(BundleRefused):
    """An older sequence number than the one that served, without a rollback record."""

    code = "bundle-rolled-back"
    title = "Model bundle older than the one in service"


class BundleFailedCanary(BundleRefused):
    """The child process crashed, timed out, or scored the canary rows differently."""

    code = "bundle-failed-canary"
    title = "Model bundle failed its canary"


class MappingRefused(EntryRiskError):
    """A mapping file that is malformed; the message names the key."""

    code = "mapping-refused"
    title = "Mapping refused"


class DataRefused(EntryRiskError):
    """A data file that is unreadable or has too many malformed rows."""

    code = "data-refused"
    title = "Data refused"


class InsufficientLabels(EntryRiskError):
    """Too few matured labels: keep serving what serves."""

    code = "insufficient-labels"
    title = "Insufficient labels"


class ReferenceRefused(EntryRiskError):
    """A reference table or published list that does not parse; the message names file and row."""

    code = "reference-refused"
    title = "Reference refused"


class SettingsRefused(EntryRiskError):
    """A setting the process must not start with; the message names it."""

    code = "settings-refused"
    title = "Settings refused"
