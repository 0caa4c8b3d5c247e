"""Errors of jobs and webhooks, beside the tree in `app.core.errors` that they belong to."""

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
