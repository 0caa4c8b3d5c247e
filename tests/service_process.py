"""The service in a process of its own, on a free port, with folders of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

from app.core.access import Scope
from app.core.model.registry import LIVE, Registry
from app.core.model.signing import Signer, dev_signer
from app.core.reasons import default_reason_map
from app.settings import Settings, read_settings
from app.wiring import open_key_store, trusted_keys
from tests.bundles import tiny_bundle, tiny_contents, try_in_process
from tests.servers import _free_port

ROOT = Path(__file__).resolve().parent.parent
READY_S = 60.0


class ServiceProcess:
    """One service; a context manager. `environment` are further settings."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.settings: Settings = read_settings(
            data_dir=folder / "var", models_dir=folder / "models"
        )
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.application = "app.main:create_app"
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.key = self._make_key()

    def _make_key(self) -> str:
        allowed = (Scope.SCORE_WRITE, Scope.DECISION_READ, Scope.OUTCOME_WRITE)
        scopes = frozenset(scope.value for scope in allowed)
        with open_key_store(self.settings) as keys:
            return keys.create("acme", "test", scopes)[1]

    @property
    def log_path(self) -> Path:
        """Where the service's log goes."""
        return self.folder / "service.log"

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of that name in the log."""
        lines = self.log_path.read_text(errors="replace").splitlines()
        found = [json.loads(each) for each in lines if each.startswith("{")]
        return [each for each in found if each.get("event") == name]

    def put_bundle(self, signer: Signer | None = None, **changes: Any) -> str:
        """Write a tiny bundle and return its version; it is not live yet."""
        names = tiny_contents().schema.names
        made = tiny_bundle(
            self.settings.models_dir,
            signer or dev_signer(self.settings.data_dir / "keys"),
            reason_map=default_reason_map(names),
            **changes,
        )
        return made.name

    def set_live(self, version: str) -> None:
        """Make a good bundle live, as an operator does."""
        trusted = trusted_keys(self.settings)
        Registry(self.settings.models_dir, trusted, trial=try_in_process).set_live(version)

    def force_live(self, version: str) -> None:
        """Point LIVE at a bundle without looking at it."""
        (self.settings.models_dir / LIVE).write_text(f"{version}\n")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, until: str = "/readyz") -> None:
        """Start it and wait until the path answers 200."""
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "ENTRY_RISK_DATA_DIR": str(self.settings.data_dir),
            "ENTRY_RISK_MODELS_DIR": str(self.settings.models_dir),
            "ENTRY_RISK_MODEL_POLL_S": "0.2",
            "OMP_NUM_THREADS": "1",
        }
        for name in ("REDIS_URL", "DATABASE_URL"):
            environment.pop(name, None)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                env=environment | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_for(until)

    def command(self) -> list[str]:
        """Return the command that serves."""
        command = [sys.executable, "-m", "uvicorn", "--factory", self.application]
        return [*command, "--port", str(self.port), "--no-access-log", "--log-level", "warning"]

    @property
    def pid(self) -> int:
        """The process's id; it has to run."""
        assert self._process is not None
        return self._process.pid

    def _wait_for(self, path: str) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            with suppress(httpx.TransportError):
                if httpx.get(self.url + path, timeout=5).status_code == httpx.codes.OK:
                    return
            time.sleep(0.05)
        self.kill()
        raise AssertionError(self.log_path.read_text(errors="replace")[-3000:])

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """Ask it to end, wait, and return its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(timeout=30)
        finally:
            self.kill()

    def client(self) -> httpx.Client:
        """Return a client with the key; close it."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)
