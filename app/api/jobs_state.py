"""The part of the state that the routes of jobs and webhooks work with; made beside the rest."""

from typing import TypedDict

from starlette.requests import Request

from app.services.jobs import JobService
from app.services.webhooks import WebhookService


class JobsState(TypedDict):
    """The use cases of jobs and webhooks."""

    jobs: JobService
    webhooks: WebhookService


def jobs_of(request: Request) -> JobsState:
    """Return the part of the state a request on jobs is answered with."""
    state: JobsState = request.scope["state"]
    return state
