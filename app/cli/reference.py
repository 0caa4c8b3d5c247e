"""`entry-risk reference`: the tables in service, and published lists staged and activated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.adapters.ledger_open import OpenLedger
from app.adapters.reference_store import ReferenceStore
from app.cli.terminal import guarded, say, table
from app.core.errors import LedgerUnavailable, NotFound, ReferenceRefused
from app.core.reference import ReferencePack, load_reference
from app.core.reference.importers import KINDS, ImportReport, import_published
from app.core.reference.versions import Activation, StagedImport, list_changes, pack_id
from app.core.rehearsal import Cut, Rehearsal, cut_at
from app.services.rehearsals import Rehearsals
from app.settings import Settings, read_settings
from app.wiring import database_urls, open_key_store, reference_store

reference_app = typer.Typer(
    no_args_is_help=True, help="Reference tables: HTS, ports, lists, goods at risk."
)
SHOWN = 20  # rows of a difference that are printed; the rest is counted
OPERATOR = "operator"  # by whom, where the command line did it
DirOption = Annotated[
    Path | None, typer.Option("--dir", help="Folder of tables; those in service if absent.")
]
IdArgument = Annotated[str, typer.Argument(help="Id of the import, as `reference list` shows it.")]


@reference_app.command("show")
@guarded
def show_command(directory: DirOption = None) -> None:
    """Show each table with its rows, date, source and digest."""
    pack = _pack(directory)
    rows = [
        (
            each.name,
            f"{each.rows:,}",
            each.as_of.isoformat(),
            " ".join(each.sources),
            each.digest[:19],
        )
        for each in pack.tables
    ]
    table(
        f"Reference {pack.version}  {pack.digest[:19]}",
        ("table", "rows", "as of", "source", "digest"),
        rows,
    )


@reference_app.command("check")
@guarded
def check_command(directory: DirOption = None) -> None:
    """Read every table whole; a damaged one is named with its row."""
    pack = _pack(directory)
    rows = sum(each.rows for each in pack.tables)
    say(f"{len(pack.tables)} tables, {rows:,} rows, version {pack.version}: all read")


@reference_app.command("import")
@guarded
def import_command(
    kind: Annotated[str, typer.Argument(help=f"What it is: {', '.join(sorted(KINDS))}.")],
    file: Annotated[Path, typer.Argument(help="The list in its published form.")],
    as_of: Annotated[
        str, typer.Option(help="Day the publication was in force, YYYY-MM-DD; today if absent.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="Write the complete pack to this new folder instead of staging it."),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(help="With --out: folder of the pack it begins from; in service if absent."),
    ] = None,
) -> None:
    """Read a published list and stage it: nothing serves it before it is activated.

    Prints what it adds, ends and changes, and the open entries and suppliers of every tenant that
    it would touch.
    """
    try:
        data = file.read_bytes()
        day = date.fromisoformat(as_of) if as_of else datetime.now(UTC).date()
    except OSError as error:
        raise ReferenceRefused(f"{file.name}: {error.strerror}") from None
    except ValueError:
        raise ReferenceRefused(f"--as-of: found {as_of[:24]!r}, wanted YYYY-MM-DD") from None
    if out is not None:
        report = import_published(kind, data, _base(base), out, as_of=day)
        _say_report(file.name, report)
        typer.echo(str(report.directory))
        return
    with _lists() as lists:
        staged, is_new = lists.shelf.stage(
            kind, data, as_of=day, by=OPERATOR, now=datetime.now(UTC)
        )
        _say_report(file.name, staged.report)
        _say_difference(lists, staged, cut_at(datetime.now(UTC)))
    say("staged; `entry-risk reference activate` puts it in service" if is_new else "was staged")
    typer.echo(staged.import_id)


@reference_app.command("list")
@guarded
def list_command() -> None:
    """List what was activated when, and what waits."""
    shelf = reference_store(read_settings())
    activations, live = shelf.activations(), shelf.load_live()
    if live.refused:
        say(f"refused, an older version serves: {live.refused}")
    serving = pack_id(live.pack)
    done = {each.import_id: each for each in activations}
    rows = [_row(each, done.get(each.import_id), serving.name) for each in shelf.imports()]
    columns = ("import", "kind", "as of", "version", "activated", "state")
    table(f"{len(rows)} imports; {serving.name} serves", columns, rows)


@reference_app.command("activate")
@guarded
def activate_command(import_id: IdArgument) -> None:
    """Put a staged import in service; running servers follow within seconds.

    Prints the open entries that it touches. The same again changes nothing.
    """
    with _lists() as lists:
        activation = lists.shelf.activate(import_id, by=OPERATOR, now=datetime.now(UTC))
        staged = lists.find(import_id)
        _say_difference(lists, staged, cut_at(activation.activated_at, staged.after.digest))
    say(f"live: {activation.after.name}, known here since {activation.activated_at:%Y-%m-%d}")


@reference_app.command("discard")
@guarded
def discard_command(import_id: IdArgument) -> None:
    """Forget a staged import; one that was activated is kept for ever."""
    reference_store(read_settings()).discard(import_id)
    say(f"discarded {import_id}")


@dataclass(frozen=True, slots=True)
class _Lists:
    """What staging needs: the shelf, and the open entries of every tenant that has a key."""

    shelf: ReferenceStore
    rehearsals: Rehearsals
    tenants: tuple[str, ...]

    def find(self, import_id: str) -> StagedImport:
        found = self.shelf.find(import_id)
        if found is None:
            raise NotFound("There is no import of that id.")
        return found


@contextmanager
def _lists() -> Iterator[_Lists]:
    """Open the shelf, and the ledger to read in beside a server that may be running."""
    settings = read_settings()
    url, _ = database_urls(settings)
    still_open = OpenLedger(url)
    try:
        # none where no server ever ran: reading would make an empty file
        tenants = _tenants(settings) if still_open.exists() else ()
        yield _Lists(reference_store(settings), Rehearsals(still_open), tenants)
    finally:
        still_open.close()


def _tenants(settings: Settings) -> tuple[str, ...]:
    """Return the tenants that may have entries: those that have, or had, a key."""
    with open_key_store(settings) as keys:
        return tuple(sorted({key.tenant for key in keys.list()}))


def _say_report(name: str, report: ImportReport) -> None:
    say(f"read {report.rows_read:,} rows of {name}, left out {len(report.rejects)}")
    for reject in report.rejects[:SHOWN]:
        say(f"  row {reject.row}: {reject.reason}")
    say(f"added {report.added}, changed {report.changed}, ended or removed {report.removed}")
    if report.changed:
        _say_changes(report)
    say(f"pack {report.version}, {report.digest[:19]}, tables {', '.join(report.tables)}")


def _say_changes(report: ImportReport) -> None:
    """Name what is changed of each row; of many alike the count."""
    notes = report.changed - report.decisive
    say(f"  of the changed, {report.decisive} can alter a decision, {notes} are notes or sources")
    for each in report.changes[:SHOWN]:
        say(f"  {each.table} {each.row}: {', '.join(each.fields)}")
    if report.changed > SHOWN:
        say(f"  and {report.changed - SHOWN} more; GET /v1/reference/imports/... names them")


def _say_difference(lists: _Lists, staged: StagedImport, cut: Cut) -> None:
    before, after = lists.shelf.pack(staged.before), lists.shelf.pack(staged.after)
    changes = list_changes(before, after)
    rows = [
        (
            each.change,
            each.entity.list.value,
            each.entity.name,
            str(each.entity.effective_from),
            ", ".join(each.fields),
        )
        for each in changes[:SHOWN]
    ]
    columns = ("change", "list", "entity", "in law from", "differs in")
    table(f"{len(changes)} listed entities", columns, rows)
    try:
        for tenant in lists.tenants:
            _say_touched(tenant, lists.rehearsals.rehearse(tenant, before, after, cut))
    except LedgerUnavailable as error:
        say(f"what it touches is not known: {error.detail}")


def _say_touched(tenant: str, found: Rehearsal) -> None:
    rows = [
        (
            entry.decision_id,
            entry.entry_number or "",
            entry.on.isoformat(),
            each.change.value,
            each.hit.list,
            str(each.hit.effective_from or "unknown"),
        )
        for entry in found.entries
        for each in entry.changes
    ]
    title = (
        f"{tenant}: touches {len(found.entries)} of {found.screened} open entries,"
        f" {len(found.suppliers)} suppliers"
    )
    columns = ("decision", "entry", "dated", "change", "list", "in law from")
    table(title, columns, rows[:SHOWN])
    if len(rows) > SHOWN:
        say(f"and {len(rows) - SHOWN} more; GET /v1/reference/imports/... has them all")


def _row(staged: StagedImport, activation: Activation | None, serving: str) -> tuple[str, ...]:
    if activation is not None:
        state = "serves" if activation.after.name == serving else "served"
        when = f"{activation.activated_at:%Y-%m-%d %H:%M}"
    else:
        state = "staged" if staged.before.name == serving else "stale"
        when = ""
    as_of = staged.as_of.isoformat()
    return (staged.import_id, staged.kind, as_of, staged.after.name, when, state)


def _base(base: Path | None) -> Path:
    """Return the folder of the pack that an import begins from."""
    if base is not None:
        return base
    shelf = reference_store(read_settings())
    return shelf.place(pack_id(shelf.load_live().pack))


def _pack(directory: Path | None) -> ReferencePack:
    if directory is not None:
        return load_reference(directory)
    return reference_store(read_settings()).load_live().pack
