"""The child process that parses a bundle first: if its bytes crash a parser, only the child dies.

The parent sends a header line of JSON, then the bytes of each file; the child answers one line of
JSON. Run by `app.core.model.child`.
"""

import os
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import BinaryIO

import orjson

from app.core.errors import EntryRiskError
from app.core.history import History
from app.core.model.contents import parse_contents
from app.core.model.files import MANIFEST
from app.core.model.manifest import Manifest

UNLIMITED = resource.RLIM_INFINITY


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: wall and processor seconds, address space, bytes it may write."""

    wall_s: float = 60.0
    cpu_s: int = 60
    memory_bytes: int = 4 << 30  # libraries alone map about 1 GiB
    file_bytes: int = 0


def request(files: Mapping[str, bytes], limits: Limits) -> bytes:
    """Return what the parent writes to the child: header line, then the files' bytes in order."""
    sizes = {name: len(data) for name, data in files.items()}
    header = orjson.dumps({"sizes": sizes, "limits": asdict(limits)})
    return b"".join([header, b"\n", *files.values()])


def main() -> int:
    """Answer the request on standard input; standard output carries the answer and nothing else."""
    with _own_output() as output:
        output.write(answer(sys.stdin.buffer))
    return 0


def answer(source: BinaryIO) -> bytes:
    """Return the answer line: `{"worst": 0.0}`, or `{"refused": "why", "code": "..."}`."""
    header = orjson.loads(source.readline())
    apply_limits(Limits(**header["limits"]))
    files = {name: source.read(size) for name, size in header["sizes"].items()}
    try:
        return orjson.dumps({"worst": check(files)})
    except EntryRiskError as error:
        return orjson.dumps({"refused": error.detail, "code": error.code})


def check(files: Mapping[str, bytes]) -> float:
    """Return the largest canary difference of verified `files`, manifest included.

    Raises the BundleRefused family.
    """
    contents = parse_contents(Manifest.from_bytes(files[MANIFEST]), files)
    if contents.history is not None:
        History.restore(contents.history)
    return contents.canary.check(contents.forest, contents.calibration)


def apply_limits(limits: Limits) -> None:
    """Bind this process, for good, to `limits`; it leaves no core file."""
    bounds = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_s,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        _, hard = resource.getrlimit(kind)
        known = [each for each in (bound, hard) if each != UNLIMITED]
        kept = min(known, default=UNLIMITED)  # a limit that is there already is never raised
        resource.setrlimit(kind, (kept, kept))


@contextmanager
def _own_output() -> Iterator[BinaryIO]:
    """Keep standard output for the answer: LightGBM's C++ side prints its warnings there."""
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        with os.fdopen(os.dup(kept), "wb") as output:
            yield output
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
