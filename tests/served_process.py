"""The service as `entry-risk serve` runs it, and raw connections to it."""

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.service_process import ServiceProcess

HOST = "127.0.0.1"


class ServedProcess(ServiceProcess):
    """A service whose connections are guarded, which plain uvicorn's are not."""

    def command(self) -> list[str]:
        """Return the command that serves."""
        return [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port)]

    def has_ended(self, within_s: float) -> bool:
        """Wait for a process that was asked to end; say whether it did."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within_s)
        return self._process.poll() is not None

    def connect(self) -> socket.socket:
        """Open a connection; close it."""
        return socket.create_connection((HOST, self.port), timeout=30)

    def resident_mib(self) -> float:
        """Return how much memory the process has, MiB."""
        return resident_mib(self.pid)


def resident_mib(pid: int) -> float:
    """Return how much memory a process has, MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def exchange(link: socket.socket, *parts: bytes, within_s: float = 30.0) -> bytes:
    """Send `parts` as far as they are taken, and return all that comes until it is closed."""
    with suppress(OSError):
        for part in parts:
            link.sendall(part)
    link.settimeout(within_s)
    answer = bytearray()
    with suppress(OSError):
        while part := link.recv(65_536):
            answer += part
    return bytes(answer)


def statuses(answer: bytes) -> list[int]:
    """Return the status of each response in what came."""
    return [int(each[:3]) for each in answer.split(b"HTTP/1.1 ")[1:]]


def closed_within(links: Sequence[socket.socket], seconds: float) -> int:
    """Wait at most `seconds` and return how many of `links` the other side has closed."""
    waiting, deadline = list(links), time.monotonic() + seconds
    while waiting and time.monotonic() < deadline:
        waiting = [link for link in waiting if not _is_closed(link)]
        time.sleep(0.02)
    return len(links) - len(waiting)


def _is_closed(link: socket.socket) -> bool:
    link.setblocking(False)
    try:
        return link.recv(65_536) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
