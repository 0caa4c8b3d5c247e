"""A breaker: after enough failures a thing is left alone, but for one try now and then."""

from collections import deque
from collections.abc import Callable

FAILURES = 5  # within WINDOW_S open it (docs/cache.md)
WINDOW_S = 1.0
PROBE_EVERY_S = 0.5
JITTER_S = 0.1  # so that replicas do not probe in step


class Breaker:
    """Closed, everything passes; open, one probe every half second until one succeeds.

    `monotonic` gives seconds, `jitter` a number in [-1, 1]. A probe that never reports back costs
    nothing: the next one is due at its time all the same.
    """

    def __init__(self, monotonic: Callable[[], float], jitter: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._jitter = jitter
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._next_probe: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether things are left alone."""
        return self._next_probe is not None

    def allows(self) -> bool:
        """Say whether to try now; while open, saying yes spends the probe."""
        if self._next_probe is None:
            return True
        now = self._monotonic()
        if now < self._next_probe:
            return False
        self._next_probe = self._after(now)
        return True

    def succeeded(self) -> None:
        """Close it if it was open; failures of a closed one count on for their second."""
        if self._next_probe is not None:
            self._next_probe = None
            self._failures.clear()

    def failed(self) -> None:
        """Count a failure and open it if there were enough."""
        now = self._monotonic()
        self._failures.append(now)
        enough = len(self._failures) == FAILURES and now - self._failures[0] <= WINDOW_S
        if enough and self._next_probe is None:
            self._next_probe = self._after(now)

    def _after(self, now: float) -> float:
        return now + PROBE_EVERY_S + JITTER_S * self._jitter()
