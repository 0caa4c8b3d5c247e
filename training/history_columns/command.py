"""`python -m training history`: the history features of a Parquet file, in columns."""

from pathlib import Path
from typing import Annotated

import typer

from training.history_columns.of_files import Options, compute_file
from training.outcomes import SHIPPED
from training.progress import Steps


def history(
    data: Annotated[Path, typer.Option("--data", help="Parquet file of lines in filing order.")],
    out: Annotated[Path, typer.Option("--out", help="Parquet file of features to write.")],
    outcomes: Annotated[
        Path | None, typer.Option("--outcomes", help="File of outcomes, with corrections if any.")
    ] = None,
    taxonomy: Annotated[
        Path, typer.Option("--taxonomy", help="TOML file that says what an outcome means.")
    ] = SHIPPED,
) -> None:
    """Compute what each line's history was on its day, for files of any size."""
    lines = compute_file(Options(data, out, outcomes, taxonomy), Steps())
    typer.echo(f"{out} {lines} lines")
