"""`python -m training demo`: a made-up world, a model trained on it, and an entry to try."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow.parquet as pq
import typer

from app.core.document import Submission, submission_document
from app.core.mapping import load_mapping
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys
from training.files import write_atomically
from training.learn import Learned, LearnOptions, learn
from training.progress import Steps
from training.sources import DataOptions, read_split
from training.synthetic.command import make_files
from training.synthetic.plan import Plan
from training.train import Trained, TrainOptions, keep

ENTRIES = 80_000  # about 300 matured positives to train on, above the bar of 200
_BEFORE = 0.6  # share of entries before the day from which lines are held out
_LINES = 3  # most lines of the example entry: it is read by people


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder of bundles.")],
    work: Annotated[Path, typer.Option("--work", help="Folder for the world and the example.")],
    keys: Annotated[Path, typer.Option("--keys", help="Folder of the development signer.")],
    entries: Annotated[int, typer.Option("--entries", help="Entries to make.")] = ENTRIES,
    seed: Annotated[int, typer.Option("--seed", help="Seed of world and training.")] = 7,
) -> None:
    """Make a world, train on it, set the model live, and write an entry to try it with."""
    trained = make_demo(out, work, keys, Steps(), entries=entries, seed=seed)
    typer.echo(f"bundle {trained.bundle}")
    typer.echo(f"report {trained.report}")
    typer.echo(f"example {work / 'entry.json'}")


def make_demo(  # noqa: PLR0913 - one argument an option of the command
    out: Path,
    work: Path,
    keys: Path,
    steps: Steps,
    *,
    entries: int = ENTRIES,
    seed: int = 7,
    minimum_positives: int | None = None,
) -> Trained:
    """Do what `demo` says and return what was trained; a small world needs a lower bar."""
    world = work / "world"
    make_files(Plan(entries=entries, seed=seed), world, steps)
    data = DataOptions(
        data=world / "lines.parquet",
        outcomes=world / "outcomes.parquet",
        label="denied",
        valid_from=split_day(world / "lines.parquet"),
    )
    options = TrainOptions(
        mapping="canonical",
        data=data,
        learn=LearnOptions(label="denied", seed=seed, minimum_positives=minimum_positives),
        out=out,
        keys=keys,
        now=datetime.now(UTC),
    )
    mapping = load_mapping(options.mapping)
    split = read_split(mapping, data, steps)
    learned = learn(mapping, split, options.learn, steps)
    trained = keep(learned, mapping, split, options, steps)
    with steps.step("Set the model live"):
        registry = Registry(out, TrustedKeys.load(keys, allow_dev=True))
        registry.set_live(trained.bundle.name)
    write_atomically(work / "entry.json", example(learned))
    return trained


def split_day(lines: Path) -> date:
    """Return the day before which the larger part of the entries was filed."""
    days = pq.read_table(lines, columns=["entry_date"])["entry_date"].to_numpy()
    ordinals = np.sort(days.astype("datetime64[D]").astype(np.int64))
    return date(1970, 1, 1) + timedelta(days=int(ordinals[int(len(ordinals) * _BEFORE)]))


def example(learned: Learned) -> str:
    """Return the riskiest held-out entry of few lines as JSON: a draft, so it may be sent again."""
    order = np.argsort(-learned.probabilities, kind="stable").tolist()
    entries = [learned.held_out.facts[row].entry for row in order]
    chosen = next((each for each in entries if len(each.lines) <= _LINES), entries[0])
    return json.dumps(submission_document(Submission(chosen)), indent=2) + "\n"
