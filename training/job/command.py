"""`python -m training run`: make the next candidate from past outcomes, or say why not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from training.job.run import run_job
from training.job.verdicts import EXIT_CODES
from training.progress import Steps


def run(
    config: Annotated[Path, typer.Option("--config", help="YAML file; docs/retraining.md.")],
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="First day not known; default today."),
    ] = None,
    force: Annotated[
        str | None, typer.Option("--force", help="Run without a trigger; the reason is kept.")
    ] = None,
) -> None:
    """Run every stage that has to be run; a run that was cut short goes on where it was."""
    day = (as_of or datetime.now(UTC)).date()
    ended = run_job(config, day, Steps(), force=force)
    typer.echo(f"verdict {ended.verdict}")
    for reason in ended.reasons:
        typer.echo(f"  {reason}")
    if ended.bundle is not None:
        typer.echo(f"candidate {ended.bundle}")
    typer.echo(f"run {ended.room}")
    raise typer.Exit(EXIT_CODES[ended.verdict])
