"""GET /v1/reference and /v1/reference/imports: lists staged, shown, activated or discarded."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.query import read_parameters
from app.api.state import state_of
from app.core.access import Scope
from app.core.audit import Action
from app.core.query import query_refused
from app.core.reference import ListedEntity, TableInfo
from app.core.reference.importers import KINDS
from app.core.reference.versions import (
    Activation,
    ListChange,
    PackId,
    StagedImport,
    report_document,
)
from app.core.rehearsal import WINDOW_DAYS, HitChange, Rehearsal, TouchedEntry, notice_text
from app.services.answer import moment_text
from app.services.audit import keep
from app.services.references import ImportView, ReferenceView

IMPORTS = "/v1/reference/imports"
_JSON = "application/json"


async def reference(request: Request) -> Response:
    """Return what serves, table by table, when each version was activated, and what waits."""
    await authenticate(request, Scope.DECISION_READ)
    state = state_of(request)
    view = await state["references"].describe()
    document = reference_document(view, state["desk"].clock.now().date())
    return Response(orjson.dumps(document), headers=_NO_STORE, media_type=_JSON)


async def stage_import(request: Request) -> Response:
    """Read a published list and stage it beside what serves: 201, or 200 if it was there."""
    caller = await authenticate(request, Scope.LIST_ADMIN)
    state = state_of(request)
    kind, as_of = _query(request, state["desk"].clock.now().date())
    data = await request.body()
    view, is_new = await state["references"].stage(caller, kind, as_of, data)
    headers = {"Location": f"{IMPORTS}/{view.staged.import_id}"}
    return _answer(view, 201 if is_new else 200, headers)


async def show_import(request: Request) -> Response:
    """Return an import and what it touches of the caller's own entries."""
    caller = await authenticate(request, Scope.LIST_ADMIN)
    return _answer(await state_of(request)["references"].show(caller, _id(request)))


async def activate_import(request: Request) -> Response:
    """Make a staged import what serves; the answer lists what it touched."""
    caller = await authenticate(request, Scope.LIST_ADMIN)
    tag = request.headers.get("if-match")
    view = await state_of(request)["references"].activate(caller, _id(request), tag)
    after = view.staged.after
    details = {"kind": view.staged.kind, "version": after.version, "digest": after.digest}
    log = state_of(request)["audit"]
    await keep(log, caller, Action.LIST_ACTIVATED, view.staged.import_id, details)
    return _answer(view)


async def discard_import(request: Request) -> Response:
    """Forget a staged import."""
    caller = await authenticate(request, Scope.LIST_ADMIN)
    tag = request.headers.get("if-match")
    await state_of(request)["references"].discard(caller, _id(request), tag)
    return Response(status_code=204, headers=_NO_STORE)


def reference_document(view: ReferenceView, today: date) -> dict[str, Any]:
    """Return what serves, what served and what waits, as it is answered."""
    pack = view.pack
    return {
        "version": pack.version,
        "digest": pack.digest,
        "age_days": (today - date.fromisoformat(pack.version)).days,
        "refused": view.refused or None,
        "tables": [_table(each, today) for each in pack.tables],
        "activations": [_activation(each) for each in reversed(view.activations)],
        "imports": [
            {**_head(staged), "state": state.value} for staged, state in reversed(view.waiting)
        ],
    }


def import_document(view: ImportView) -> dict[str, Any]:
    """Return an import with the difference of the lists and the entries it touches."""
    activation = view.activation
    return {
        **_head(view.staged),
        "state": view.state.value,
        "activation": None if activation is None else _activation(activation),
        "report": report_document(view.staged.report),
        "entities": [_listed(each) for each in view.changes],
        "rehearsal": {
            "window_days": WINDOW_DAYS,
            "screened": view.rehearsal.screened,
            "digest": view.rehearsal.digest,
            "entries": [_entry(each) for each in view.rehearsal.entries],
            "suppliers": [
                {"key": key, "decision_ids": list(ids)}
                for key, ids in view.rehearsal.suppliers.items()
            ],
        },
        "notices": [] if activation is None else _notices(view.rehearsal, activation),
    }


