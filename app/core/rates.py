"""How often a tenant may ask: the generic cell rate algorithm (GCRA, ITU-T I.371, 2004) in plain.

A tenant's whole state is one number: the moment at which its quota will be whole again. What is
asked steadily passes at `per_s`; after a rest, up to `burst` pass at once, and no window of any
start sees more than `burst` plus its length times `per_s`.
"""

from dataclasses import dataclass, replace
from math import ceil, floor

SLACK = 1e-9  # of a request: what rounding may cost nobody


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """At most `burst` requests at once and `per_s` a second in the long run; both above 0."""

    name: str
    per_s: float
    burst: int

    @property
    def interval_s(self) -> float:
        """Seconds after which one more may pass."""
        return 1 / self.per_s

    @property
    def window_s(self) -> int:
        """Seconds in which a spent quota is whole again, rounded up."""
        return max(1, ceil(self.burst / self.per_s))

    def shared_by(self, processes: int) -> "RatePolicy":
        """Return the part of one of so many processes, which cannot ask one another."""
        return replace(
            self, per_s=self.per_s / processes, burst=max(1, floor(self.burst / processes))
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request for quota: how many were granted, and how the tenant stands.

    `remaining` is how many more would pass now; `whole_in_s` when the quota is whole again;
    `retry_in_s` when one would pass, 0 where one would now.
    """

    granted: int
    remaining: int
    whole_in_s: float
    retry_in_s: float

    def place(self, at: int) -> "Taken":
        """Return what the one in place `at`, from 0, of those asked for together gets."""
        return replace(self, granted=int(at < self.granted))


def take(
    whole_at: float | None, now: float, policy: RatePolicy, wanted: int = 1
) -> tuple[float, Taken]:
    """Return the new `whole_at` and what of `wanted` was granted; the first may be.

    `whole_at` and `now` are seconds of one clock; None is a tenant not seen before. A state further
    ahead than any that could have come about is cut back: a clock went back, and nobody waits for
    it to catch up.
    """
    interval, depth = policy.interval_s, policy.burst * policy.interval_s
    start = now if whole_at is None else min(max(whole_at, now), now + depth)
    granted = min(wanted, floor((now + depth - start) / interval + SLACK))
    end = start + granted * interval
    left = (now + depth - end) / interval + SLACK
    retry_in_s = 0.0 if left >= 1 else (1 - left) * interval
    return end, Taken(granted, max(0, floor(left)), end - now, retry_in_s)
