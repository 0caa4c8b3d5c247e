"""`entry-risk keys`: make, list and revoke API keys."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.cli.terminal import guarded, say, table
from app.core.access import Scope
from app.core.errors import NotFound
from app.core.records import ApiKey
from app.settings import read_settings
from app.wiring import open_key_store

keys_app = typer.Typer(no_args_is_help=True, help="API keys: who may call, and for what.")
SCOPES_HELP = f"A permission; repeat for several. One of {', '.join(Scope)}."
DEFAULT_SCOPES = (Scope.SCORE_WRITE.value, Scope.DECISION_READ.value)


@keys_app.command("create")
@guarded
def create_command(
    tenant: Annotated[str, typer.Option(help="Whose key it is: the tenant of all it does.")],
    name: Annotated[str, typer.Option(help="What it is for, for the list.")] = "api",
    scope: Annotated[list[str] | None, typer.Option(help=SCOPES_HELP)] = None,
    expires_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until it expires; never if absent.")
    ] = None,
    login: Annotated[
        str | None, typer.Option(help="Whose hands it is in; a service account if absent.")
    ] = None,
) -> None:
    """Make a key and print its secret: this once, on stdout alone."""
    now = datetime.now(UTC)
    expires = None if expires_days is None else now + timedelta(days=expires_days)
    with open_key_store(read_settings()) as keys:
        key, secret = keys.create(
            tenant, name, frozenset(scope or DEFAULT_SCOPES), expires, login=login
        )
    say(f"key {key.key_id} of tenant {key.tenant}: {', '.join(sorted(key.scopes))}")
    say("its secret is shown this once:")
    typer.echo(secret)


@keys_app.command("list")
@guarded
def list_command(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's keys.")] = None,
) -> None:
    """List keys, newest first; never a secret."""
    with open_key_store(read_settings()) as keys:
        found = keys.list(tenant)
    columns = ("key", "tenant", "name", "prefix", "scopes", "created", "state", "last used")
    table(f"{len(found)} API keys", columns, [_row(key) for key in found])


@keys_app.command("rotate")
@guarded
def rotate_command(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=24 * 90, help="Hours that the old key goes on working.")
    ] = 24,
    expires_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until it expires; never if absent.")
    ] = None,
) -> None:
    """Make the key that takes over from another, and print its secret: this once, on stdout."""
    now = datetime.now(UTC)
    expires = None if expires_days is None else now + timedelta(days=expires_days)
    with open_key_store(read_settings()) as keys:
        key, secret = keys.rotate(key_id, now + timedelta(hours=overlap_hours), expires)
    say(f"key {key.key_id} takes over from {key_id}, which works for {overlap_hours} more hours")
    say("its secret is shown this once:")
    typer.echo(secret)


@keys_app.command("revoke")
@guarded
def revoke_command(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
) -> None:
    """Revoke a key; every process refuses it within 5 seconds."""
    with open_key_store(read_settings()) as keys:
        if not keys.revoke(key_id):
            raise NotFound("there is no key of that id")
    say(f"revoked {key_id}")


def _row(key: ApiKey) -> tuple[str, ...]:
    return (
        key.key_id,
        key.tenant,
        key.name,
        key.prefix,
        " ".join(sorted(key.scopes)),
        f"{key.created_at:%Y-%m-%d %H:%M}",
        _state(key),
        "never" if key.last_used_at is None else f"{key.last_used_at:%Y-%m-%d %H:%M}",
    )


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "live"
    word = "expired" if key.expires_at <= datetime.now(UTC) else "live until"
    return f"{word} {key.expires_at:%Y-%m-%d}"
