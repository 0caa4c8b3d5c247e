"""`python -m training synth`: make a synthetic world and say how it compares with what is known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from training.progress import Steps
from training.synthetic.marginals import Marginal, shown
from training.synthetic.plan import NEXUS_SHARE, SHIFTS, Mechanisms, Plan
from training.synthetic.storage import Written, write_world
from training.synthetic.world import STEPS, make_world


def synth(  # noqa: PLR0913, PLR0917 - one argument an option
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; made if needed.")],
    entries: Annotated[int, typer.Option("--entries", help="Entries to make.")] = 100_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 7,
    real_base_rate: Annotated[
        bool, typer.Option("--real-base-rate", help="Stops as rare as they are: 1 in 7,500.")
    ] = False,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Mechanism to switch off; repeatable.")
    ] = None,
    shift: Annotated[
        str | None, typer.Option("--shift", help=f"Shifted parameters: {', '.join(SHIFTS)}.")
    ] = None,
    nexus_share: Annotated[
        float, typer.Option("--nexus-share", help="Share of entries made with forced labour.")
    ] = NEXUS_SHARE,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV copies as well.")] = False,
) -> None:
    """Write lines.parquet, outcomes.parquet, world.json and, apart, truth/truth.parquet."""
    plan = Plan(
        entries=entries,
        seed=seed,
        nexus_share=nexus_share,
        mechanisms=Mechanisms.without(without or ()),
        shift=shift,
    )
    written = make_files(
        plan.at_real_base_rate() if real_base_rate else plan, out, Steps(), csv=csv
    )
    for path in written.files:
        typer.echo(path)


def make_files(plan: Plan, out: Path, steps: Steps, *, csv: bool = False) -> Written:
    """Make the world of `plan` below `out` under a progress bar; say how its marginals came out."""
    beside = iter([*STEPS, "Files"])
    progress = steps.track(beside, "Make the world", total=len(STEPS) + 1)
    world = make_world(plan, say=lambda _: _advance(progress))
    next(progress, None)
    written = write_world(world, out, csv=csv)
    next(progress, None)  # closes the bar
    _say(plan, written, steps)
    return written


def _advance(progress: Iterator[str]) -> None:
    next(progress, None)


def _say(plan: Plan, written: Written, steps: Steps) -> None:
    steps.say(
        f"{plan.entries:,} entries, {plan.nexus_share:.3%} of them made with forced labour; "
        f"stops {plan.enrichment:.0f} times as frequent as in real trade"
    )
    for each in written.marginals:
        steps.say(_line(each))


def _line(each: Marginal) -> str:
    if not each.counted:
        return f"  {each.claim}, {each.part}: nothing to count"
    return (
        f"  {each.claim}, {each.part}: published {shown(each.published)}, here "
        f"{shown(each.generated)} ({each.gap:+.1%} of {each.counted:,})"
    )
