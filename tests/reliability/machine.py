"""On what a shard ran: the commit, the class of machine, and how much others used of it."""

import os
import platform
import resource
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("app", "tests", "training", "deploy", "pyproject.toml", "requirements-dev.lock")


def commit() -> str:
    """Return the commit, with `+changes` where files that matter differ from it or nobody knows."""
    name = _git("rev-parse", "--short=12", "HEAD")
    if not name:
        return "unknown+changes"
    return f"{name}+changes" if _git("status", "--porcelain", "--", *CODE) else name


def _git(*words: str) -> str:
    command = ["git", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def machine_class() -> str:
    """Return cores, memory and architecture: what kind of machine, not which one."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{os.cpu_count()} cores, {round(pages / 2**30)} GiB, {platform.machine()}"


class Watch:
    """Tells what share of all cores others used from its making to `others_share`.

    Own use counts once a child has ended and was waited for, so ask when all have.
    """

    def __init__(self) -> None:
        self._busy, self._own, self._at = _busy_s(), _own_s(), time.monotonic()
        self.load = round(os.getloadavg()[0], 2)

    def others_share(self) -> float:
        """Return the share, 0 to 1."""
        whole = (time.monotonic() - self._at) * (os.cpu_count() or 1)
        others = (_busy_s() - self._busy) - (_own_s() - self._own)
        return round(min(max(others / whole, 0.0), 1.0), 3)


def _busy_s() -> float:
    """Seconds of all cores that were not idle since the machine started."""
    first = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq, steal = (int(each) for each in first[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)
