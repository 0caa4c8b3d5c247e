"""The supplier pages: a search by name, and what is known of one supplier with a chart.

As on the first page no cookie is set: a key goes with each form and is forgotten, or the form
carries the token of the session of who is signed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol, TypedDict
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.console.pages import HEADERS, Render, make_renderer
from app.console.signed_in import sender, signed_in
from app.console.supplier_view import CHART_HEIGHT, CHART_WIDTH, supplier_view
from app.console.view import refusal_view
from app.core.access import Scope
from app.core.errors import EntryRiskError, RequestRefused
from app.services.callers import Caller
from app.services.models import Models
from app.services.ports import Clock, Ledger
from app.services.supplier_query import read_country, read_day, read_name
from app.services.suppliers import Suppliers
from app.services.workers import Workers

SUPPLIERS_PATH: Final = "/console/suppliers"
MAX_FORM: Final = 8 * 1024  # bytes, as sent
_FIELDS: Final = ("name", "country", "supplier", "at", "key", "form")


class _Desk(Protocol):
    """The part of the desk that the page works with."""

    @property
    def ledger(self) -> Ledger:
        """Where decisions are."""
        ...

    @property
    def workers(self) -> Workers:
        """Where they are read."""
        ...

    @property
    def clock(self) -> Clock:
        """What day it is."""
        ...

    @property
    def models(self) -> Models:
        """What serves."""
        ...


class _State(TypedDict):
    """The part of the process's state that the page reads."""

    desk: _Desk


@dataclass(frozen=True, slots=True)
class Form:
    """What was asked: a name and country, or a supplier's key and a day; and who asks."""

    name: str = ""
    country: str = ""
    supplier: str = ""
    at: str = ""
    key: str = ""
    form: str = ""


def supplier_routes() -> list[Route]:
    """Return the routes of the supplier pages."""
    pages = SupplierPages(make_renderer())
    return [
        Route(SUPPLIERS_PATH, pages.show, methods=["GET"]),
        Route(SUPPLIERS_PATH, pages.answer, methods=["POST"]),
        Route(f"{SUPPLIERS_PATH}/{{supplier}}", pages.show, methods=["GET"]),
    ]


class SupplierPages:
    """The pages over one renderer."""

    def __init__(self, render: Render) -> None:
        """Render with `render`."""
        self._render = render

    async def show(self, request: Request) -> Response:
        """Show the empty form: to search, or for the supplier that the path names."""
        return await self._page(request, Form(supplier=request.path_params.get("supplier", "")))

    async def answer(self, request: Request) -> Response:
        """Search or show for who sends the form, or say why there is nothing to show."""
        state: _State = request.scope["state"]
        form = Form()
        try:
            form = read_form(await request.body())
            caller = await sender(request, Scope.DECISION_READ, key=form.key, form_token=form.form)
            found = await _answered(state["desk"], caller, form)
        except EntryRiskError as error:
            return await self._page(request, form, error=error)
        return await self._page(request, form, found=found)

    async def _page(
        self,
        request: Request,
        form: Form,
        *,
        found: Mapping[str, Any] | None = None,
        error: EntryRiskError | None = None,
    ) -> Response:
        is_search = found is not None and "suppliers" in found
        html = self._render(
            "suppliers.html",
            {
                "form": form,
                "person": await signed_in(request),
                "path": SUPPLIERS_PATH,
                "found": found["suppliers"] if found is not None and is_search else None,
                "supplier": None if found is None or is_search else supplier_view(found),
                "refusal": refusal_view(error) if error else None,
                "width": CHART_WIDTH,
                "height": CHART_HEIGHT,
            },
        )
        return HTMLResponse(html, error.status if error else 200, headers=HEADERS)


async def _answered(desk: _Desk, caller: Caller, form: Form) -> Mapping[str, Any]:
    suppliers = Suppliers(desk.ledger, desk.workers)
    if not form.supplier:
        name, country = read_name(form.name), read_country(form.country or None)
        return await suppliers.search(caller.tenant, name, country)
    today: date = desk.clock.now().date()
    at = read_day(form.at or None, today)
    return await suppliers.show(caller.tenant, form.supplier, desk.models.serving, today, at)


def read_form(body: bytes) -> Form:
    """Return the form in an urlencoded body; raises RequestRefused for anything else."""
    try:
        fields = parse_qs(
            body.decode("ascii"), strict_parsing=True, keep_blank_values=True, max_num_fields=8
        )
    except ValueError:
        raise RequestRefused("The form could not be read.") from None
    one = {name: values[0].strip() for name, values in fields.items() if len(values) == 1}
    if not fields.keys() == one.keys() <= set(_FIELDS):
        raise RequestRefused(f"wanted the fields {', '.join(_FIELDS)}, each once at most")
    return Form(**one)
