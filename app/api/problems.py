"""Errors as RFC 9457 problem documents: the one place that turns an error into an answer."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import app.core.governance.refusals  # noqa: F401 - the page of errors names them
from app.core.errors import (
    EntryRiskError,
    FieldProblem,
    MethodNotAllowed,
    NotFound,
    RequestRefused,
    ServiceUnavailable,
    Unauthenticated,
)
from app.core.refusals import QuotaExceeded, RateExceeded

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20  # docs/api.md
MAX_BYTES = 4096
_MAX_DETAIL = 500  # characters; room for twenty errors beside it
_MAX_POINTER, _MAX_MESSAGE = 200, 320


def problem_document(error: EntryRiskError, instance: str | None = None) -> dict[str, Any]:
    """Return the problem an error is; `instance` is the request's id.

    What is not the caller's to know (any 5xx but 503) has its title only.
    """
    is_ours = error.status >= 500 and not isinstance(error, ServiceUnavailable)
    document: dict[str, Any] = {
        "type": f"/errors/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.title if is_ours else _sentence(error.detail, _MAX_DETAIL),
    }
    if instance is not None:
        document["instance"] = instance
    if isinstance(error, RequestRefused) and error.problems:
        document["errors"] = [_field(each) for each in error.problems[:MAX_ERRORS]]
    return document


def _field(problem: FieldProblem) -> dict[str, str]:
    return {
        "pointer": problem.pointer[:_MAX_POINTER],
        "code": problem.code,
        "message": _sentence(problem.message, _MAX_MESSAGE),
    }


def _sentence(words: str, longest: int) -> str:
    """Return words that begin upper case, cut between two of them where they are too many.

    A name of the wire that they begin with (`known_at`) stays as it is.
    """
    first = words.partition(" ")[0]
    if first.isalpha() and first.islower():
        words = words[0].upper() + words[1:]
    if len(words) <= longest:
        return words
    kept = words[: longest - 4]
    return f"{kept.rpartition(' ')[0] or kept} ..."


def problem_bytes(error: EntryRiskError, instance: str | None = None) -> bytes:
    """Return the problem as JSON, at most 20 errors and 4 KiB: the last errors give way."""
    document = problem_document(error, instance)
    body = orjson.dumps(document)
    while len(body) > MAX_BYTES and document.get("errors"):
        document["errors"].pop()
        body = orjson.dumps(document)
    return body


def problem_response(
    error: EntryRiskError, instance: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer to a request that ended in `error`."""
    extra = dict(headers or {})
    if isinstance(error, Unauthenticated):
        extra["WWW-Authenticate"] = 'Bearer realm="entry-risk"'
    if isinstance(error, ServiceUnavailable | QuotaExceeded | RateExceeded):
        extra["Retry-After"] = str(error.retry_after_s)
    body = problem_bytes(error, instance)
    return Response(body, error.status, headers=extra, media_type=MEDIA_TYPE)


def request_id_of(request: Request) -> str:
    """Return the id that the request goes by; set by the outermost middleware."""
    return str(request.scope.get("entry_risk.request_id", ""))


async def answer_error(request: Request, error: Exception) -> Response:
    """Handle any error of ours."""
    assert isinstance(error, EntryRiskError)  # noqa: S101  # registered for these alone
    return problem_response(error, request_id_of(request))


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Handle the framework's own errors; OPTIONS on a known path says what may be done there."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for these alone
    headers = dict(error.headers or {})
    if error.status_code == MethodNotAllowed.status:
        if request.method == "OPTIONS":
            allowed = f"{headers.get('Allow', '')}, OPTIONS".lstrip(", ")
            return Response(status_code=204, headers={"Allow": allowed})
        refused: EntryRiskError = MethodNotAllowed("This route does not answer that method.")
    elif error.status_code == NotFound.status:
        refused = NotFound("There is no such route.")
    else:
        refused = RequestRefused("The request could not be read.")
    return problem_response(refused, request_id_of(request), headers)


def error_classes() -> Iterator[type[EntryRiskError]]:
    """Yield every error with a code of its own, in the order of the tree."""
    yield from _with_subclasses(EntryRiskError)


def _with_subclasses(error: type[EntryRiskError]) -> Iterator[type[EntryRiskError]]:
    yield error
    for each in error.__subclasses__():
        if each.__module__.partition(".")[0] == __name__.partition(".")[0]:
            yield from _with_subclasses(each)


def errors_by_code() -> dict[str, type[EntryRiskError]]:
    """Return the error that each code stands for, sorted by status and code."""
    found = {each.code: each for each in error_classes() if "code" in each.__dict__}
    return dict(sorted(found.items(), key=lambda item: (item[1].status, item[0])))


def meaning_of(error: type[EntryRiskError]) -> str:
    """Return the first paragraph of an error's docstring on one line."""
    return " ".join((inspect.getdoc(error) or "").split("\n\n")[0].split())


def errors_markdown() -> str:
    """Return docs/errors.md: every error of the tree with its code, status and meaning."""
    rows = [
        f"| `{code}` | {each.status} | {each.title} | {meaning_of(each)} |"
        for code, each in errors_by_code().items()
    ]
    return "\n".join([_HEADING, *rows, ""])


_HEADING = """# Errors

Generated from `app/core/errors.py` by `app.api.problems.errors_markdown`; do not edit.

Every error is answered as `application/problem+json` (RFC 9457). `type` is `/errors/<code>`, which
the server itself explains; `instance` is the request id; `errors[]` names fields by JSON Pointer
with a stable `code`. There are at most 20 errors and 4 KiB, whatever was sent. A 503 carries
`Retry-After`. Errors of status 500 never reach a caller by name: some belong to the command line,
training and start-up, and a server that meets one says `Internal error` with a request id.

| code | status | title | meaning |
|---|---|---|---|"""
