"""The command line `entry-risk`: every command and group of commands."""

import typer

from app import __version__
from app.cli.audit import audit_app
from app.cli.history import history_app
from app.cli.jobs import jobs_app
from app.cli.keys import keys_app
from app.cli.ledger import ledger_app
from app.cli.models import models_app
from app.cli.outcomes import outcomes_app
from app.cli.receipts import receipts_app
from app.cli.reference import reference_app
from app.cli.score import score_command
from app.cli.serve import serve_command
from app.cli.users import users_app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"entry-risk {__version__}")
        raise typer.Exit


def make_app() -> typer.Typer:
    """Return the command line with every command on it."""
    app = typer.Typer(
        name="entry-risk",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="How likely a line is to be stopped and denied as made with forced labour, and why.",
    )

    @app.callback()
    def root(
        version: bool = typer.Option(
            False, "--version", callback=_version, is_eager=True, help="Print the version."
        ),
    ) -> None:
        """Take the options that stand before a command."""

    app.command("serve")(serve_command)
    app.command("score")(score_command)
    app.add_typer(outcomes_app, name="outcomes")
    app.add_typer(jobs_app, name="jobs")
    app.add_typer(keys_app, name="keys")
    app.add_typer(users_app, name="users")
    app.add_typer(audit_app, name="audit")
    app.add_typer(reference_app, name="reference")
    app.add_typer(history_app, name="history")
    app.add_typer(ledger_app, name="ledger")
    app.add_typer(receipts_app, name="receipts")
    app.add_typer(models_app, name="models")
    return app


def main() -> None:
    """Run the command line."""
    make_app()()
