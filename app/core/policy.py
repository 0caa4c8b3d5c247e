"""From score to band: cut points, floors that only raise, and the exploration draw."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from app.core.entry import Entry
from app.core.errors import BundleUnreadable, InvalidField
from app.core.scale import MAX_SCORE

DRAW_BITS = 64
_DRAW_RANGE = 1 << DRAW_BITS


class Band(StrEnum):
    """What is done with a line or entry, in order: release < review < hold."""

    RELEASE = "release"
    REVIEW = "review"
    HOLD = "hold"

    @property
    def strictness(self) -> int:
        """0 for release, 1 for review, 2 for hold."""
        return _STRICTNESS[self]


_STRICTNESS = {Band.RELEASE: 0, Band.REVIEW: 1, Band.HOLD: 2}


def strictest(bands: Iterable[Band]) -> Band:
    """Return the strictest of `bands`; release of none."""
    return max(bands, key=lambda band: band.strictness, default=Band.RELEASE)


class FloorKind(StrEnum):
    """Why a band may not be milder than some band, whatever the score."""

    SCREENING = "screening"
    RULE = "rule"
    RESUBMISSION = "resubmission"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class Floor:
    """A band that may not be gone below, and why."""

    kind: FloorKind
    band: Band


@dataclass(frozen=True, slots=True)
class Policy:
    """Cut points on the 0 to 1000 score, and what to do when part of the evidence is missing.

    A score at a cut point is in the stricter band. `exploration_rate` is the share of entries
    under the review line that are drawn for a document check, in [0, 1]. `degraded` maps a group
    of evidence to the mildest band while it is missing; `degraded_default` is for all others.
    """

    review_at: int
    hold_at: int
    version: int = 0
    source: str = "bundle"
    exploration_rate: float = 0.0
    degraded: Mapping[str, Band] = field(default_factory=dict)
    degraded_default: Band = Band.REVIEW

    def __post_init__(self) -> None:
        """Refuse cut points that are no integers, out of range or out of order."""
        for name in ("review_at", "hold_at"):
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= MAX_SCORE + 1:
                message = f"found {value!r}, wanted an integer from 0 to {MAX_SCORE + 1}"
                raise InvalidField(name, "invalid_cut_point", message)
        if self.review_at > self.hold_at:
            message = f"found review_at {self.review_at} above hold_at {self.hold_at}"
            raise InvalidField("hold_at", "cut_points_out_of_order", message)
        if not 0 <= self.exploration_rate <= 1:
            message = f"found {self.exploration_rate}, wanted a share from 0 to 1"
            raise InvalidField("exploration_rate", "out_of_range", message)
        object.__setattr__(self, "degraded", MappingProxyType(dict(self.degraded)))

    @classmethod
    def from_bundle(cls, document: Mapping[str, Any]) -> Self:
        """Return the baseline policy a bundle carries: version 0, source `bundle`.

        Raises BundleUnreadable for a document that is not a policy.
        """
        try:
            degraded = {group: Band(band) for group, band in document.get("degraded", {}).items()}
            return cls(
                review_at=document["review_at"],
                hold_at=document["hold_at"],
                exploration_rate=float(document.get("exploration_rate", 0.0)),
                degraded=degraded,
                degraded_default=Band(document.get("degraded_default", Band.REVIEW)),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BundleUnreadable(f"baseline policy: {error}") from error

    def band_of(self, score: int) -> Band:
        """Return the model's band: a higher score is never treated more mildly."""
        if score >= self.hold_at:
            return Band.HOLD
        return Band.REVIEW if score >= self.review_at else Band.RELEASE

    def degraded_floor(self, groups: Iterable[str]) -> Floor | None:
        """Return the floor while evidence of `groups` is missing; None where none is."""
        bands = [self.degraded.get(group, self.degraded_default) for group in groups]
        return Floor(FloorKind.DEGRADED, strictest(bands)) if bands else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The band, the model's own band, and the floors that raised it (empty where none did)."""

    band: Band
    model_band: Band
    floors: tuple[Floor, ...]


def decide(score: int, policy: Policy, floors: Iterable[Floor] = ()) -> Verdict:
    """Return the strictest of the model's band and the floors; the score is never altered."""
    model_band = policy.band_of(score)
    raising = tuple(each for each in floors if each.band.strictness > model_band.strictness)
    return Verdict(strictest([model_band, *(each.band for each in raising)]), model_band, raising)


@dataclass(frozen=True, slots=True)
class Draw:
    """The exploration draw of one shipment: drawn or not, and the odds it was drawn with."""

    drawn: bool
    odds: float


def draw_exploration(*, key: bytes, tenant: str, fingerprint: str, band: Band, rate: float) -> Draw:
    """Return the draw of a shipment: the same goods always draw the same, so none can re-roll.

    HMAC-SHA256 under `key` of tenant and fingerprint, as a fraction of 1, below `rate`. Only
    released entries are drawn: others are looked at anyway and have odds 0.
    """
    if band is not Band.RELEASE or rate <= 0:
        return Draw(drawn=False, odds=0.0)
    message = f"{tenant}\x1f{fingerprint}".encode()
    number = int.from_bytes(hmac.new(key, message, hashlib.sha256).digest()[: DRAW_BITS // 8])
    return Draw(drawn=number < rate * _DRAW_RANGE, odds=rate)


def shipment_fingerprint(entry: Entry, decision_id: str) -> str:
    """Return what stays the same when goods are entered again: bills, else containers.

    Without either the entry number; a sparse draft with none of them draws on its decision id.
    """
    for kind, values in (("bill", entry.bills_of_lading), ("container", entry.containers)):
        if values:
            return f"{kind}:" + "\x1f".join(sorted({value.strip().upper() for value in values}))
    if entry.entry_number is not None:
        return f"entry:{entry.entry_number}"
    return f"decision:{decision_id}"
