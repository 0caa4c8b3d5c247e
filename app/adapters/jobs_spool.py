"""Where a job's body lies while it arrives: a file without a name, gone with the process."""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from app.core.refusals import JobsUnavailable


class FileSpool:
    """Files in a folder of the data directory, readable by nobody else."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, made on the first use."""
        self._folder = folder

    def open(self) -> BinaryIO:
        """Return an empty file that is gone once it is closed, or the process ends (blocking).

        Raises JobsUnavailable where the disk refuses.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return cast("BinaryIO", tempfile.TemporaryFile(dir=self._folder))
        except OSError as error:
            raise JobsUnavailable(
                f"a body cannot be kept: {os.strerror(error.errno or 0)}"
            ) from error
