"""The manifest: what a bundle is, what it was made from, and the digest of every file in it."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.core.canonical import canonical_json, digest
from app.core.errors import BundleUnreadable
from app.core.model.strict_json import parse_strict

FORMAT = 1  # raised when a bundle of before can no longer be read
MOMENT = "%Y-%m-%dT%H:%M:%SZ"

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class FileNote(_Strict):
    """One file: SHA-256 of its bytes and their number."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


class SignerNote(_Strict):
    """Who signed: the key's id, and whether it is a development key."""

    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    dev: bool


class GateResult(_Strict):
    """One promotion gate as it was printed: limit and value as text, and the verdict."""

    name: ShortText
    limit: ShortText
    value: ShortText
    verdict: Literal["pass", "fail", "cannot tell"]


class Manifest(_Strict):
    """Everything the signature covers; the other files by digest.

    `trained_at` is UTC to the second. `feature_names` are the booster's columns in order, and
    `feature_digest` covers what they mean in code. `sequence` orders the bundles of one registry.
    """

    format: int
    label: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    trained_at: str
    sequence: Annotated[int, Field(ge=1)]
    files: dict[str, FileNote]
    libraries: dict[str, ShortText]
    python: ShortText
    feature_names: Annotated[tuple[ShortText, ...], Field(min_length=1)]
    feature_digest: Digest
    reference_digest: Digest
    snapshot_digest: Digest
    calibration: ShortText
    gates: tuple[GateResult, ...]
    signer: SignerNote

    @model_validator(mode="after")
    def _holds(self) -> Self:
        datetime.strptime(self.trained_at, MOMENT).replace(tzinfo=UTC)
        if len(set(self.feature_names)) != len(self.feature_names):
            raise ValueError("found a feature name twice")
        return self

    @property
    def trained_on(self) -> date:
        """The day of training, UTC."""
        return date.fromisoformat(self.trained_at[:10])

    def to_bytes(self) -> bytes:
        """Return canonical JSON: what is signed."""
        return canonical_json(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the manifest in `data`; raise BundleUnreadable for anything else."""
        parse_strict(data, "manifest.json")  # pydantic alone would take a repeated key
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = "/".join(str(part)[:40] for part in first["loc"])
            raise BundleUnreadable(f"manifest.json: {place}: {first['msg'][:200]}") from error


def version_of(manifest: Manifest, data: bytes) -> str:
    """Return the bundle's name: day of training and first 6 hex digits of the manifest's digest."""
    return f"{manifest.trained_on.isoformat()}-{digest(data).removeprefix('sha256:')[:6]}"
