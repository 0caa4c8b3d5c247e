"""`entry-risk receipts`: whether a receipt is what this service, or a given key, signed."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.terminal import REFUSED, guarded, table
from app.core.model.signing import TrustedKeys
from app.core.receipt import receipt_problem
from app.settings import read_settings
from app.wiring.receipts import receipt_keys

receipts_app = typer.Typer(no_args_is_help=True, help="Receipts of decisions: check them.")
Files = Annotated[
    list[Path], typer.Argument(exists=True, dir_okay=False, help="Receipts, one a file.")
]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        help="A public key: 64 hex digits, a .pub file or a folder of them; may be repeated. "
        "Without it those that receipts of this service were signed with.",
    ),
]


@receipts_app.callback()
def receipts_command() -> None:
    """Give the group its own name, so that `verify` stays a command of it."""


@receipts_app.command("verify")
@guarded
def verify_command(files: Files, key: Keys = None) -> None:
    """Check receipts against the keys they may be signed with; exit code 1 where one is not."""
    keys = TrustedKeys.load(*key).keys if key else receipt_keys(read_settings())
    found = [(each, receipt_problem(each.read_bytes(), keys)) for each in files]
    rows = [(each.name, "signed" if problem is None else problem) for each, problem in found]
    table("Receipts", ("file", "state"), rows)
    if any(problem is not None for _, problem in found):
        raise typer.Exit(REFUSED)
