"""Counts that several processes of one installation add up: each keeps a file in one folder."""

import os
from pathlib import Path

from prometheus_client import values
from prometheus_client.registry import CollectorRegistry

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # where the library looks for the folder


def share_counts(folder: Path) -> None:
    """Keep the counts made from now on in `folder`, without the files of processes that ended.

    What a dead process counted is gone, as after a restart; what a running one counts stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.db"):
        process = path.stem.rpartition("_")[2]
        if process.isdigit() and not _runs(int(process)):
            path.unlink(missing_ok=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # has no types


def added_up(folder: Path) -> CollectorRegistry:
    """Return a registry of the counts of all processes that share `folder`."""
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - reads files

    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]  # has no types
    return registry


def _runs(process: int) -> bool:
    """Say whether another process of that number runs; our own number was a dead one's before."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
