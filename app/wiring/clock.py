"""The clock of this machine, and identities that sort by its time."""

import time
from datetime import UTC, datetime

from ulid import ULID


class SystemClock:
    """Wall time of this machine."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


def elapsed() -> float:
    """Return seconds that no setting of a clock moves; sleep of the machine counts with Linux."""
    since_start = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if since_start is None else time.clock_gettime(since_start)


def new_decision_id(moment: datetime) -> str:
    """Return a ULID of `moment`: sorted by time, 80 random bits."""
    return str(ULID.from_datetime(moment))
