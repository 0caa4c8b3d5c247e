"""Checkpoints in a file that only grows, in a folder that should lie on another disk or host."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

FILE = "checkpoints.jsonl"
_BACK = 65_536  # bytes read from the end to find the last line; doubled until it is found


class CheckpointFile:
    """One checkpoint a line; several processes may share it."""

    def __init__(self, folder: Path) -> None:
        """Keep the file in `folder`, made when the first checkpoint comes."""
        self.path = folder / FILE

    def append(self, make: Callable[[bytes | None], bytes]) -> None:
        """Write the line that `make` returns of the last one, synced; OSError where refused.

        What a crash left of a line without its end is cut away first: it was never a checkpoint.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        with os.fdopen(handle, "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before, end = _last_line(file.fileno())
            file.truncate(end)
            file.seek(end)
            file.write(make(before) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> Iterator[bytes]:
        """Yield the lines, oldest first, without their ends; none where there is no file."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")


def _last_line(handle: int) -> tuple[bytes | None, int]:
    """Return the last whole line and where it ends; None where there is none."""
    size = os.fstat(handle).st_size
    back = _BACK
    while True:
        start = max(0, size - back)
        tail = os.pread(handle, size - start, start)
        end = tail.rfind(b"\n")
        before = tail.rfind(b"\n", 0, max(end, 0))
        if before >= 0 or start == 0:
            line = tail[before + 1 : end] if end >= 0 else None
            return line, start + end + 1
        back *= 2
