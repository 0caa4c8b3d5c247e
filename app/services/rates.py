"""Limits by tenant: shared by all processes where they can ask one another, a share each else."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from app.core.rates import RatePolicy, Taken
from app.core.refusals import RateExceeded


class SharedRates(Protocol):
    """Quotas that all processes draw from."""

    @property
    def processes(self) -> int:
        """How many processes were last known to draw, at least 1."""
        ...

    async def take(self, tenant: str, policy: RatePolicy) -> Taken | None:
        """Ask for one request; None where nobody answers in time. Raises nothing."""
        ...


class OwnRates(Protocol):
    """Quotas of this process alone."""

    def take(self, tenant: str, policy: RatePolicy) -> Taken:
        """Ask for one request."""
        ...

    def note(self, tenant: str, policy: RatePolicy) -> None:
        """Count one that was granted elsewhere, so that taking over begins with no second burst."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Under which policy a request was counted, and how its tenant stands after it."""

    policy: RatePolicy
    taken: Taken

    @property
    def is_admitted(self) -> bool:
        """Whether it passed."""
        return self.taken.granted > 0

    def policy_header(self) -> str:
        """Return RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10): quota and window."""
        return f'"{self.policy.name}";q={self.policy.burst};w={self.policy.window_s}'

    def header(self) -> str:
        """Return RateLimit (same draft): what remains, and seconds until it is whole again."""
        return f'"{self.policy.name}";r={self.taken.remaining};t={ceil(self.taken.whole_in_s)}'

    def refusal(self) -> RateExceeded:
        """Return the refusal of one that did not pass."""
        limit = f"{self.policy.burst} requests in {self.policy.window_s} s"
        return RateExceeded(
            f"found more, wanted at most {limit}", retry_after_s=ceil(self.taken.retry_in_s)
        )


class Rates:
    """The limits of every tenant; without anyone to share with, this process counts alone."""

    def __init__(
        self, policies: Mapping[str, RatePolicy], own: OwnRates, shared: SharedRates | None = None
    ) -> None:
        """Hold one policy for each kind of request."""
        self._policies = policies
        self._own = own
        self._shared = shared

    async def admit(self, tenant: str, kind: str) -> Standing:
        """Count one request as `count` does; raises RateExceeded beyond the limit."""
        standing = await self.count(tenant, kind)
        if not standing.is_admitted:
            raise standing.refusal()
        return standing

    async def count(self, tenant: str, kind: str) -> Standing:
        """Count one request of `kind` (a key of the policies) and return how the tenant stands.

        Never unlimited: where the shared quotas do not answer, this process grants its share.
        """
        policy = self._policies[kind]
        if self._shared is None:
            return Standing(policy, self._own.take(tenant, policy))
        share = policy.shared_by(self._shared.processes)
        taken = await self._shared.take(tenant, policy)
        if taken is None:
            return Standing(share, self._own.take(tenant, share))
        if taken.granted:
            self._own.note(tenant, share)
        return Standing(policy, taken)
