"""Parquet, read and written by a child process: what a stranger's file does stays in there."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from app.adapters.jobs_parquet_child import REFUSED, WITHOUT_PYARROW, Limits
from app.core.errors import FieldProblem, UnsupportedMediaType
from app.core.model.child import child_environment
from app.core.refusals import InvalidJob, JobsUnavailable

# -P: nothing is imported from the working directory; -c: the module is imported, not run as main
_COMMAND = (
    "-P",
    "-c",
    "from app.adapters.jobs_parquet_child import main; raise SystemExit(main())",
)
_MESSAGES = {
    "not_parquet": "this is no Parquet file that can be read",
    "entries_count": "found more rows than a job may have",
    "too_large": "found more data than a job may have once it is unpacked",
    "column_type": "found a column of bytes or another type that no entry has",
}


@dataclass(frozen=True, slots=True)
class ChildParquet:
    """The port ParquetFiles; pyarrow is imported in the child alone, once a call."""

    limits: Limits

    def read(self, file: BinaryIO, lines: BinaryIO) -> None:
        """Write each row of a Parquet `file` to `lines` as a line of JSON (blocking).

        Raises InvalidJob for what is no Parquet or too much of it, UnsupportedMediaType where
        pyarrow is not installed.
        """
        file.flush()
        try:
            done = subprocess.run(  # noqa: S603  # our own interpreter and our own module
                self._command("read"),
                stdin=file,
                stdout=lines,
                stderr=subprocess.PIPE,
                env=child_environment(os.environ),
                timeout=self.limits.wall_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _refusal("too_large") from None
        if done.returncode == WITHOUT_PYARROW:
            raise UnsupportedMediaType("Parquet is not read here: pyarrow is not installed.")
        if done.returncode:  # one that died of its limits says nothing
            said = done.stderr.decode(errors="replace").strip()
            raise _refusal(said if done.returncode == REFUSED else "not_parquet")

    def write(self, results: Sequence[bytes]) -> bytes:
        """Return results, a JSON object each, as a Parquet file (blocking).

        Raises UnsupportedMediaType where pyarrow is not installed, JobsUnavailable where it fails.
        """
        try:
            done = subprocess.run(  # noqa: S603  # our own interpreter and our own module
                self._command("write"),
                input=b"\n".join(results),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(os.environ),
                timeout=self.limits.wall_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise JobsUnavailable("the Parquet file was not written in time") from None
        if done.returncode == WITHOUT_PYARROW:
            raise UnsupportedMediaType("Parquet is not written here: pyarrow is not installed.")
        if done.returncode:
            raise JobsUnavailable("the Parquet file could not be written")
        return done.stdout

    def _command(self, what: str) -> list[str]:
        limits = self.limits
        figures = (limits.max_entries, limits.max_bytes, limits.address_mib)
        return [sys.executable, *_COMMAND, what, *map(str, figures)]


def _refusal(code: str) -> InvalidJob:
    known = code if code in _MESSAGES else "not_parquet"
    return InvalidJob("The job has 1 problem.", [FieldProblem("", known, _MESSAGES[known])])
