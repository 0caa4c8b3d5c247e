"""deploy/haproxy.cfg in front of two real instances; `make ci-deps` installs HAProxy."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx

from tests.served_process import HOST, ServedProcess
from tests.servers import _free_port
from tests.service_process import ROOT


@dataclass
class Fronted:
    """A proxy before two instances that take the same key."""

    port: int
    instances: tuple[ServedProcess, ServedProcess]

    @property
    def url(self) -> str:
        """Where the proxy listens."""
        return f"http://{HOST}:{self.port}"


@contextmanager
def fronted_by_haproxy(first: ServedProcess, second: ServedProcess) -> Iterator[Fronted]:
    """Start both instances and the proxy before them, and wait until it answers."""
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "no HAProxy on this machine: make ci-deps"
    port = _free_port()
    environment = os.environ | {
        "BIND": f"{HOST}:{port}",
        "ERRORS": str(ROOT / "deploy" / "errors"),
        "SERVER_A": f"{HOST}:{first.port}",
        "SERVER_B": f"{HOST}:{second.port}",
    }
    with first, second:
        command = [program, "-db", "-f", str(ROOT / "deploy" / "haproxy.cfg")]
        proxy = subprocess.Popen(command, env=environment)
        try:
            made = Fronted(port, (first, second))
            _wait_until_answered(made)
            yield made
        finally:
            proxy.kill()
            proxy.wait()


def _wait_until_answered(fronted: Fronted) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if httpx.get(f"{fronted.url}/readyz").status_code == httpx.codes.OK:
                return
        time.sleep(0.05)
    raise AssertionError("the proxy does not answer")
