"""`python -m training ablate`: what each group of features is worth, and where it comes from."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from training.ablation.columns import RELATIONS
from training.ablation.report import as_document, as_markdown
from training.ablation.study import StudyOptions, run_study
from training.files import write_atomically
from training.progress import Steps
from training.synthetic.plan import SHIFTS


def ablate(  # noqa: PLR0913, PLR0917 - one argument an option
    out: Annotated[Path, typer.Option("--out", help="Folder for ablation.json and ablation.md.")],
    entries: Annotated[int, typer.Option("--entries", help="Entries of each world.")] = 25_000,
    nexus_share: Annotated[
        float, typer.Option("--nexus-share", help="Share of entries made with forced labour.")
    ] = 0.05,
    worlds: Annotated[int, typer.Option("--worlds", help="Worlds, seeds 1 and up.")] = 5,
    learners: Annotated[int, typer.Option("--learners", help="Learner seeds in each world.")] = 3,
    cut: Annotated[str, typer.Option("--cut", help="Day from which lines are judged.")] = (
        "2025-07-01"
    ),
    transfer: Annotated[
        bool, typer.Option(help="Also judge on worlds with shifted parameters.")
    ] = True,
    switch_off: Annotated[
        bool, typer.Option(help="Also repeat with each mechanism switched off.")
    ] = True,
) -> None:
    """Train the full model, each group alone and each left out; judge all on the hidden truth."""
    options = StudyOptions(
        entries=entries,
        nexus_share=nexus_share,
        worlds=tuple(range(1, worlds + 1)),
        learners=tuple(range(1, learners + 1)),
        cut=_day(cut),
        shifts=SHIFTS if transfer else (),
        relations=RELATIONS if switch_off else (),
    )
    with TemporaryDirectory(prefix="entry-risk-ablation-") as work:
        study = run_study(options, Path(work), Steps())
    document = json.dumps(as_document(study), indent=2) + "\n"
    write_atomically(out / "ablation.json", document)
    write_atomically(out / "ablation.md", as_markdown(study))
    typer.echo(out / "ablation.json")
    typer.echo(out / "ablation.md")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"found {text!r}, wanted a day as 2025-07-01") from error
