"""Whether there is anything to read: asked before every score, answered on the event loop.

Most entries were never filed, nor any of their goods declared before. An index of a local file says
so in some ten microseconds, a thread and a prepared read in some hundred: only where there is
something is it read, by the thread.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.adapters.ledger_schema import FILED

QUICK_KEYS = 128  # asked about at once on the event loop; more are for a thread
_FILED = f"SELECT 1 FROM decisions WHERE {FILED.text} AND tenant = ? AND entry_number = ? LIMIT 1"  # noqa: S608 - ours
_CARRYING = "SELECT 1 FROM decision_index WHERE tenant = ? AND key IN ({}) LIMIT 1"


class QuickReads:
    """One connection to a SQLite ledger, for the event loop alone; it waits for no lock.

    Every doubt is a yes: whoever asks then reads by the ordinary way, which also tells of faults.
    """

    def __init__(self, path: Path) -> None:
        """Take the file; nothing is opened before the first question."""
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def may_be_filed(self, tenant: str, entry_number: str) -> bool:
        """Whether the tenant may have filed an entry of that number, whatever its revision."""
        return self._is_any(_FILED, (tenant, entry_number))

    def may_carry(self, tenant: str, keys: Sequence[str]) -> bool:
        """Whether a decision of the tenant may carry any of `keys`."""
        if len(keys) > QUICK_KEYS:
            return True
        marks = ",".join("?" * len(keys))
        return self._is_any(_CARRYING.format(marks), (tenant, *keys))

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _is_any(self, statement: str, values: tuple[str, ...]) -> bool:
        try:
            if self._connection is None:
                self._connection = self._open()
            return self._connection.execute(statement, values).fetchone() is not None
        except sqlite3.Error:
            self.close()
            return True

    def _open(self) -> sqlite3.Connection:
        there = f"{self._path.absolute().as_uri()}?mode=rw"  # a file that is gone is not made anew
        connection = sqlite3.connect(
            there, timeout=0.0, isolation_level=None, check_same_thread=False, uri=True
        )
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection
