"""Artefacts of stages: JSON and arrays, the same bytes from the same content."""

import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.files import write_atomically

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # of every member: an archive has no clock


def write_json(path: Path, document: Any) -> None:
    """Write JSON with sorted keys; NaN is refused."""
    text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
    write_atomically(path, text + "\n")


def read_json(path: Path) -> Any:
    """Return the JSON value in the file at `path`."""
    return json.loads(path.read_text("utf-8"))


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as .npz, none of them of objects."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, values in sorted(arrays.items()):
            data = BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(values), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _LONG_AGO), data.getvalue())
    write_atomically(path, file.getvalue())


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file that `write_arrays` wrote."""
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}
