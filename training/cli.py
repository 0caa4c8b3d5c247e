"""The command line of training: train, evaluate, benchmark, entries, and what belongs to them.

Progress goes to stderr; stdout carries only what was asked for.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from app.core.entry import Intent
from app.core.errors import EntryRiskError, InsufficientLabels
from training import tables
from training.baseline import HOLD_SHARE, REVIEW_SHARE
from training.benchmark import BenchmarkOptions, benchmark
from training.entries import write_entries
from training.evaluate import FROZEN, REPLAY, EvaluateOptions, evaluate
from training.ingest import QUARANTINE_LIMIT
from training.learn import LearnOptions
from training.outcomes import SHIPPED
from training.progress import Steps
from training.report import shown
from training.sources import DataOptions
from training.train import TrainOptions, train

T = TypeVar("T")

EXIT_REFUSED = 1
EXIT_INSUFFICIENT_LABELS = 3  # docs/training.md: keep the model that serves
WIDTH = 120
KEYS = Path("var/keys")  # where the development signer of this checkout lives

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

MappingOption = Annotated[
    str, typer.Option("--mapping", help="Mapping: kcs, date, canonical, or a TOML file.")
]
DataOption = Annotated[Path, typer.Option("--data", help="CSV or Parquet file.")]
LabelOption = Annotated[str, typer.Option("--label", help="Label, as the mapping names it.")]
ValidOption = Annotated[
    Path | None, typer.Option("--valid", help="File of later rows that choose and calibrate.")
]
FromOption = Annotated[
    str | None, typer.Option("--valid-from", help="Day (ISO 8601) from which rows are held out.")
]
OutcomesOption = Annotated[
    Path | None, typer.Option("--outcomes", help="File of outcomes, instead of label columns.")
]
TaxonomyOption = Annotated[
    Path,
    typer.Option(
        "--taxonomy",
        help="TOML file that says what an outcome means.",
        show_default="the one shipped",
    ),
]
KeysOption = Annotated[
    Path, typer.Option("--keys", help="Folder of keys: signs (train) or is believed (evaluate).")
]
QuarantineOption = Annotated[
    float, typer.Option("--allow-quarantine", help="Share of malformed rows allowed.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of folds, trees and intervals.")]
TenantOption = Annotated[
    str | None, typer.Option("--tenant", help="Owner of the history; none seeds every tenant.")
]
MinimumOption = Annotated[
    int | None,
    typer.Option("--minimum-positives", help="Lower bar of positives, for demonstrations only."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


class HistoryKind(StrEnum):
    """Whether the bundle's memory stands still or moves with the file."""

    FROZEN = FROZEN
    REPLAY = REPLAY


@app.command("train")
def train_command(  # noqa: PLR0913, PLR0917 - one argument an option
    data: DataOption,
    label: LabelOption,
    out: Annotated[Path, typer.Option("--out", help="Folder of bundles; made if needed.")],
    mapping: MappingOption = "canonical",
    valid: ValidOption = None,
    valid_from: FromOption = None,
    outcomes: OutcomesOption = None,
    taxonomy: TaxonomyOption = SHIPPED,
    keys: KeysOption = KEYS,
    tenant: TenantOption = None,
    seed: SeedOption = 7,
    allow_quarantine: QuarantineOption = QUARANTINE_LIMIT,
    minimum_positives: MinimumOption = None,
    review_share: Annotated[
        float, typer.Option(help="Share of lines the baseline policy reviews.")
    ] = REVIEW_SHARE,
    hold_share: Annotated[
        float, typer.Option(help="Share of lines the baseline policy holds.")
    ] = HOLD_SHARE,
    report: Annotated[Path | None, typer.Option(help="Folder for the report.")] = None,
) -> None:
    """Learn from files and write a signed bundle and a report; nothing is promoted."""
    options = TrainOptions(
        mapping=mapping,
        data=_data(data, label, valid, valid_from, outcomes, taxonomy, allow_quarantine),
        learn=LearnOptions(
            label=label, seed=seed, tenant=tenant, minimum_positives=minimum_positives
        ),
        out=out,
        keys=keys,
        now=datetime.now(UTC),
        review_share=review_share,
        hold_share=hold_share,
        report=report,
    )
    trained = _guarded(lambda: train(options, Steps()))
    found = trained.evaluation
    typer.echo(f"bundle {trained.bundle}")
    typer.echo(f"report {trained.report}")
    names = ("n", "positives", "ap", "auroc", "p_at_10", "r_at_5", "log_loss", "ece")
    typer.echo("  ".join(f"{name} {shown(found[name])}" for name in names))


