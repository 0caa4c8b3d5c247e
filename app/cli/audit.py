"""`entry-risk audit`: show what was done to keys and people, and prove it was not altered."""

import json
from typing import Annotated

import typer

from app.adapters.accounts_sql import SqlPeople
from app.adapters.audit_sql import SqlAudit
from app.cli.terminal import REFUSED, guarded, say
from app.core.audit_state import untold
from app.core.checkpoint import newest_audit, read_checkpoints
from app.services.audit import event_document
from app.settings import Settings, read_settings
from app.wiring import open_key_store
from app.wiring.checkpoints import checkpoint_file
from app.wiring.receipts import receipt_keys

audit_app = typer.Typer(no_args_is_help=True, help="Who did what to keys, people and lists.")


@audit_app.command("export")
@guarded
def export_command(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's events.")] = None,
) -> None:
    """Print events as JSON, one a line, oldest first."""
    with open_key_store(read_settings()) as keys:
        for event in SqlAudit(keys.control).all():
            if tenant in (None, event.deed.tenant):
                document = {
                    "seq": event.seq,
                    "tenant": event.deed.tenant,
                    **event_document(event),
                    "prev_hash": event.prev_hash,
                }
                typer.echo(json.dumps(document, ensure_ascii=False, sort_keys=True))


@audit_app.command("verify")
@guarded
def verify_command() -> None:
    """Recompute the chain; exit code 1 and the number of the first link that is not as written.

    Also whether the newest event that a checkpoint signed is there, and whether every key and
    person in force is what the events tell: what was put into their tables by hand is named.
    """
    settings = read_settings()
    with open_key_store(settings) as keys:
        audit = SqlAudit(keys.control)
        broken = audit.first_break()
        problems = [] if broken is None else [f"the audit is broken at event {broken}"]
        unproven, extent = _proven(audit, settings)
        problems += unproven
        if broken is None:  # else the events tell nothing of the tables
            problems += untold(audit.all(), keys.list(), SqlPeople(keys.control).list())
    for each in problems:
        say(each)
    if problems:
        raise typer.Exit(REFUSED)
    say(f"the audit is whole{extent}")


def _proven(audit: SqlAudit, settings: Settings) -> tuple[list[str], str]:
    """Return what checkpoints signed and the audit lacks, and how far they go."""
    lines = checkpoint_file(settings).lines()
    checkpoints, problem = read_checkpoints(lines, receipt_keys(settings))
    signed, head = newest_audit(checkpoints), audit.head()
    problems = [] if problem is None else [problem]
    if signed is None:
        return problems, ""
    found = audit.problem_with(signed[0])
    problems += [] if found is None else [found]
    tail = (head.seq if head else 0) - signed[0].seq
    extent = f", signed to event {signed[0].seq:,} at {signed[1]}"
    return problems, f"{extent}, {tail:,} after it unproven" if tail > 0 else extent
