"""How commands speak: tables and lines on stdout, what went wrong on stderr, one exit code."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from app.core.errors import EntryRiskError, RequestRefused

P = ParamSpec("P")
R = TypeVar("R")
REFUSED = 1  # exit code of anything that entry-risk refuses or fails to do


def say(message: str) -> None:
    """Write a line to stderr, where it does not mix with what was asked for."""
    sys.stderr.write(f"{message}\n")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows as a table, cells folded to the width of the terminal, never markup."""
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(cell.replace("[", "\\[") for cell in row))
    Console().print(drawn)


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of the tree into a sentence on stderr and exit code 1."""
    try:
        yield
    except EntryRiskError as error:
        say(f"{error.title}: {error.detail}" if error.detail != error.title else error.title)
        for problem in error.problems if isinstance(error, RequestRefused) else ():
            say(f"  {problem.pointer or '/'}: {problem.message}")
        raise typer.Exit(REFUSED) from None


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a command so that an error of the tree is told, not traced."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with told():
            return command(*args, **kwargs)

    return run
