"""The application: `uvicorn --factory app.main:create_app`."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from ulid import ULID

from app.api.admission import Admitted
from app.api.jobs import JOBS_PATH, job_body_limit
from app.api.limits import FORM, BodyLimit, Limits
from app.api.limits_body import BodyPace
from app.api.observed import Observed
from app.api.openapi import openapi_document
from app.api.problems import answer_error, answer_http_error
from app.api.reference import IMPORTS
from app.api.reference_schema import LIST_TYPES
from app.api.routes import API_ROUTES, starlette_routes
from app.console.oidc import oidc_routes
from app.console.pages import MAX_FORM, console_routes
from app.console.sign_in import MAX_FORM as MAX_SIGN_IN_FORM
from app.console.sign_in import SIGN_IN_PATHS, SignInPages, sign_in_routes
from app.console.suppliers import MAX_FORM as MAX_SUPPLIER_FORM
from app.console.suppliers import SUPPLIERS_PATH, supplier_routes
from app.core.errors import EntryRiskError
from app.settings import Settings, read_settings
from app.wiring import Built, build, running
from app.wiring.entrance import admitting
from app.wiring.jobs import jobs_beside

log = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; `settings` None reads them from the environment.

    Nothing is opened before the lifespan starts. Raises SettingsRefused.
    """
    chosen = settings or read_settings()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        built = _built(chosen)
        async with (
            running(built) as state,
            jobs_beside(chosen, built) as jobs,
            admitting(chosen) as entrance,
        ):
            yield {**state, **jobs, **entrance}

    return assemble(lifespan, body_limits(chosen), BodyPace(chosen.slow_client_s))


def _built(settings: Settings) -> Built:
    """Build, and say in one line why not: the trace that the server logs is long."""
    try:
        return build(settings)
    except EntryRiskError as error:
        log.error("start_refused", code=error.code, detail=error.detail)  # noqa: TRY400 - one line
        raise
    except OSError as error:
        detail = f"{error.filename}: {error.strerror}"
        log.error("start_refused", code="os-error", detail=detail)  # noqa: TRY400 - one line
        raise


class Application(FastAPI):
    """FastAPI whose own idea of its OpenAPI document is the one that is served."""

    def openapi(self) -> dict[str, Any]:
        """Return the document that /openapi.json gives."""
        return openapi_document()


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]


def assemble(
    lifespan: Lifespan, limits: Mapping[str, BodyLimit], pace: BodyPace | None = None
) -> FastAPI:
    """Return the application whose routes work with the state that `lifespan` yields."""
    entry = SignInPages()
    pages = (*console_routes(), *supplier_routes(), *sign_in_routes(entry), *oidc_routes(entry))
    routes = [*starlette_routes(API_ROUTES), *pages]
    return Application(
        routes=[*routes],
        lifespan=lifespan,
        redirect_slashes=False,  # a redirect repeats the Host header, which anyone may set
        openapi_url=None,  # /openapi.json is a route of ours
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        middleware=[
            Middleware(Observed, lambda: str(ULID()), frozenset(each.path for each in routes)),
            Middleware(Admitted, pace or BodyPace()),
            Middleware(Limits, limits),
        ],
        exception_handlers={EntryRiskError: answer_error, HTTPException: answer_http_error},
    )


def body_limits(settings: Settings) -> Mapping[str, BodyLimit]:
    """Return what each route that reads a body will read."""
    return {
        "/v1/score": BodyLimit(settings.max_body_kib * 1024),
        "/v1/score/batch": BodyLimit(settings.max_batch_body_kib * 1024),
        "/v1/outcomes": BodyLimit(settings.max_body_kib * 1024),
        JOBS_PATH: job_body_limit(settings.max_job_body_mib),
        IMPORTS: BodyLimit(
            settings.max_list_body_kib * 1024,
            LIST_TYPES[0],
            max_running=1,
            or_types=LIST_TYPES[1:],
        ),
        "/": BodyLimit(MAX_FORM, FORM),
        **{path: BodyLimit(MAX_SIGN_IN_FORM, FORM) for path in SIGN_IN_PATHS},
        SUPPLIERS_PATH: BodyLimit(MAX_SUPPLIER_FORM, FORM),
    }
