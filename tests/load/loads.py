"""Loads as tests ask for them: a generator process, and what its answers come to."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.load.wire import p99
from tests.service_process import ROOT, ServiceProcess


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a load: seconds and status of each answer, and how many never came."""

    answers: Sequence[tuple[float, int]]
    lost: int

    def count(self, *statuses: int) -> int:
        """Return how many answers had one of `statuses`."""
        return sum(status in statuses for _, status in self.answers)

    def p99_s(self, *statuses: int) -> float:
        """Return the time under which 99 of 100 answers with one of `statuses` came; 0 of none."""
        return p99([seconds for seconds, status in self.answers if status in statuses])


def begin(url: str, key: str, per_s: float, seconds: float) -> "subprocess.Popen[bytes]":
    """Start a load in a process of its own; `finish` waits for it."""
    command = [sys.executable, "-m", "tests.load.generator", url, key, str(per_s), str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def finish(process: "subprocess.Popen[bytes]") -> Loaded:
    """Wait for a load and return what came of it."""
    out, _ = process.communicate(timeout=300)
    found = json.loads(out)
    return Loaded([(seconds, status) for seconds, status in found["answers"]], found["lost"])


def load(service: ServiceProcess, per_s: float, seconds: float, key: str | None = None) -> Loaded:
    """Send a load and return what came of it."""
    return finish(begin(service.url, key or service.key, per_s, seconds))
