"""A loaded bundle, and the one way to load it: read, verify, compare, try in a child, parse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from app.core.errors import BundleRolledBack
from app.core.features.lane import FittedLanes
from app.core.features.schema import FeatureSchema
from app.core.model.canary import Limits
from app.core.model.child import run_canary
from app.core.model.contents import Contents, parse_contents
from app.core.model.lightgbm_library import Rows
from app.core.model.manifest import Manifest
from app.core.model.runtime import Runtime, compare, compare_features
from app.core.model.signing import TrustedKeys
from app.core.model.verify import VerifiedBundle, verify_bundle

Trial = Callable[[VerifiedBundle, Limits], float]  # step 5; tests try in their own process


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A verified model in memory, safe to share between threads.

    `digest` is sha256: over the manifest, `sequence` its place in the registry. `notes` are worth
    a warning in the log: another Python minor, another NumPy.
    """

    version: str
    digest: str
    sequence: int
    manifest: Manifest
    contents: Contents
    notes: tuple[str, ...]

    def predict(self, rows: Rows) -> Rows:
        """Return raw scores (n,), log-odds, of encoded `rows` (n, f).

        One row gives the same bits as the same row among others.
        """
        return self.contents.forest.predict(rows)

    def contributions(self, rows: Rows) -> Rows:
        """Return what each column adds (n, f + 1), log-odds, base value last.

        A row sums to its raw score within 1e-6. Many times dearer than `predict`: see `leaves`.
        """
        return self.contents.forest.contributions(rows)

    @property
    def leaves(self) -> int:
        """How many leaves the trees have together, by which contributions take their time."""
        return self.contents.forest.leaves

    def probability(self, raw: float) -> float:
        """Return the calibrated probability of a raw score, in [1e-7, 1 - 1e-7].

        It rises strictly with `raw`, as far as floats and the clip can tell apart.
        """
        return self.contents.calibration.probability(raw)

    @property
    def label(self) -> str:
        """What was learnt, such as `nexus`."""
        return self.manifest.label

    @property
    def schema(self) -> FeatureSchema:
        """The columns, in order, and what they are encoded from."""
        return self.contents.schema

    @property
    def lanes(self) -> FittedLanes:
        """The frozen lane priors and value norms."""
        return self.contents.lanes

    @property
    def history(self) -> bytes | None:
        """The party history at the training cut, for `History.restore`; None without one."""
        return self.contents.history

    @property
    def reason_map(self) -> Mapping[str, str]:
        """The reason code of each column."""
        return self.contents.reason_map

    @property
    def baseline_policy(self) -> Mapping[str, Any]:
        """The cut points the bundle came with, for `Policy.from_bundle`."""
        return self.contents.baseline_policy

    @property
    def evaluation(self) -> Mapping[str, Any]:
        """What the training run measured."""
        return self.contents.evaluation

    @property
    def holdout(self) -> Mapping[str, NDArray[Any]]:
        """Scores, labels and values of the test block, by name."""
        return self.contents.holdout


def load_bundle(
    directory: Path,
    *,
    trusted: TrustedKeys,
    minimum_sequence: int = 0,
    canary: bool = True,
    limits: Limits | None = None,
) -> Bundle:
    """Return the bundle in `directory` by the load order of docs/bundle.md (blocking, seconds).

    Raises the BundleRefused family: Unreadable (1), Unsigned (2), Tampered (3), Incompatible or
    RolledBack (4), FailedCanary (5). `canary=False` leaves out the child: for a bundle that this
    very process has just written or tried.
    """
    return admit(
        verify_bundle(directory, trusted),
        minimum_sequence=minimum_sequence,
        trial=run_canary if canary else None,
        limits=limits,
    )


def admit(
    verified: VerifiedBundle,
    *,
    minimum_sequence: int = 0,
    trial: Trial | None = run_canary,
    limits: Limits | None = None,
    runtime: Runtime | None = None,
) -> Bundle:
    """Return a verified bundle as loaded: steps 4 to 6, the last from the very same bytes.

    Raises BundleIncompatible, BundleRolledBack (4), BundleFailedCanary (5).
    """
    manifest = verified.manifest
    notes = compare(manifest, runtime or Runtime.current())
    compare_features(manifest)
    if manifest.sequence < minimum_sequence:
        message = f"found sequence {manifest.sequence}, wanted at least {minimum_sequence}"
        raise BundleRolledBack(message)
    if trial is not None:
        trial(verified, limits or Limits())
    return Bundle(
        version=verified.version,
        digest=verified.digest,
        sequence=manifest.sequence,
        manifest=manifest,
        contents=parse_contents(manifest, verified.files),
        notes=notes,
    )
