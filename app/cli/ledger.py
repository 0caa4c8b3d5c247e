"""`entry-risk ledger`: whether it is as it was written, and what decisions are found by."""

import typer
from rich.console import Console
from rich.progress import Progress

from app.adapters.ledger_upkeep import rebuild_index, verify_ledger
from app.cli.terminal import REFUSED, guarded, say, table
from app.core.document import read_submission
from app.core.index_keys import index_keys_of
from app.core.json_text import parse_json
from app.core.policy import Band
from app.core.records import DecisionRecord
from app.settings import read_settings
from app.wiring import database_urls

ledger_app = typer.Typer(no_args_is_help=True, help="The record: verify it, index it anew.")


@ledger_app.command("verify")
@guarded
def verify_command() -> None:
    """Recompute every chain and all that it covers; exit code 1 at the first thing not as written.

    Reads only; the server may run meanwhile. A cut tail is not found this way.
    """
    url, _ = database_urls(read_settings())
    found = list(verify_ledger(url))
    rows = []
    for tenant, broken in found:
        state = "whole" if broken is None else broken.problem
        at = "" if broken is None else f"{broken.stream or '-'} {broken.number}"
        rows.append((tenant, state, at, "" if broken is None else str(broken.seq)))
    table("Chains", ("tenant", "state", "stream and link", "seq"), rows)
    if any(broken is not None for _, broken in found):
        raise typer.Exit(REFUSED)


@ledger_app.command("reindex")
@guarded
def reindex_command() -> None:
    """Make the index of decisions again: after an upgrade of a ledger that had none, or a new key.

    By it suppliers are looked up and the same goods declared again are found. On SQLite stop the
    server first. Stopped midway, it is begun again.
    """
    url, _ = database_urls(read_settings())
    done = 0
    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Index decisions", total=None)
        for done, total in rebuild_index(url, keys_of_record):
            bars.update(bar, completed=done, total=total)
    say("1 decision is indexed" if done == 1 else f"{done:,} decisions are indexed")


def keys_of_record(record: DecisionRecord) -> tuple[str, ...]:
    """Return the keys that a decision in the ledger is to be found by."""
    entry = read_submission(parse_json(record.request)).entry
    return index_keys_of(entry, Band(record.band))
