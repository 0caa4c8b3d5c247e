"""What a person sees while a run goes on: bars and lines on stderr, never on stdout."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")
_BATCH = 256  # items between two updates of a bar


class Steps:
    """The steps of one run; each shows a bar on a terminal and a line when it is done."""

    def __init__(self, console: Console | None = None) -> None:
        """Write to `console`, by default a new one on stderr."""
        self.console = console or Console(file=sys.stderr, highlight=False)
        self.seconds: dict[str, float] = {}

    def say(self, line: str) -> None:
        """Show one line, as it is."""
        self.console.print(line, markup=False, soft_wrap=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step without a bar."""
        with self.console.status(name):
            started = monotonic()
            yield
        self._done(name, monotonic() - started)

    def track(
        self,
        items: Iterable[T],
        name: str,
        total: int | None = None,
        size: Callable[[T], int] = lambda _: 1,
    ) -> Iterator[T]:
        """Yield `items` under a bar; `total` defaults to their length where that is known.

        `size` says how far an item moves the bar.
        """
        length = len(items) if hasattr(items, "__len__") else None  # type: ignore[arg-type]  # asked
        started = monotonic()
        columns = (
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(name, total=total if total is not None else length)
            pending = 0
            for item in items:
                yield item
                pending += size(item)
                if pending >= _BATCH:
                    bar.advance(task, pending)
                    pending = 0
            bar.advance(task, pending)
        self._done(name, monotonic() - started)

    def _done(self, name: str, seconds: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        self.say(f"{name:<36} {seconds:6.1f} s")
