"""`python -m training demo`: the demo world, a model trained on it, and two example entries.

All of it is synthetic; the model card and the examples say so.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import pyarrow.parquet as pq
import typer

from app.core.errors import BundleRefused
from app.core.mapping import SHIPPED
from app.core.model.bundle import Bundle
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys
from app.core.reference import load_reference
from training.demo_entries import CLEAN, SUSPECT, Example, scored_example, suspect_example
from training.files import write_atomically
from training.learn import LearnOptions
from training.progress import Steps
from training.recipe import CANDIDATES
from training.sources import DataOptions
from training.synthetic.command import make_files
from training.synthetic.plan import Plan
from training.synthetic.storage import tables_digest
from training.train import TrainOptions, train

TENANT = "demo"
LABEL = "denied"
STAMP = "made.json"
# As large as fits in a minute on one core, as rich as the least number of labels needs.
PLAN = Plan(entries=20_000, seed=7, nexus_share=0.04, listed_share=0.015, exploration_odds=0.2)
HELD_OUT_FROM = date(2025, 10, 1)
REVIEW_SHARE, HOLD_SHARE = 0.01, 0.004  # of what held-out lines no law holds stand for
TITLE = "Demo world, synthetic"
SOURCE = (
    "Made by training/synthetic: no shipment or outcome in it is real, and no firm but for names "
    "taken from public enforcement lists. Forced labour is far "
    "more frequent in it than in trade, so every probability is one of the demo world, not of any "
    "real entry (docs/synthetic.md)."
)
MAKERS_TRIED = 40
DENIALS = {"excluded", "seized", "exported_by_importer", "abandoned", "document_check_nexus"}
GARMENTS = ("61", "62")  # chapters of what such a maker makes


@dataclass(frozen=True, slots=True)
class Demo:
    """Where things are: the live bundle's version and the example entries."""

    version: str
    entry: Path
    clean: Path


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder of bundles.")] = Path("models"),
    work: Annotated[Path, typer.Option("--work", help="Folder of the demo's files.")] = Path(
        "var/demo"
    ),
    keys: Annotated[Path, typer.Option("--keys", help="Folder of the development signer.")] = Path(
        "var/keys"
    ),
) -> None:
    """Make the demo world, train on it and put the model live; do nothing where that is done."""
    made = make_demo(out, work, keys, Steps(), now=datetime.now(UTC))
    typer.echo(f"bundle {out / made.version}")
    typer.echo(f"entry {made.entry}")
    typer.echo(f"entry {made.clean}")


def make_demo(  # noqa: PLR0913 - where things go, and when it is
    out: Path, work: Path, keys: Path, steps: Steps, *, now: datetime, plan: Plan = PLAN
) -> Demo:
    """Return the demo, made where it was not made before from the same plan.

    Raises what training raises; then nothing goes live.
    """
    found = made_before(out, work, keys, plan)
    if found is not None:
        steps.say(f"The demo is there: {found.version} is live")
        return found
    make_files(plan, work / "world", steps)
    mapping = work / "mapping.toml"
    write_atomically(mapping, demo_mapping())
    trained = train(_options(out, work, keys, mapping, now), steps)
    with steps.step("Put the model live"):
        registry = Registry(out, TrustedKeys.load(keys, allow_dev=True))
        bundle = registry.set_live(trained.bundle.name)
    made = Demo(bundle.version, work / "entry.json", work / "entry_clean.json")
    _write_examples(made, bundle, work / "world", steps)
    stamp = {"plan": _plan_digest(plan), "version": bundle.version}
    write_atomically(work / STAMP, json.dumps(stamp) + "\n")
    return made


def demo_mapping() -> str:
    """Return the canonical mapping under the demo's own title and source, for the model card."""
    canonical = (SHIPPED / "canonical.toml").read_text("utf-8")
    head = f"title = {json.dumps(TITLE)}\nsource = {json.dumps(SOURCE)}\n"
    return canonical.replace('title = "Canonical lines"\n', head, 1)


def _options(out: Path, work: Path, keys: Path, mapping: Path, now: datetime) -> TrainOptions:
    return TrainOptions(
        mapping=str(mapping),
        data=DataOptions(
            data=work / "world" / "lines.parquet",
            label=LABEL,
            valid_from=HELD_OUT_FROM,
            outcomes=work / "world" / "outcomes.parquet",
        ),
        learn=LearnOptions(label=LABEL, tenant=TENANT, candidates=CANDIDATES[:2]),
        out=out,
        keys=keys,
        now=now,
        review_share=REVIEW_SHARE,
        hold_share=HOLD_SHARE,
        report=work / "report",
    )


def made_before(out: Path, work: Path, keys: Path, plan: Plan) -> Demo | None:
    """Return the demo that `work` says was made, if it is of this plan and still verifies."""
    made = Demo("", work / "entry.json", work / "entry_clean.json")
    try:
        stamp = json.loads((work / STAMP).read_text("utf-8"))
        trusted = TrustedKeys.load(keys, allow_dev=True)
        rows = {row.version: row for row in Registry(out, trusted).rows()}
    except (OSError, ValueError, BundleRefused):
        return None
    row = rows.get(stamp.get("version", ""))
    whole = row is not None and row.live and not row.refused
    if not whole or stamp["plan"] != _plan_digest(plan):
        return None
    if not (made.entry.is_file() and made.clean.is_file()):
        return None
    return Demo(stamp["version"], made.entry, made.clean)


def _plan_digest(plan: Plan) -> str:
    return sha256(f"{plan} {tables_digest()}".encode()).hexdigest()


def _write_examples(made: Demo, bundle: Bundle, world: Path, steps: Steps) -> None:
    reference = load_reference()
    review_at = int(bundle.baseline_policy["review_at"])
    suspect = suspect_example(bundle, reference, list(denied_makers(world)), review_at)
    clean = scored_example(bundle, reference, CLEAN)
    for path, example in ((made.entry, suspect), (made.clean, clean)):
        write_atomically(path, json.dumps(example.document, indent=2) + "\n")
        for line in _described(path.name, example, bundle.baseline_policy):
            steps.say(line)


def _described(name: str, example: Example, policy: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{name}: score {example.score} (review at {policy['review_at']}, hold at "
        f"{policy['hold_at']})"
    )
    for each in example.reasons:
        yield f"  {each.contribution:+.2f} {each.code}: {each.text}"


def denied_makers(world: Path) -> Iterator[Mapping[str, str]]:
    """Yield makers of the example's goods in its town that were denied before, latest first."""
    lines = pq.read_table(world / "lines.parquet").to_pylist()
    outcomes = pq.read_table(world / "outcomes.parquet").to_pylist()
    denied = {each["entry_number"] for each in outcomes if each["code"] in DENIALS}
    example = SUSPECT["lines"][0]
    found: dict[str, Mapping[str, str]] = {}
    for line in reversed(lines):
        here = line["manufacturer_city"] == example["manufacturer"]["city"]
        if here and line["hts"][:2] in GARMENTS and line["entry_number"] in denied:
            known = {name: line[f"manufacturer_{name}"] for name in example["manufacturer"]}
            maker = {name: value for name, value in known.items() if value}
            found.setdefault(maker["city"] + maker.get("address", ""), maker)
    yield from list(found.values())[:MAKERS_TRIED]
