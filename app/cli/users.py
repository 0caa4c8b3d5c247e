"""`entry-risk users`: people who sign in to the console, by one-time links and passwords."""

import secrets
from typing import Annotated

import typer

from app.adapters.accounts_sql import SqlPeople
from app.cli.terminal import guarded, say, table
from app.core.access import Role
from app.core.people import LINK_LIFETIME, Person
from app.services.accounts import token_digest
from app.settings import read_settings
from app.wiring import open_key_store, people_key

users_app = typer.Typer(no_args_is_help=True, help="People who sign in to the console.")
ROLES_HELP = f"A role; repeat for several. One of {', '.join(Role)}."
WELCOME = "/console/welcome"
_Login = Annotated[str, typer.Argument(help="The name they sign in by.")]


@users_app.command("add")
@guarded
def add_command(
    login: _Login,
    tenant: Annotated[str, typer.Option(help="Whose person it is: the tenant of all they do.")],
    role: Annotated[list[str], typer.Option(help=ROLES_HELP)],
) -> None:
    """Make a person and print a link, good once and for a day, by which they set a password."""
    settings = read_settings()
    with open_key_store(settings) as keys:
        people = SqlPeople(keys.control)
        person = people.add(tenant, login, frozenset(role))
        say(f"{person.login} of tenant {person.tenant}: {', '.join(sorted(person.roles))}")
        _print_link(people, person.login, people_key(settings))


@users_app.command("link")
@guarded
def link_command(login: _Login) -> None:
    """Print a new one-time link, as for a password forgotten; an earlier one is good no more."""
    settings = read_settings()
    with open_key_store(settings) as keys:
        _print_link(SqlPeople(keys.control), login, people_key(settings))


@users_app.command("list")
@guarded
def list_command(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's people.")] = None,
) -> None:
    """List people by login name."""
    with open_key_store(read_settings()) as keys:
        found = SqlPeople(keys.control).list(tenant)
    columns = ("user", "tenant", "login", "roles", "created", "state")
    table(f"{len(found)} people", columns, [_row(person) for person in found])


@users_app.command("roles")
@guarded
def roles_command(login: _Login, role: Annotated[list[str], typer.Option(help=ROLES_HELP)]) -> None:
    """Give someone these roles and no others; they have to sign in again."""
    with open_key_store(read_settings()) as keys:
        person = SqlPeople(keys.control).change(login, frozenset(role))
    say(f"{person.login}: {', '.join(sorted(person.roles))}")


@users_app.command("disable")
@guarded
def disable_command(login: _Login) -> None:
    """Let someone in no more; their sessions end at once."""
    with open_key_store(read_settings()) as keys:
        SqlPeople(keys.control).change(login, disabled=True)
    say(f"disabled {login}")


@users_app.command("enable")
@guarded
def enable_command(login: _Login) -> None:
    """Let someone in again, by the password they had."""
    with open_key_store(read_settings()) as keys:
        SqlPeople(keys.control).change(login, disabled=False)
    say(f"enabled {login}")


def _print_link(people: SqlPeople, login: str, key: bytes) -> None:
    token = secrets.token_urlsafe(32)
    people.put_link(login, token_digest(key, "link", token), LINK_LIFETIME)
    say("open this once, at the service's address, within a day:")
    typer.echo(f"{WELCOME}?link={token}")


def _row(person: Person) -> tuple[str, ...]:
    return (
        person.user_id,
        person.tenant,
        person.login,
        " ".join(sorted(person.roles)),
        f"{person.created_at:%Y-%m-%d %H:%M}",
        "live" if person.disabled_at is None else f"disabled {person.disabled_at:%Y-%m-%d}",
    )
