"""The first page: what is running, and a form to paste an entry and see its score and reasons.

It sets no cookie. A form carries an API key that is used once and forgotten, or, where someone is
signed in, the token of that session, which a page of someone else's does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol, TypedDict
from urllib.parse import parse_qs

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.console.example import EXAMPLE_ENTRY
from app.console.signed_in import sender, signed_in
from app.console.view import answer_view, facts_of, refusal_view, scale_of
from app.core.access import Scope
from app.core.errors import EntryRiskError, RequestRefused
from app.core.json_text import parse_json
from app.services.desk import Asked
from app.services.scoring import ScoringService
from app.services.status import Status

MAX_FORM = 256 * 1024  # bytes, as sent; an entry of some 50 lines
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STATIC = {"console.css": "text/css", "icon.svg": "image/svg+xml"}


class _State(TypedDict):
    """The part of the process's state that the console reads."""

    scoring: ScoringService
    status: Status


@dataclass(frozen=True, slots=True)
class Form:
    """What was pasted: the entry's text and the key, and the token of the session's forms."""

    entry: str
    key: str
    form: str = ""


class Render(Protocol):
    """Renders a template by name."""

    def __call__(self, name: str, values: Mapping[str, Any]) -> str:
        """Return the HTML."""
        ...


def make_renderer() -> Render:
    """Return a renderer of the package's templates, everything escaped."""
    environment = Environment(
        loader=PackageLoader("app.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def render(name: str, values: Mapping[str, Any]) -> str:
        return environment.get_template(name).render(values)

    return render


def console_routes() -> list[Route]:
    """Return the routes of the console."""
    pages = Pages(make_renderer())
    return [
        Route("/", pages.show, methods=["GET"]),
        Route("/", pages.score, methods=["POST"]),
        *(
            Route(f"/static/{name}", _static(name, media_type), methods=["GET"])
            for name, media_type in _STATIC.items()
        ),
    ]


def _static(name: str, media_type: str) -> Any:  # a Starlette endpoint
    async def serve(_request: Request) -> Response:
        content = files("app.console").joinpath("static", name).read_bytes()
        headers = {"Cache-Control": "max-age=3600"}
        return Response(content, headers=headers, media_type=media_type)

    return serve


class Pages:
    """The pages over one renderer."""

    def __init__(self, render: Render) -> None:
        """Render with `render`."""
        self._render = render

    async def show(self, request: Request) -> Response:
        """Show what runs and the empty form."""
        return await self._page(request, Form(EXAMPLE_ENTRY, ""))

    async def score(self, request: Request) -> Response:
        """Score the pasted entry for who sends it, and show the answer or why there is none."""
        form = Form("", "")
        try:
            form = read_form(await request.body())
            caller = await sender(
                request, Scope.SCORE_WRITE, key=form.key.strip(), form_token=form.form
            )
            document = parse_json(form.entry.encode())
            answer = await _state(request)["scoring"].score(Asked(caller), document)
        except EntryRiskError as error:
            return await self._page(request, form, error=error)
        return await self._page(request, form, answer=orjson.loads(answer.body), entry=document)

    async def _page(
        self,
        request: Request,
        form: Form,
        *,
        answer: Mapping[str, Any] | None = None,
        entry: Mapping[str, Any] | None = None,
        error: EntryRiskError | None = None,
    ) -> Response:
        status = await _state(request)["status"].describe()
        html = self._render(
            "page.html",
            {
                "status": status,
                "facts": facts_of(status),
                "scale": scale_of(status),
                "form": form,
                "person": await signed_in(request),
                "answer": answer_view(answer, entry, status) if answer and entry else None,
                "answer_json": _indented(answer) if answer else "",
                "refusal": refusal_view(error) if error else None,
            },
        )
        return HTMLResponse(html, error.status if error else 200, headers=HEADERS)


def _state(request: Request) -> _State:
    state: _State = request.scope["state"]
    return state


def _indented(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def read_form(body: bytes) -> Form:
    """Return the form in an urlencoded body; raises RequestRefused for anything else."""
    try:
        fields = parse_qs(
            body.decode("ascii"), strict_parsing=True, keep_blank_values=True, max_num_fields=8
        )
    except ValueError:
        raise RequestRefused("The form could not be read.") from None
    one = {name: values[0] for name, values in fields.items() if len(values) == 1}
    if not {"entry", "key"} <= fields.keys() == one.keys() <= {"entry", "key", "form"}:
        raise RequestRefused("wanted the fields entry, key and perhaps form, each once")
    return Form(**one)