@app.command("evaluate")
def evaluate_command(  # noqa: PLR0913, PLR0917 - one argument an option
    bundle: Annotated[Path, typer.Option("--bundle", help="A bundle, or a folder of bundles.")],
    data: DataOption,
    label: LabelOption,
    mapping: MappingOption = "canonical",
    outcomes: OutcomesOption = None,
    taxonomy: TaxonomyOption = SHIPPED,
    keys: KeysOption = KEYS,
    history: Annotated[
        HistoryKind, typer.Option(help="frozen at the training cut, or replay this file's.")
    ] = HistoryKind.FROZEN,
    scores: Annotated[
        Path | None, typer.Option("--scores", help="Write one probability a row, in file order.")
    ] = None,
    seed: SeedOption = 7,
    allow_quarantine: QuarantineOption = QUARANTINE_LIMIT,
    as_json: JsonOption = False,
) -> None:
    """Judge a bundle on a file it has not seen."""
    options = EvaluateOptions(
        bundle=bundle,
        mapping=mapping,
        data=_data(data, label, None, None, outcomes, taxonomy, allow_quarantine),
        keys=keys,
        history=str(history),
        scores=scores,
        seed=seed,
    )
    document = _guarded(lambda: evaluate(options, Steps()))
    _show(document, tables.print_figures, as_json=as_json)


@app.command("benchmark")
def benchmark_command(  # noqa: PLR0913, PLR0917 - one argument an option
    data: DataOption,
    label: LabelOption,
    mapping: MappingOption = "canonical",
    valid: ValidOption = None,
    valid_from: FromOption = None,
    outcomes: OutcomesOption = None,
    taxonomy: TaxonomyOption = SHIPPED,
    seed: SeedOption = 7,
    allow_quarantine: QuarantineOption = QUARANTINE_LIMIT,
    minimum_positives: MinimumOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn, and compare with a plain lookup table on the same held-out lines."""
    options = BenchmarkOptions(
        mapping=mapping,
        data=_data(data, label, valid, valid_from, outcomes, taxonomy, allow_quarantine),
        learn=LearnOptions(label=label, seed=seed, minimum_positives=minimum_positives),
    )
    document = _guarded(lambda: benchmark(options, Steps()))
    _show(document, tables.print_benchmark, as_json=as_json)


@app.command("entries")
def entries_command(  # noqa: PLR0913, PLR0917 - one argument an option
    data: DataOption,
    out: Annotated[Path, typer.Option("--out", help="NDJSON file, one entry a line.")],
    mapping: MappingOption = "canonical",
    intent: Annotated[Intent, typer.Option(help="What the entries are sent for.")] = Intent.DRAFT,
    limit: Annotated[int | None, typer.Option(help="Only the first so many entries.")] = None,
    allow_quarantine: QuarantineOption = QUARANTINE_LIMIT,
) -> None:
    """Write rows of a foreign file as entries that a server reads."""
    count = _guarded(
        lambda: write_entries(
            mapping,
            data,
            out,
            Steps(),
            intent=intent,
            limit=limit,
            allow_quarantine=allow_quarantine,
        )
    )
    typer.echo(f"{count} entries {out}")


# Commands of other parts of the pipeline, read only when called: they bring libraries of their own.
DELEGATED = {
    "run": ("training.job.command", "Make the next candidate from past outcomes (retraining)."),
    "synth": ("training.synthetic.command", "Make a synthetic world."),
    "ablate": ("training.ablation", "Train without groups of features and compare."),
    "history": ("training.history_columns.command", "Compute history features in columns."),
    "demo": ("training.demo", "Make the demo world and train the demo model on it."),
}


def _delegate(name: str) -> None:
    module, about = DELEGATED[name]

    @app.command(
        name,
        help=about,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def command(context: typer.Context) -> None:
        own = typer.Typer(add_completion=False)
        own.command(name)(getattr(import_module(module), name))
        _guarded(lambda: own(args=list(context.args), prog_name=f"python -m training {name}"))


for _name in DELEGATED:
    _delegate(_name)


def _data(  # noqa: PLR0913, PLR0917 - the options that several commands share
    data: Path,
    label: str,
    valid: Path | None,
    valid_from: str | None,
    outcomes: Path | None,
    taxonomy: Path,
    allow_quarantine: float,
) -> DataOptions:
    return DataOptions(
        data=data,
        label=label,
        valid=valid,
        valid_from=None if valid_from is None else _day(valid_from),
        outcomes=outcomes,
        taxonomy=taxonomy,
        allow_quarantine=allow_quarantine,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"found {text!r}, wanted a day as 2026-03-01") from error


def _guarded(work: Callable[[], T]) -> T:
    """Return what `work` returns; say why and exit where it is refused."""
    try:
        return work()
    except EntryRiskError as error:
        typer.echo(f"{error.title}: {error.detail}", err=True)
        short = isinstance(error, InsufficientLabels)
        raise typer.Exit(EXIT_INSUFFICIENT_LABELS if short else EXIT_REFUSED) from error


def _show(
    document: Mapping[str, Any],
    print_table: Callable[[Mapping[str, Any], Console], None],
    *,
    as_json: bool,
) -> None:
    if as_json:
        typer.echo(json.dumps(document))
    else:
        wide = None if sys.stdout.isatty() else WIDTH  # a file has no width to ask for
        print_table(document, Console(file=sys.stdout, width=wide))


def main() -> None:
    """Run the command line."""
    app()
