"""`entry-risk reference`: what the tables are, and new ones from the published forms."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.cli.terminal import guarded, say, table
from app.core.errors import ReferenceRefused
from app.core.reference import ReferencePack, load_reference
from app.core.reference.importers import KINDS, import_published
from app.core.reference.loading import SHIPPED
from app.settings import read_settings

reference_app = typer.Typer(
    no_args_is_help=True, help="Reference tables: HTS, ports, lists, goods at risk."
)
SHOWN_REJECTS = 20
DirOption = Annotated[
    Path | None, typer.Option("--dir", help="Folder of tables; those in service if absent.")
]


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
    out: Annotated[Path, typer.Option(help="New folder for the complete pack.")],
    as_of: Annotated[str, typer.Option(help="Day the publication was in force, YYYY-MM-DD.")],
    base: Annotated[
        Path | None, typer.Option(help="Folder of the pack it begins from; in service if absent.")
    ] = None,
) -> None:
    """Read a published list and write a complete new pack, all or nothing.

    Point ENTRY_RISK_REFERENCE_DIR at the folder and restart to put it in service.
    """
    try:
        data, day = file.read_bytes(), date.fromisoformat(as_of)
    except OSError as error:
        raise ReferenceRefused(f"{file.name}: {error.strerror}") from None
    except ValueError:
        raise ReferenceRefused(f"--as-of: found {as_of[:24]!r}, wanted YYYY-MM-DD") from None
    report = import_published(kind, data, base or _in_service(), out, as_of=day)
    say(f"read {report.rows_read:,} rows of {file.name}, left out {len(report.rejects)}")
    for reject in report.rejects[:SHOWN_REJECTS]:
        say(f"  row {reject.row}: {reject.reason}")
    say(f"added {report.added}, changed {report.changed}, ended or removed {report.removed}")
    say(f"pack {report.version}, {report.digest[:19]}, tables {', '.join(report.tables)}")
    typer.echo(str(report.directory))


def _in_service() -> Path:
    return read_settings().reference_dir or SHIPPED


def _pack(directory: Path | None) -> ReferencePack:
    return load_reference(directory or _in_service())
