"""The shards, each at most 20 minutes; the names are those of docs/reliability.md."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.reliability import (
    clocks,
    flushes,
    full_disk,
    kills,
    postgres_faults,
    redis_faults,
    reloads,
    retries,
    rolling,
    simulated,
    soak,
    surplus,
)
from tests.reliability.findings import Found

LIMIT_S = 20.0 * 60
SETTING_UP_S = 300.0


SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LIBRARIES = {"libfaketime": "*/faketime/libfaketimeMT.so.1"}  # under /usr/lib


@dataclass(frozen=True, slots=True)
class Shard:
    """A test of promises that runs by itself; `needs` are programs and libraries of the system."""

    name: str
    promises: str
    run: Callable[[], Found]
    needs: tuple[str, ...] = ()
    soaks: bool = False  # its length is what the command line says, and setting up comes on top

    def limit_s(self, soak_minutes: float) -> float:
        """Return after how long it is ended and failed, seconds."""
        return max(LIMIT_S, soak_minutes * 60 + SETTING_UP_S) if self.soaks else LIMIT_S

    def lacking(self) -> list[str]:
        """Return what it needs and this machine has not."""
        return [each for each in self.needs if not _is_here(each)]


def _is_here(name: str) -> bool:
    if name in LIBRARIES:
        return any(Path("/usr/lib").glob(LIBRARIES[name]))
    return shutil.which(name, path=SEARCHED) is not None


# The shortest first, so that a broken promise shows early.
SHARDS = (
    Shard("R4", "P1", flushes.order, ("strace",)),
    Shard("R2", "P1", full_disk.run),
    Shard("R3", "P1", flushes.faults, ("strace",)),
    Shard("R11", "P1", clocks.run, ("libfaketime",)),
    Shard("R10", "P1", postgres_faults.run),
    Shard("R8", "P5", redis_faults.faulty_link),
    Shard("R9", "P5", redis_faults.storm),
    Shard("L3", "P6 P10", surplus.noisy_tenant),
    Shard("R5", "P2", retries.run),
    Shard("M1", "P7", reloads.run),
    Shard("L1", "P6", surplus.overload),
    Shard("L5", "P11", rolling.run, ("haproxy",)),
    *(
        Shard(f"R1-{kind}-{half}", "P1", partial(kills.run, kind, kills=25))
        for kind in ("sqlite", "postgresql")
        for half in (1, 2)
    ),
    *(Shard(f"R12-{part + 1}", "P1 P2 P7", partial(simulated.run, part)) for part in range(4)),
    Shard("L7", "P1 P6 P7", soak.run, soaks=True),
)


def chosen(names: list[str]) -> list[Shard]:
    """Return the shards of those names; R1 means all of R1-..., and no name means all shards."""
    found = [
        each
        for each in SHARDS
        if not names or each.name in names or each.name.partition("-")[0] in names
    ]
    unknown = set(names) - {n for each in found for n in (each.name, each.name.partition("-")[0])}
    if unknown:
        raise SystemExit(f"no such shard: {', '.join(sorted(unknown))}")
    return found
