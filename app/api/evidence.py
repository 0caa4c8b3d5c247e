"""GET /v1/decisions/{id}/evidence and the check of its index: JSON, or a page to print."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.api.auth import authenticate
from app.api.limits import BodyLimit, check_headers
from app.api.query import read_parameters
from app.api.score import read_json
from app.api.state import state_of
from app.core.access import Scope
from app.core.clocks import KnownDates, Start
from app.core.document.kinds import Day
from app.core.errors import BodyTooLarge, InvalidField
from app.core.query import query_refused
from app.core.remedies.filled import read_filled
from app.services.dossier import Dossier, DossierService
from app.services.dossier_document import dossier_document, missing_document

MAX_INDEX = BodyLimit(1024 * 1024)  # bytes of a filled index
DATES = tuple(start.value for start in Start)
_FORMATS = frozenset({"json", "html"})
_JSON = "application/json"


async def evidence(request: Request) -> Response:
    """Return what would settle a decision of the caller's tenant, as JSON or as a page."""
    caller = await authenticate(request, Scope.DECISION_READ)
    wanted, known = read_query(request)
    service = DossierService(state_of(request)["desk"])
    dossier = await service.dossier(caller.tenant, request.path_params["decision_id"], known)
    if wanted == "html":
        page = await run_in_threadpool(evidence_html, dossier)
        return HTMLResponse(page, headers=_html_headers())
    body = await run_in_threadpool(evidence_bytes, dossier)
    return Response(body, headers=_HEADERS, media_type=_JSON)


async def check_evidence(request: Request) -> Response:
    """Return exactly what a filled index lacks; nothing is stored."""
    caller = await authenticate(request, Scope.DECISION_READ)
    claim = read_filled(await read_json(await _body(request)))
    service = DossierService(state_of(request)["desk"])
    decision_id = request.path_params["decision_id"]
    missing = await service.missing(caller.tenant, decision_id, claim.filled, claim.reviews)
    return Response(orjson.dumps(missing_document(missing)), headers=_HEADERS, media_type=_JSON)


def read_query(request: Request) -> tuple[str, KnownDates]:
    """Return the format and the days known; raises RequestRefused for any other query.

    Without `format` the Accept header decides: a page where HTML is wanted and JSON is not.
    """
    accept = request.headers.get("accept", "")
    wanted = "html" if "text/html" in accept and _JSON not in accept else "json"
    given = read_parameters(request, ("format", *DATES))
    if (form := given.pop("format", wanted)) not in _FORMATS:
        raise query_refused("format", "unknown_value", "wanted json or html")
    known = KnownDates(**{name: _day(name, value) for name, value in given.items()})
    if (disorder := known.disorder()) is not None:
        later, earlier = disorder
        raise query_refused(later, "contradicts", f"wanted a day not before {earlier}")
    return form, known


def _day(name: str, value: str) -> date:
    try:
        return Day().read(name, value)
    except InvalidField as error:
        raise query_refused(name, error.problem, error.message) from None


async def _body(request: Request) -> bytes:
    """Return the body, refused by its headers or while it arrives where it is too large."""
    check_headers(Headers(scope=request.scope), MAX_INDEX)
    parts: list[bytes] = []
    async for part in request.stream():
        parts.append(part)
        if sum(map(len, parts)) > MAX_INDEX.max_bytes:
            raise BodyTooLarge(f"wanted at most {MAX_INDEX.max_bytes} bytes")
    return b"".join(parts)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("app.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def evidence_bytes(dossier: Dossier) -> bytes:
    """Return the dossier as JSON, each letter also as a page."""
    document = dossier_document(dossier)
    for letter in document["letters"]:
        letter["html"] = letter_html(letter["text"], letter["subject"])
    return orjson.dumps(document)


def evidence_html(dossier: Dossier) -> str:
    """Return the dossier as a page to print: everything escaped, nothing loaded."""
    return _render("evidence.html", {"dossier": dossier_document(dossier), "style": _style()})


def letter_html(text: str, subject: str) -> str:
    """Return a letter as a page: the same words as its text."""
    paragraphs = [part.split("\n") for part in text.strip().split("\n\n")]
    return _render("letter.html", {"subject": subject, "paragraphs": paragraphs})


def _render(name: str, values: Mapping[str, Any]) -> str:
    return _environment().get_template(name).render(values)


@cache
def _style() -> str:
    return files("app.api").joinpath("templates", "evidence.css").read_text()


@cache
def _html_headers() -> Mapping[str, str]:
    """Return headers that let the page have its own style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return {**_HEADERS, "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}


_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept"}
