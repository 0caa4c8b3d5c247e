"""`entry-risk serve`: the service in this process, with a demo tenant if asked for."""

import asyncio
import json
import os
import shlex
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from app.api.limits_connection import ConnectionLimits, guarded_http
from app.cli.terminal import guarded, say
from app.core.access import Scope
from app.core.errors import SettingsRefused
from app.core.model.files import create_once
from app.settings import Environment, Settings, read_settings
from app.wiring import open_key_store

DEMO_TENANT = "demo"
DEMO_SCOPES = frozenset({Scope.SCORE_WRITE.value, Scope.DECISION_READ.value})
READY_WITHIN_S = 120
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - where to reach such a listener


@guarded
def serve_command(
    host: Annotated[str | None, typer.Option(help="Address; ENTRY_RISK_HOST if absent.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; ENTRY_RISK_PORT if absent.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Make a demo tenant, and print a ready curl line.")
    ] = False,
) -> None:
    """Serve in one process; on PostgreSQL several may share a ledger (docs/deploy.md)."""
    for name, value in (("ENTRY_RISK_HOST", host), ("ENTRY_RISK_PORT", port)):
        if value is not None:
            os.environ[name] = str(value)
    settings = read_settings()
    if demo:
        key_file = prepare_demo(settings)
        announce = threading.Thread(target=_announce, args=(settings, key_file), daemon=True)
        announce.start()
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        log_level="warning",
        http=guarded_http(
            ConnectionLimits(
                settings.slow_client_s, settings.slow_client_s, settings.max_connections
            )
        ),
        timeout_graceful_shutdown=10,
    )


def prepare_demo(settings: Settings) -> Path:
    """Return the file of the demo tenant's key, made with mode 0600 unless it still works.

    Raises SettingsRefused in production, where no tenant is made by itself.
    """
    if settings.environment is Environment.PRODUCTION:
        raise SettingsRefused("--demo: a demo tenant is for development, found production")
    path = settings.data_dir / "demo.key"
    with open_key_store(settings) as keys:
        if path.is_file() and asyncio.run(keys.find(path.read_text().strip())) is not None:
            return path
        path.unlink(missing_ok=True)
        _, secret = keys.create(DEMO_TENANT, "demo", DEMO_SCOPES)
    create_once(path, f"{secret}\n".encode(), 0o600)
    return path


def curl_line(settings: Settings, key_file: Path, entry_file: Path) -> str:
    """Return one line that scores the example entry, to be pasted in any folder."""
    host = EVERYWHERE.get(settings.host, settings.host)
    key = f"$(cat {shlex.quote(str(key_file.resolve()))})"
    return (
        f"curl -sS http://{host}:{settings.port}/v1/score"
        f' -H "Authorization: Bearer {key}"'
        " -H 'Content-Type: application/json'"
        f" --data-binary @{shlex.quote(str(entry_file.resolve()))}"
    )


def _announce(settings: Settings, key_file: Path) -> None:
    host = EVERYWHERE.get(settings.host, settings.host)
    url = f"http://{host}:{settings.port}"
    if not _becomes_ready(f"{url}/readyz"):
        return
    entry_file = settings.data_dir / "demo" / "entry.json"
    if not entry_file.is_file():
        entry_file.parent.mkdir(parents=True, exist_ok=True)
        entry_file.write_text(json.dumps(SMALLEST_ENTRY, indent=2) + "\n")
    say(f"\nentry-risk is ready: open {url}/ or score the example entry:\n")
    typer.echo(curl_line(settings, key_file, entry_file))
    say("\nStop it with Ctrl-C.")


def _becomes_ready(url: str) -> bool:
    waiting = threading.Event()
    for _ in range(READY_WITHIN_S * 5):
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own http address
                return True
        except (urllib.error.URLError, OSError):
            waiting.wait(0.2)
    return False


SMALLEST_ENTRY = {
    "lines": [
        {
            "line_number": 1,
            "hts": "6201407511",
            "origin_country": "CN",
            "entered_value_usd": "48250.00",
        }
    ]
}
