"""`entry-risk score FILE`: entries from JSON, NDJSON or CSV, scored here or by a server."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.entries import read_entries
from app.cli.remote import Server, read_key
from app.cli.terminal import REFUSED, guarded, say, table
from app.core.canonical import canonical_json
from app.services.assessed import Explain
from app.services.callers import Caller
from app.services.desk import Asked
from app.settings import read_settings
from app.wiring import unrecorded

AT_A_TIME = 100  # entries in one batch; the service takes up to 500
LOCAL_TENANT = "local"  # where the snapshot has no owner, and seeds everybody


class Output(StrEnum):
    """How results are shown."""

    TABLE = "table"
    JSON = "json"


@guarded
def score_command(  # noqa: PLR0913, PLR0917 - one argument an option
    file: Annotated[
        Path, typer.Argument(help="One entry or a list (.json), .ndjson, or .csv by a mapping.")
    ],
    output: Annotated[
        Output, typer.Option(help="A table, or one JSON object a line on stdout.")
    ] = Output.TABLE,
    mapping: Annotated[
        str, typer.Option(help="Of a CSV file: canonical, kcs, date, or a TOML file.")
    ] = "canonical",
    explain: Annotated[
        Explain, typer.Option(help="Reasons: none, codes, or full contributions.")
    ] = Explain.CODES,
    server: Annotated[
        str | None, typer.Option(help="Score by this service, which keeps a record.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the API key; else ENTRY_RISK_KEY.")
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(help="Whose history to read, scoring here; the snapshot's owner if absent."),
    ] = None,
) -> None:
    """Score every entry of FILE.

    Without --server the live bundle scores here, with its own history snapshot; nothing is
    recorded. Exit code 1 if any entry was refused.
    """
    entries = read_entries(file, mapping)
    if server is None:
        results = asyncio.run(_score_here(entries, explain, tenant))
    else:
        results = list(_score_there(Server(server, read_key(key_file)), entries, explain))
    if output is Output.JSON:
        for result in results:
            typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        _show(results)
    if any("lines" not in result for result in results):
        raise typer.Exit(REFUSED)


async def _score_here(
    entries: Sequence[Any], explain: Explain, tenant: str | None
) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    async with unrecorded(read_settings()) as (service, owner):
        whose = tenant or owner or LOCAL_TENANT
        say(f"scored here with the live bundle and the history of {whose}; nothing is recorded")
        if owner not in {None, whose}:
            say(f"the bundle's history belongs to {owner}: for {whose} every party is new")
        asked = Asked(Caller(whose, "command-line"), explain)
        for some in _batches(entries):
            answer = await service.score(asked, {"entries": some})
            results += json.loads(answer.body)["results"]
    for result in results:
        result.pop("decision_id", None)  # names a record, and there is none
    return results


def _score_there(
    server: Server, entries: Sequence[Any], explain: Explain
) -> Iterator[dict[str, Any]]:
    for some in _batches(entries):
        path = f"/v1/score/batch?explain={explain.value}"
        yield from server.post(path, canonical_json({"entries": some}))["results"]


def _batches(entries: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(entries), AT_A_TIME):
        yield list(entries[start : start + AT_A_TIME])


def _show(results: Sequence[dict[str, Any]]) -> None:
    rows: list[tuple[str, ...]] = []
    for place, result in enumerate(results, 1):
        name = str(result.get("entry_number") or f"#{place}")
        if "lines" not in result:
            faults = [f"{each['pointer']}: {each['message']}" for each in result["errors"]]
            rows.append((name, "", "refused", "", "", "\n".join(faults)))
            continue
        for line in result["lines"]:
            reasons = [f"{each['code']}: {each['text']}" for each in line.get("reasons", ())]
            figures = (line["band"], str(line["score"]), f"{line['probability']:.4%}")
            rows.append((name, str(line["line_number"]), *figures, "\n".join(reasons)))
    table(
        f"{len(results)} entries",
        ("entry", "line", "band", "score", "probability", "reasons"),
        rows,
    )
