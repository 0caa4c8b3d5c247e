"""How much work of jobs and webhooks is kept, by state."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many jobs and deliveries are kept, by state; a state that is not there has none."""

    jobs: Mapping[str, int] = field(default_factory=dict)
    deliveries: Mapping[str, int] = field(default_factory=dict)
