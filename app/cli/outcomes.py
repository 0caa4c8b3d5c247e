"""`entry-risk outcomes import FILE`: tell a service what became of entries it has as filed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from app.cli.outcome_rows import OutcomeRow, read_outcome_rows
from app.cli.remote import Server, read_key
from app.cli.terminal import REFUSED, guarded, say, table
from app.core.canonical import canonical_json, sha256_hex
from app.core.errors import RequestRefused

outcomes_app = typer.Typer(no_args_is_help=True, help="What became of filed entries.")
SHOWN = 20  # refused rows that are told; the rest is counted


@outcomes_app.callback()
def root() -> None:
    """Take what stands before a command."""


@outcomes_app.command("import")
@guarded
def import_command(
    file: Annotated[
        Path, typer.Argument(help="Outcomes: .csv as training reads them, or .ndjson.")
    ],
    server: Annotated[str, typer.Option(help="The service that has the entries.")],
    key_file: Annotated[
        Path | None,
        typer.Option(help="File with a key that has outcome:write; else ENTRY_RISK_KEY."),
    ] = None,
) -> None:
    """Record every outcome of FILE, each by itself, and say which were refused and why.

    CSV columns: entry_number or decision_id, line_numbers ("" or 1|2), code, event_at, known_at;
    revision, source, regime and corrects if wanted. A file sent again records nothing twice: each
    row carries an idempotency key made of it. Exit code 1 if any row was refused.
    """
    rows = read_outcome_rows(file)
    there = Server(server, read_key(key_file))
    refused = list(_refusals(there, rows))
    say(f"{len(rows) - len(refused)} of {len(rows)} outcomes are recorded")
    if refused:
        table(
            f"{len(refused)} refused" + (f", the first {SHOWN}" if len(refused) > SHOWN else ""),
            ("row", "entry", "why"),
            refused[:SHOWN],
        )
        raise typer.Exit(REFUSED)


def _refusals(server: Server, rows: Sequence[OutcomeRow]) -> Iterator[tuple[str, str, str]]:
    """Record each row and yield those that were refused: row, entry and why."""
    seen: Counter[bytes] = Counter()
    console = Console(stderr=True)
    for row in track(rows, "Record outcomes", console=console, transient=True):
        if row.fault is not None:
            yield str(row.number), row.name, row.fault
            continue
        body = canonical_json(row.document)
        seen[body] += 1  # the same outcome twice in one file is meant twice
        key = f"import-{sha256_hex(body)}-{seen[body]}"
        try:
            server.post("/v1/outcomes", body, {"Idempotency-Key": key})
        except RequestRefused as error:
            yield str(row.number), row.name, _why(error)


def _why(error: RequestRefused) -> str:
    faults = [f"{each.pointer or '/'}: {each.message}" for each in error.problems]
    return "\n".join(faults) or error.detail
