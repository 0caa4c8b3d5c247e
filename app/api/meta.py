"""What runs and whether it may be used: /livez, /readyz, /metrics, /v1/meta, /v1/features."""

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.api.problems import errors_by_code, meaning_of
from app.api.state import entrance_of, state_of
from app.core.errors import NotFound
from app.core.features import FEATURES

_NO_STORE = {"Cache-Control": "no-store"}


async def livez(_request: Request) -> Response:
    """Say that the process lives; touches nothing."""
    return PlainTextResponse("ok\n", headers=_NO_STORE)


async def readyz(request: Request) -> Response:
    """Say whether traffic may come: model verified, ledger writable, disk free, no end in sight."""
    conditions = await conditions_of(request)
    is_ready = all(conditions.values())
    body = orjson.dumps({"ready": is_ready, "conditions": conditions})
    status = 200 if is_ready else 503
    return Response(body, status, headers=_NO_STORE, media_type="application/json")


async def conditions_of(request: Request) -> dict[str, bool]:
    """Return each condition of readiness by name: those of the service, and of its entrance."""
    conditions = await state_of(request)["status"].check()
    return {**conditions, "accepting": not entrance_of(request.scope)["admission"].is_draining}


async def metrics(request: Request) -> Response:
    """Return the metrics in Prometheus's text format, conditions of readiness among them."""
    status, telemetry = state_of(request)["status"], state_of(request)["telemetry"]
    telemetry.looked_at(await conditions_of(request), status.figures())
    body, media_type = telemetry.exposition()
    return Response(body, headers=_NO_STORE, media_type=media_type)


async def meta(request: Request) -> Response:
    """Return what runs: build, model and any refused one, policy, reference, ledger, cache."""
    document = await state_of(request)["status"].describe()
    return Response(orjson.dumps(document), headers=_NO_STORE, media_type="application/json")


async def features(request: Request) -> Response:
    """Return the feature catalogue; `used` says which columns the live model reads."""
    models = state_of(request)["models"]
    used = models.serving.bundle.schema.columns if models.is_loaded else ()
    names = {column.name for column in used}
    coded = [feature.column for feature in FEATURES]
    known = {column.name for column in coded}
    columns = [*coded, *(column for column in used if column.name not in known)]
    document = {
        "features": [
            {
                "name": each.name,
                "group": each.group,
                "unit": each.unit,
                "missing": each.missing,
                "text": each.text,
                "used": each.name in names,
            }
            for each in columns
        ]
    }
    return Response(orjson.dumps(document), media_type="application/json")


async def error_page(request: Request) -> Response:
    """Explain the error whose `type` a problem named."""
    code = request.path_params["code"]
    found = errors_by_code().get(code)
    if found is None:
        raise NotFound("There is no error of that code.")
    text = f"{found.title}\n\ncode: {code}\nstatus: {found.status}\n\n{meaning_of(found)}\n"
    return PlainTextResponse(text)
