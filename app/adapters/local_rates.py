"""Quotas of one process, in its memory."""

import time
from collections.abc import Callable

from app.core.rates import RatePolicy, Taken, take

MAX_TENANTS = 10_000  # kept at once; a quota that is whole again needs no memory


class LocalRates:
    """When each tenant's quota is whole again; `monotonic` gives seconds."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, *, max_tenants: int = MAX_TENANTS
    ) -> None:
        """Start with every quota whole."""
        self._monotonic = monotonic
        self._max_tenants = max_tenants
        self._whole_at: dict[tuple[str, str], float] = {}

    def take(self, tenant: str, policy: RatePolicy) -> Taken:
        """Ask for one request."""
        key, now = (tenant, policy.name), self._monotonic()
        whole_at, taken = take(self._whole_at.get(key), now, policy)
        self._whole_at[key] = whole_at
        if len(self._whole_at) > self._max_tenants:
            self._forget(now)
        return taken

    def note(self, tenant: str, policy: RatePolicy) -> None:
        """Count one that was granted elsewhere: beyond the quota, it is spent and no more."""
        self.take(tenant, policy)

    def __len__(self) -> int:
        """Return how many quotas are kept."""
        return len(self._whole_at)

    def _forget(self, now: float) -> None:
        """Drop the quotas that are whole, and where that is not enough those nearest to it."""
        kept = sorted(((at, key) for key, at in self._whole_at.items() if at > now), reverse=True)
        self._whole_at = {key: at for at, key in kept[: self._max_tenants // 2]}
