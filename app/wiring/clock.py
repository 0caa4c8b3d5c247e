"""The clock of this machine, and identities that sort by its time."""

from datetime import UTC, datetime

from ulid import ULID


class SystemClock:
    """Wall time of this machine."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


def new_decision_id(moment: datetime) -> str:
    """Return a ULID of `moment`: sorted by time, 80 random bits."""
    return str(ULID.from_datetime(moment))
