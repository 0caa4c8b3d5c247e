"""Errors of jobs, webhooks, limits, deadlines and estimates; their tree is in `app.core.errors`."""

from typing import ClassVar

from app.core.errors import RequestRefused, ServiceUnavailable


class InvalidJob(RequestRefused):
    """The body holds no entries that can be a job, or too many; `problems` says which line."""

    code = "invalid-job"
    status = 422
    title = "Invalid job"


class InvalidWebhook(RequestRefused):
    """The document names no endpoint that may be called; `problems` names the field."""

    code = "invalid-webhook"
    status = 422
    title = "Invalid webhook"


class NotEstimable(RequestRefused):
    """The data cannot say it, so it is not guessed; the detail names what is missing."""

    code = "not-estimable"
    status = 422
    title = "Not estimable"


class QuotaExceeded(RequestRefused):
    """The tenant has as many of these as it may: wait for one to end, or remove one."""

    code = "quota-exceeded"
    status = 429
    title = "Quota exceeded"
    retry_after_s: ClassVar[int] = 60


class JobsUnavailable(ServiceUnavailable):
    """Jobs and webhooks cannot be read or written now; what was accepted is kept."""

    code = "jobs-unavailable"
    title = "Jobs unavailable"


class RateExceeded(RequestRefused):
    """The tenant asks more often than it may; `Retry-After` says when one more will pass."""

    code = "rate-exceeded"
    status = 429
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after_s: int = 1) -> None:
        """Keep the seconds, at least 1, after which one more request will pass."""
        super().__init__(detail)
        self.retry_after_s = max(1, retry_after_s)


class BodyTooSlow(RequestRefused):
    """The body came too slowly to be waited for; nothing of it was read."""

    code = "body-too-slow"
    status = 408
    title = "Body came too slowly"


class HeadTooLarge(RequestRefused):
    """Request line and headers, or what frames a body, are larger than is read here."""

    code = "head-too-large"
    status = 431
    title = "Request header fields too large"


class DeadlineExceeded(ServiceUnavailable):
    """The answer was not ready within `Request-Timeout-Ms`; what had not begun was not scored."""

    code = "deadline-exceeded"
    status = 504
    title = "Deadline exceeded"