_NO_STORE = {"Cache-Control": "no-store"}


def _answer(view: ImportView, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    more = {"ETag": view.etag, **_NO_STORE, **(headers or {})}
    return Response(orjson.dumps(import_document(view)), status, more, _JSON)


def _query(request: Request, today: date) -> tuple[str, date]:
    found = read_parameters(request, ("kind", "as_of"))
    if found.get("kind") not in KINDS:
        wanted = ", ".join(sorted(KINDS))
        raise query_refused("kind", "unknown_value", f"wanted one of {wanted}")
    return found["kind"], _day_of(found["as_of"], today) if "as_of" in found else today


def _day_of(text: str, today: date) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day <= today + timedelta(days=1):  # it may be tomorrow already where it was published
            return day
    raise query_refused("as_of", "invalid_date", "wanted a day as YYYY-MM-DD, not one to come")


def _id(request: Request) -> str:
    found: str = request.path_params["import_id"]
    return found


def _head(staged: StagedImport) -> dict[str, Any]:
    return {
        "import_id": staged.import_id,
        "kind": staged.kind,
        "as_of": staged.as_of.isoformat(),
        "staged_at": moment_text(staged.staged_at),
        "file": {"digest": staged.file_digest, "bytes": staged.file_bytes},
        "before": _pack(staged.before),
        "after": _pack(staged.after),
    }


def _table(table: TableInfo, today: date) -> dict[str, Any]:
    return {
        "name": table.name,
        "rows": table.rows,
        "as_of": table.as_of.isoformat(),
        "age_days": (today - table.as_of).days,
        "sources": list(table.sources),
        "digest": table.digest,
    }


def _activation(activation: Activation) -> dict[str, Any]:
    return {
        "number": activation.number,
        "import_id": activation.import_id,
        "activated_at": moment_text(activation.activated_at),
        "before": _pack(activation.before),
        "after": _pack(activation.after),
    }


def _pack(pack: PackId) -> dict[str, str]:
    return {"version": pack.version, "digest": pack.digest}


def _listed(change: ListChange) -> dict[str, Any]:
    return {
        "change": change.change,
        "fields": list(change.fields),
        "decisive": change.decisive,
        **_entity(change.entity),
    }


def _entity(entity: ListedEntity) -> dict[str, Any]:
    return {
        "entity_id": entity.entity_id,
        "list": entity.list.value,
        "entity": entity.name,
        "regime": entity.regime,
        "effective_from": _day(entity.effective_from),
        "effective_to": _day(entity.effective_to),
    }


def _entry(entry: TouchedEntry) -> dict[str, Any]:
    return {
        "decision_id": entry.decision_id,
        "entry_number": entry.entry_number,
        "revision": entry.revision,
        "dated": entry.on.isoformat(),
        "suppliers": list(entry.suppliers),
        "changes": [_change(each) for each in entry.changes],
    }


def _change(change: HitChange) -> dict[str, Any]:
    hit = change.hit
    return {
        "change": change.change.value,
        "line_number": hit.line_number,
        "role": hit.role,
        "list": hit.list,
        "entity_id": hit.entity_id,
        "entity": hit.entity,
        "regime": hit.regime,
        "match": hit.match,
        "strength": hit.strength.value,
        "effective_from": _day(hit.effective_from),
        "effective_to": _day(hit.effective_to),
    }


def _notices(rehearsal: Rehearsal, activation: Activation) -> list[dict[str, Any]]:
    return [
        {
            "decision_id": entry.decision_id,
            "entry_number": entry.entry_number,
            "change": each.change.value,
            "text": notice_text(each, entry.on, activation.activated_at),
        }
        for entry in rehearsal.entries
        for each in entry.changes
    ]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
