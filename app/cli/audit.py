"""`entry-risk audit`: show what was done to keys and people, and prove it was not altered."""

import json
from typing import Annotated

import typer

from app.adapters.audit_sql import SqlAudit
from app.cli.terminal import REFUSED, guarded, say
from app.services.audit import event_document
from app.settings import read_settings
from app.wiring import open_key_store

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
    """Recompute the chain; exit code 1 and the number of the first link that is not as written."""
    with open_key_store(read_settings()) as keys:
        broken = SqlAudit(keys.control).first_break()
    if broken is not None:
        say(f"the audit is broken at event {broken}")
        raise typer.Exit(REFUSED)
    say("the audit is whole")
