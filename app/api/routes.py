"""Every route of the API in one table: path, endpoint, and what its answers look like."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api.audit import AUDIT_PATH, audit
from app.api.decisions import decision
from app.api.evidence import check_evidence, evidence
from app.api.explanations import explain, explanations
from app.api.jobs import cancel_job, job, job_results, jobs, submit_job
from app.api.meta import error_page, features, livez, meta, metrics, readyz
from app.api.openapi import openapi
from app.api.outcomes import outcomes, record_outcomes
from app.api.receipts import (
    RECEIPT_KEYS_PATH,
    RECEIPT_PATH,
    REPLAY_PATH,
    receipt,
    receipt_keys,
    replay,
)
from app.api.reference import (
    activate_import,
    discard_import,
    reference,
    show_import,
    stage_import,
)
from app.api.score import score, score_batch
from app.api.suppliers import supplier, suppliers
from app.api.webhooks import (
    add_webhook,
    deliveries,
    redeliver,
    remove_webhook,
    rotate_secret,
    webhooks,
)

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """One route: path template, method (GET answers HEAD too) and endpoint."""

    path: str
    method: str
    endpoint: Endpoint


API_ROUTES = (
    ApiRoute("/v1/score", "POST", score),
    ApiRoute("/v1/score/batch", "POST", score_batch),
    ApiRoute("/v1/decisions/{decision_id}", "GET", decision),
    ApiRoute("/v1/decisions/{decision_id}/evidence", "GET", evidence),
    ApiRoute("/v1/decisions/{decision_id}/evidence/check", "POST", check_evidence),
    ApiRoute("/v1/decisions/{decision_id}/explanations", "POST", explain),
    ApiRoute("/v1/decisions/{decision_id}/explanations", "GET", explanations),
    ApiRoute(RECEIPT_PATH, "GET", receipt),
    ApiRoute(REPLAY_PATH, "POST", replay),
    ApiRoute(RECEIPT_KEYS_PATH, "GET", receipt_keys),
    ApiRoute("/v1/outcomes", "POST", record_outcomes),
    ApiRoute("/v1/outcomes", "GET", outcomes),
    ApiRoute("/v1/jobs", "POST", submit_job),
    ApiRoute("/v1/jobs", "GET", jobs),
    ApiRoute("/v1/jobs/{job_id}", "GET", job),
    ApiRoute("/v1/jobs/{job_id}", "DELETE", cancel_job),
    ApiRoute("/v1/jobs/{job_id}/results", "GET", job_results),
    ApiRoute("/v1/webhooks", "POST", add_webhook),
    ApiRoute("/v1/webhooks", "GET", webhooks),
    ApiRoute("/v1/webhooks/{webhook_id}", "DELETE", remove_webhook),
    ApiRoute("/v1/webhooks/{webhook_id}/secret", "POST", rotate_secret),
    ApiRoute("/v1/webhooks/{webhook_id}/deliveries", "GET", deliveries),
    ApiRoute("/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", "POST", redeliver),
    ApiRoute("/v1/reference", "GET", reference),
    ApiRoute("/v1/reference/imports", "POST", stage_import),
    ApiRoute("/v1/reference/imports/{import_id}", "GET", show_import),
    ApiRoute("/v1/reference/imports/{import_id}", "DELETE", discard_import),
    ApiRoute("/v1/reference/imports/{import_id}/activate", "POST", activate_import),
    ApiRoute("/v1/suppliers", "GET", suppliers),
    ApiRoute("/v1/suppliers/{key}", "GET", supplier),
    ApiRoute(AUDIT_PATH, "GET", audit),
    ApiRoute("/v1/features", "GET", features),
    ApiRoute("/v1/meta", "GET", meta),
    ApiRoute("/livez", "GET", livez),
    ApiRoute("/readyz", "GET", readyz),
    ApiRoute("/metrics", "GET", metrics),
    ApiRoute("/errors/{code}", "GET", error_page),
    ApiRoute("/openapi.json", "GET", openapi),
)


def starlette_routes(routes: tuple[ApiRoute, ...] = API_ROUTES) -> list[Route]:
    """Return the routes as Starlette takes them; each marks the request with its template.

    One for each path, with all its methods: what is not allowed is then answered with all that is.
    """
    by_path: dict[str, dict[str, Endpoint]] = {}
    for each in routes:
        by_path.setdefault(each.path, {})[each.method] = each.endpoint
    return [
        Route(path, _marked(path, endpoints), methods=list(endpoints))
        for path, endpoints in by_path.items()
    ]


def _marked(path: str, endpoints: Mapping[str, Endpoint]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        request.scope["entry_risk.route"] = path
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return endpoint
