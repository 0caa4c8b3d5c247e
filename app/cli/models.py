"""`entry-risk models`: which bundles there are, what is in one, and whether it verifies."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.cli.terminal import guarded, say, table
from app.core.model.bundle import load_bundle
from app.core.model.registry import Registry, RegistryRow
from app.settings import Settings, read_settings
from app.wiring import trusted_keys

models_app = typer.Typer(no_args_is_help=True, help="Model bundles: list, show, verify, promote.")
VersionArgument = Annotated[str, typer.Argument(help="Version of a bundle, or `live`.")]


@models_app.command("list")
@guarded
def list_command() -> None:
    """List the bundles, oldest first, each verified up to its digests."""
    settings = read_settings()
    rows = _registry(settings).rows()
    table(
        f"{len(rows)} bundles in {settings.models_dir.name}/",
        ("version", "live", "sequence", "label", "trained", "signed by", "state"),
        [_row(row) for row in rows],
    )


@models_app.command("show")
@guarded
def show_command(version: VersionArgument = "live") -> None:
    """Print a bundle's manifest, evaluation and policy as JSON."""
    registry = _registry(read_settings())
    bundle = registry.load(None if version == "live" else version)
    shown = {
        "version": bundle.version,
        "digest": bundle.digest,
        "notes": list(bundle.notes),
        "manifest": bundle.manifest.model_dump(mode="json"),
        "policy": dict(bundle.baseline_policy),
        "evaluation": bundle.evaluation,
    }
    typer.echo(json.dumps(shown, indent=2, sort_keys=True, default=str))


@models_app.command("verify")
@guarded
def verify_command(
    bundle: Annotated[
        str, typer.Argument(help="Version of a bundle, `live`, or the path of a folder.")
    ] = "live",
) -> None:
    """Take a bundle through the whole load order, canary child included."""
    settings = read_settings()
    folder = Path(bundle)
    if folder.is_dir():
        loaded = load_bundle(folder, trusted=trusted_keys(settings))
    else:
        loaded = _registry(settings).load(None if bundle == "live" else bundle)
    for note in loaded.notes:
        say(f"note: {note}")
    typer.echo(f"verified {loaded.version} {loaded.digest}")


@models_app.command("promote")
@guarded
def promote_command(
    version: Annotated[str, typer.Argument(help="Version of a bundle in the registry.")],
    rollback: Annotated[
        str, typer.Option(help="Why an older bundle goes live again; needed for one, and kept.")
    ] = "",
) -> None:
    """Make a verified bundle live; running servers follow within seconds."""
    loaded = _registry(read_settings()).set_live(version, rollback=rollback)
    say(f"live: {loaded.version}")


def _registry(settings: Settings) -> Registry:
    return Registry(settings.models_dir, trusted_keys(settings))


def _row(row: RegistryRow) -> tuple[str, ...]:
    live = "live" if row.live else ""
    if row.manifest is None:
        return (row.version, live, "", "", "", "", row.refused)
    manifest = row.manifest
    signer = manifest.signer.key_id + (" (dev)" if manifest.signer.dev else "")
    return (
        row.version,
        live,
        str(manifest.sequence),
        manifest.label,
        manifest.trained_at,
        signer,
        "verifies",
    )
