"""Figures as tables a person reads on a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from training.report import FIGURES, PARTS, shown


def print_figures(document: Mapping[str, Any], console: Console) -> None:
    """Print every figure for all lines and the parts that matter, then the largest slices."""
    table = Table(title=f"{document['label']}: {document['n']} lines", title_justify="left")
    table.add_column("figure", no_wrap=True)
    for name in ("all", "90 % interval", *PARTS.values()):
        table.add_column(name, justify="right")
    slices, intervals = document["slices"], document.get("intervals", {})
    for name, said in FIGURES.items():
        between = " to ".join(shown(each) for each in intervals.get(name, ()))
        parts = [shown(slices[part][name]) for part in PARTS]
        table.add_row(said, shown(document[name]), between, *parts)
    console.print(table)
    for slicing, parts in slices["by"].items():
        console.print(_slices(slicing, parts))


def _slices(slicing: str, parts: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title=f"By {slicing}", title_justify="left")
    table.add_column(slicing)
    names = ("n", "positives", "ap", "auroc", "p_at_10", "ece")
    for name in names:
        table.add_column(FIGURES[name], justify="right")
    for value, part in parts.items():
        table.add_row(value, *(shown(part[name]) for name in names))
    return table


def print_benchmark(document: Mapping[str, Any], console: Console) -> None:
    """Print model and lookup table side by side, and whether the difference is real."""
    table = Table(title=f"{document['label']}: {document['n']} lines", title_justify="left")
    table.add_column("figure", no_wrap=True)
    for name in ("model", "lookup table", "published best"):
        table.add_column(name, justify="right")
    for name, said in FIGURES.items():
        published = document["published"].get(name)
        table.add_row(
            said,
            shown(document["model"][name]),
            shown(document["lookup"][name]),
            "" if published is None else shown(published),
        )
    console.print(table)
    low, high = (shown(each) for each in document["ap_difference_interval"])
    verdict = "beats" if document["beats_lookup"] else "does not beat"
    console.print(
        f"The model {verdict} the lookup table: AP difference "
        f"{shown(document['ap_difference'])}, {document['level']:.0%} interval {low} to {high}"
    )
