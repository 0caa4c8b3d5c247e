"""The shards, each at most 20 minutes; the names are those of docs/reliability.md."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.reliability import kills
from tests.reliability.findings import Found

LIMIT_S = 20 * 60


@dataclass(frozen=True, slots=True)
class Shard:
    """A test of promises that runs by itself; `needs` are programs of the system."""

    name: str
    promises: str
    run: Callable[[], Found]
    needs: tuple[str, ...] = ()

    def lacking(self) -> list[str]:
        """Return the programs that are not on this machine."""
        return [each for each in self.needs if not shutil.which(each, path=SEARCHED)]


SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The shortest first, so that a broken promise shows early.
SHARDS = (
    Shard("R1-sqlite", "P1", partial(kills.run, "sqlite")),
    Shard("R1-postgresql", "P1", partial(kills.run, "postgresql")),
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
