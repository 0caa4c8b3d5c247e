"""`entry-risk ledger`: whether it is as it was written, and what decisions are found by."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from app.adapters.control_database import account_name
from app.adapters.ledger_export import export_ledger
from app.adapters.ledger_prune import Ordered, adopt_erasures, prune_ledger
from app.adapters.ledger_upkeep import check_heads, rebuild_index, verify_ledger
from app.cli.terminal import REFUSED, guarded, say, table
from app.core.checkpoint import read_checkpoints
from app.core.document import read_submission
from app.core.errors import SettingsRefused
from app.core.index_keys import index_keys_of
from app.core.json_text import parse_json
from app.core.policy import Band
from app.core.records import DecisionRecord
from app.settings import Settings, read_settings
from app.wiring import SystemClock, database_urls
from app.wiring.checkpoints import checkpoint_file, sign_heads
from app.wiring.receipts import receipt_keys

ledger_app = typer.Typer(
    no_args_is_help=True, help="The record: verify it, export it, index it anew."
)
RETENTION_DAYS = 5 * 366  # 19 CFR 163.4: five years from the date of entry
Before = Annotated[
    datetime, typer.Option(formats=["%Y-%m-%d"], help="First day, in UTC, that is kept.")
]
RETENTION = "kept for the five years of 19 CFR 163.4"
Reason = Annotated[str | None, typer.Option("--reason", help="Why; kept in the chain.")]
Younger = Annotated[bool, typer.Option("--younger", help="Erase what is younger than five years.")]
Folder = Annotated[Path, typer.Argument(file_okay=False, help="Folder to write into; made.")]
Tenant = Annotated[str | None, typer.Option("--tenant", help="One tenant alone; all if not set.")]


@ledger_app.command("verify")
@guarded
def verify_command() -> None:
    """Recompute every chain and all that it covers; exit code 1 at the first thing not as written.

    Reads only; the server may run meanwhile. A cut tail is found as far as checkpoints go; what
    came after the last one is named as unproven.
    """
    settings = read_settings()
    url, _ = database_urls(settings)
    found = list(verify_ledger(url))
    rows = []
    for tenant, broken in found:
        state = "whole" if broken is None else broken.problem
        at = "" if broken is None else f"{broken.stream or '-'} {broken.number}"
        rows.append((tenant, state, at, "" if broken is None else str(broken.seq)))
    table("Chains", ("tenant", "state", "stream and link", "seq"), rows)
    is_proven = _compare_checkpoints(settings, url)
    if any(broken is not None for _, broken in found) or not is_proven:
        raise typer.Exit(REFUSED)


def _compare_checkpoints(settings: Settings, url: str) -> bool:
    """Show what checkpoints prove, and say whether all of it is there."""
    lines = list(checkpoint_file(settings).lines())
    checkpoints, problem = read_checkpoints(lines, receipt_keys(settings))
    rows, is_proven = [], problem is None
    for head, at, wrong, tail in check_heads(url, checkpoints):
        unproven = f"{tail:,} links after {at}" if tail else "-"
        rows.append((head.tenant, head.stream, str(head.number), wrong or "there", unproven))
        is_proven = is_proven and wrong is None
    table("Checkpoints", ("tenant", "stream", "proven to link", "state", "unproven"), rows)
    if problem is not None:
        say(problem)
    return is_proven


@ledger_app.command("export")
@guarded
def export_command(folder: Folder, tenant: Tenant = None) -> None:
    """Write links and what they cover as JSONL, decisions as CSV, and what verifies them.

    `python verify_ledger.py ledger.jsonl checkpoints.jsonl keys.txt decisions.csv` in the folder
    needs nothing else of this project. The server may run meanwhile.
    """
    settings = read_settings()
    url, _ = database_urls(settings)
    keys = [each.raw.hex() for each in receipt_keys(settings)]
    lines = list(checkpoint_file(settings).lines())  # before the links: none may be newer
    count = export_ledger(url, folder, tenant=tenant, checkpoints=lines, keys=keys)
    say("1 link is exported" if count == 1 else f"{count:,} links are exported")


@ledger_app.command("prune")
@guarded
def prune_command(
    before: Before, tenant: Tenant = None, younger: Younger = False, reason: Reason = None
) -> None:
    """Erase what was kept long enough; hashes stay, so every chain still verifies.

    Records of an entry are kept for five years (19 CFR 163.4): a later day is refused unless
    --younger says that another duty asks for it, which --reason then names. What was erased, why
    and by whom is kept in the chain and signed. On SQLite stop the server first.
    """
    now = SystemClock().now()
    kept_until = now - timedelta(days=RETENTION_DAYS)
    moment = before.replace(tzinfo=UTC)
    if moment > kept_until and not younger:
        raise SettingsRefused(f"--before: wanted {kept_until.date()} or earlier, or --younger")
    if younger and not (reason or "").strip():
        raise SettingsRefused("--younger: wanted --reason, the duty that asks for it")
    settings = read_settings()
    ordered = Ordered(account_name(), reason or RETENTION, now)
    count = prune_ledger(database_urls(settings)[0], moment, ordered, tenant)
    sign_heads(settings)
    say("1 record is erased" if count == 1 else f"{count:,} records are erased")


@ledger_app.command("adopt-erasures")
@guarded
def adopt_command(
    reason: Annotated[str, typer.Option("--reason", help="What you know of it.")],
) -> None:
    """Name in the chain what an earlier version erased without a trace of who and why.

    Such payloads are refused as tampering by `verify` and by the verifier of an export, as nothing
    tells them from it. Look at what `verify` names before you answer for it. On SQLite stop the
    server first.
    """
    settings = read_settings()
    ordered = Ordered(account_name(), reason, SystemClock().now())
    count = adopt_erasures(database_urls(settings)[0], ordered)
    sign_heads(settings)
    say("1 record is named" if count == 1 else f"{count:,} records are named")


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
