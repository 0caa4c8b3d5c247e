"""Libraries and features a bundle was made with, against those of the code that would serve it."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Self

from app.core.errors import BundleIncompatible
from app.core.features.catalogue import FEATURES
from app.core.features.schema import FeatureSchema
from app.core.model.manifest import FORMAT, Manifest

BINDING = ("joblib", "lightgbm", "scikit-learn")  # another version of these refuses (DESIGN.md, 6)
NOTED = ("numpy",)  # another version of these is noted


@dataclass(frozen=True, slots=True)
class Runtime:
    """Python and library versions, by distribution name."""

    python: str
    libraries: Mapping[str, str]

    @classmethod
    def current(cls) -> Self:
        """Return the versions of this process."""
        return cls(platform.python_version(), {name: version(name) for name in BINDING + NOTED})


def compare(manifest: Manifest, runtime: Runtime) -> tuple[str, ...]:
    """Return what is worth a warning: another Python minor, another NumPy.

    Raises BundleIncompatible for another format, LightGBM, scikit-learn or joblib.
    """
    if manifest.format != FORMAT:
        raise BundleIncompatible(f"found bundle format {manifest.format}, wanted {FORMAT}")
    for name in BINDING:
        made_with, here = manifest.libraries.get(name), runtime.libraries[name]
        if made_with != here:
            raise BundleIncompatible(f"made with {name} {made_with}, this server has {here}")
    notes = [
        f"made with {name} {made_with}, this server has {runtime.libraries[name]}"
        for name in NOTED
        if (made_with := manifest.libraries.get(name)) != runtime.libraries[name]
    ]
    if _minor(manifest.python) != _minor(runtime.python):
        notes.append(f"made with Python {manifest.python}, this server has {runtime.python}")
    return tuple(notes)


def compare_features(manifest: Manifest) -> None:
    """Raise BundleIncompatible unless the code means by each column what training meant."""
    here = feature_digest(manifest.feature_names)
    if here != manifest.feature_digest:
        message = f"trained on features {manifest.feature_digest[:19]}, code has {here[:19]}"
        raise BundleIncompatible(message)


def feature_digest(names: Sequence[str]) -> str:
    """Return the digest of what the code means by these columns: unit, missing rule and text.

    A name that is no feature of the code is taken for a fitted lane's; whether the lanes of the
    bundle have it is checked once they are parsed. Raises BundleIncompatible for a name that can
    be neither.
    """
    coded = {feature.name for feature in FEATURES}
    fitted = [name for name in names if name not in coded]
    return FeatureSchema.of(names, fitted_names=fitted).digest


def _minor(python: str) -> list[str]:
    return python.split(".")[:2]
