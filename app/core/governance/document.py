"""A policy as it is written down: cut points, overrides by segment, and what else it fixes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from app.core.audit import audit_time
from app.core.canonical import canonical_json, digest
from app.core.policy import Band, Policy

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Dimension(StrEnum):
    """What a segment is cut by; of a line each has one value, or none."""

    HS_CHAPTER = "hs_chapter"
    ORIGIN = "origin"
    ROUTE_CLASS = "route_class"
    PORT_OF_ENTRY = "port_of_entry"
    ENTRY_TYPE = "entry_type"


class Segment(NamedTuple):
    """Lines with one value in one dimension: origin CN."""

    dimension: Dimension
    value: str


class CutPoints(NamedTuple):
    """Scores, 0 to 1001, from which a line is reviewed and held; 1001: never."""

    review_at: int
    hold_at: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """What reviewers can do: hours by weekday, Monday first, and minutes an alert takes."""

    roster_hours: tuple[float, ...]
    review_minutes: float
    hold_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDocument:
    """A whole policy; `read_policy` makes it of JSON and checks it.

    Overrides are one level deep: of all that match a line the strictest counts, in whatever order,
    and the policy's own cut points only where none does. `expires_at` None: it does not expire.
    """

    cuts: CutPoints
    overrides: Mapping[Segment, CutPoints] = field(default_factory=dict)
    exploration_rate: float = 0.0
    degraded: Mapping[str, Band] = field(default_factory=dict)
    degraded_default: Band = Band.REVIEW
    capacity: Capacity | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Let nobody change it afterwards."""
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))
        object.__setattr__(self, "degraded", MappingProxyType(dict(self.degraded)))

    def cuts_of(self, segments: Iterable[Segment]) -> CutPoints:
        """Return the cut points of a line that is in these segments."""
        found = [self.overrides[each] for each in segments if each in self.overrides]
        if not found:
            return self.cuts
        return CutPoints(min(each.review_at for each in found), min(each.hold_at for each in found))

    def to_json(self) -> dict[str, Any]:
        """Return the document as JSON has it, overrides in one order."""
        capacity = self.capacity
        return {
            "review_at": self.cuts.review_at,
            "hold_at": self.cuts.hold_at,
            "overrides": [
                {
                    "segment": str(each.dimension),
                    "value": each.value,
                    **self.overrides[each]._asdict(),
                }
                for each in sorted(self.overrides)
            ],
            "exploration_rate": self.exploration_rate,
            "degraded": {group: str(band) for group, band in self.degraded.items()},
            "degraded_default": str(self.degraded_default),
            "capacity": None
            if capacity is None
            else {
                "roster_hours": dict(zip(DAYS, capacity.roster_hours, strict=True)),
                "review_minutes": capacity.review_minutes,
                "hold_minutes": capacity.hold_minutes,
            },
            "expires_at": None if self.expires_at is None else audit_time(self.expires_at),
        }

    @property
    def canonical(self) -> bytes:
        """The document's one byte string."""
        return canonical_json(self.to_json())

    @property
    def digest(self) -> str:
        """The name of exactly this policy: sha256:<64 hex digits>."""
        return digest(self.canonical)


def document_of(policy: Policy) -> PolicyDocument:
    """Return a bundle's baseline policy as a document."""
    return PolicyDocument(
        cuts=CutPoints(policy.review_at, policy.hold_at),
        exploration_rate=policy.exploration_rate,
        degraded=policy.degraded,
        degraded_default=policy.degraded_default,
    )
