"""docs/cli.md from the commands themselves."""

from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

HEADING = """# Command line

Generated from `app/cli` by `app.cli.pages.cli_markdown`; do not edit.

`entry-risk` reads the same settings as the service ([settings.md](settings.md)). What was asked
for goes to stdout, what is said about it to stderr; exit code 1 means refused, 2 misused.
"""


def cli_markdown(app: typer.Typer) -> str:
    """Return the page: every command with its arguments and options."""
    return "\n".join([HEADING, *_commands(typer.main.get_command(app), "entry-risk")]) + "\n"


def _commands(command: object, name: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for word, child in command.commands.items():
            yield from _commands(child, f"{name} {word}")
    elif isinstance(command, TyperCommand):
        yield from _command(command, name)


def _command(command: TyperCommand, name: str) -> Iterator[str]:
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    yield f"## {' '.join([name, *(_place(each) for each in arguments)])}\n"
    yield f"{_words(command.help)}\n"
    rows = [_row(each) for each in command.params if isinstance(each, TyperArgument | TyperOption)]
    if rows:
        yield "| argument or option | default | meaning |\n|---|---|---|"
        yield "\n".join(rows) + "\n"


def _place(argument: TyperArgument) -> str:
    shown = (argument.name or "").upper()
    return shown if argument.required else f"[{shown}]"


def _row(each: TyperArgument | TyperOption) -> str:
    shown = each.opts[0] if isinstance(each, TyperOption) else (each.name or "").upper()
    default = getattr(each.default, "value", each.default)
    is_plain = isinstance(default, str | int) and not isinstance(default, bool) and default != ""
    return f"| `{shown}` | {f'`{default}`' if is_plain else ''} | {_words(each.help)} |"


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
