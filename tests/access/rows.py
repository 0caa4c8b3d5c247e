"""Print the matrix as the service answers now: `python -m tests.access.rows`, to be reviewed."""

import csv
import sys
import tempfile
from pathlib import Path

from tests.access.cells import CREDENTIALS, asked
from tests.offices import open_office


def main() -> None:
    """Write one row a route to stdout."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("method", "path", *CREDENTIALS))
    with tempfile.TemporaryDirectory() as folder, open_office(Path(folder)) as office:
        for method, path in office.routes():
            found = (asked(office, method, path, name) for name in CREDENTIALS)
            out.writerow((method, path, *found))


if __name__ == "__main__":
    main()
