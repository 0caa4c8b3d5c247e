"""`entry-risk jobs ...`: submit many entries to a service, see how far it is, fetch, cancel."""

import json
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from app.cli.entries import NDJSON as NDJSON_FILES
from app.cli.entries import read_entries
from app.cli.remote import Reply, Server, read_key
from app.cli.terminal import REFUSED, guarded, say, table
from app.core.canonical import canonical_json
from app.core.errors import DataRefused
from app.core.jobs import JobState
from app.services.assessed import Explain

jobs_app = typer.Typer(no_args_is_help=True, help="Many entries at once, scored by a service.")
NDJSON, PARQUET = "application/x-ndjson", "application/vnd.apache.parquet"
A_PAGE = 1000  # results; the service gives no more
POLL_S = 1.0

ServerOption = Annotated[str, typer.Option(help="The service that has the jobs.")]
KeyOption = Annotated[Path | None, typer.Option(help="File with the API key; else ENTRY_RISK_KEY.")]
JobArgument = Annotated[str, typer.Argument(help="Id of the job.")]


class Shown(StrEnum):
    """How a job is shown."""

    TABLE = "table"
    JSON = "json"


@jobs_app.command("submit")
@guarded
def submit_command(  # noqa: PLR0913, PLR0917 - one argument an option
    file: Annotated[
        Path, typer.Argument(help="Entries: .ndjson, .parquet, .json, or .csv by a mapping.")
    ],
    server: ServerOption,
    key_file: KeyOption = None,
    mapping: Annotated[
        str, typer.Option(help="Of a CSV file: canonical, kcs, date, or a TOML file.")
    ] = "canonical",
    explain: Annotated[
        Explain, typer.Option(help="Reasons: none, codes, or full contributions.")
    ] = Explain.CODES,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key and file give the job that was made first.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the job has ended.")] = False,
) -> None:
    """Submit every entry of FILE as one job and print the job's id (scope score:write).

    With --wait also needs decision:read; exit code 1 if the job did not succeed.
    """
    media_type, body = _body(file, mapping)
    there = Server(server, read_key(key_file))
    headers = {"Content-Type": media_type}
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    job = _job(there.send("POST", f"/v1/jobs?explain={explain.value}", body, headers))
    say(f"{job['entries']} entries accepted")
    typer.echo(job["job_id"])
    if wait:
        job = _wait(there, job["job_id"])
        say(f"{job['state']}: {job['scored']} scored, {job['refused']} refused")
        if job["state"] != JobState.SUCCEEDED:
            raise typer.Exit(REFUSED)


@jobs_app.command("show")
@guarded
def show_command(
    server: ServerOption,
    job_id: Annotated[str | None, typer.Argument(help="Id of the job; all if absent.")] = None,
    key_file: KeyOption = None,
    output: Annotated[
        Shown, typer.Option(help="A table, or one JSON object a line on stdout.")
    ] = Shown.TABLE,
) -> None:
    """Show a job, or the newest 200 (scope decision:read)."""
    there = Server(server, read_key(key_file))
    if job_id is None:
        found = json.loads(there.send("GET", "/v1/jobs?limit=200").body)["jobs"]
    else:
        found = [_job(there.send("GET", f"/v1/jobs/{quote(job_id)}"))]
    if output is Shown.JSON:
        for job in found:
            typer.echo(json.dumps(job))
        return
    rows = [
        (
            job["job_id"],
            job["state"],
            f"{job['done']}/{job['entries']}",
            str(job["refused"]),
            job["created_at"],
            job["finished_at"] or "",
        )
        for job in found
    ]
    table(f"{len(rows)} jobs", ("job", "state", "done", "refused", "created", "finished"), rows)


@jobs_app.command("results")
@guarded
def results_command(
    job_id: JobArgument,
    server: ServerOption,
    key_file: KeyOption = None,
    output: Annotated[Path | None, typer.Option(help="File to write to; stdout if absent.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for the results that are not there yet.")
    ] = False,
) -> None:
    """Write the results that are there, one JSON object a line (scope decision:read)."""
    there = Server(server, read_key(key_file))
    out = sys.stdout.buffer if output is None else _opened(output)
    try:
        path: str | None = f"/v1/jobs/{quote(job_id)}/results?limit={A_PAGE}"
        while path is not None:
            reply = there.send("GET", path)
            out.write(reply.body)
            path = _next(reply)
            if not reply.body and path is not None:
                if not follow:
                    say("the job is not done yet: these are the results so far")
                    return
                time.sleep(POLL_S)
    finally:
        out.flush()
        if output is not None:
            out.close()


@jobs_app.command("cancel")
@guarded
def cancel_command(job_id: JobArgument, server: ServerOption, key_file: KeyOption = None) -> None:
    """Cancel a job; its results so far are kept (scope score:write)."""
    there = Server(server, read_key(key_file))
    job = _job(there.send("DELETE", f"/v1/jobs/{quote(job_id)}"))
    say(f"{job['state']}: {job['done']} of {job['entries']} entries have their result")


def _body(file: Path, mapping: str) -> tuple[str, bytes]:
    kind = file.suffix.lower()
    if kind in NDJSON_FILES or kind == ".parquet":
        try:
            return (PARQUET if kind == ".parquet" else NDJSON), file.read_bytes()
        except OSError as error:
            raise DataRefused(f"{file.name}: {error.strerror}") from None
    return NDJSON, b"\n".join(canonical_json(each) for each in read_entries(file, mapping))


def _opened(output: Path) -> Any:
    try:
        return output.open("wb")
    except OSError as error:
        raise DataRefused(f"{output.name}: {error.strerror}") from None


def _job(reply: Reply) -> dict[str, Any]:
    job: dict[str, Any] = json.loads(reply.body)
    return job


def _wait(there: Server, job_id: str) -> dict[str, Any]:
    while True:
        job = _job(there.send("GET", f"/v1/jobs/{quote(job_id)}"))
        if not JobState(job["state"]).is_open:
            return job
        say(f"{job['done']} of {job['entries']}")
        time.sleep(POLL_S)


def _next(reply: Reply) -> str | None:
    link = reply.headers.get("link", "")
    return link[1:].partition(">")[0] if link.startswith("</") else None
