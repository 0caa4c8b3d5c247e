"""The columns a model uses, frozen: names in order, their meaning, and the attributes it reads."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from app.core.errors import BundleIncompatible, BundleUnreadable
from app.core.features.catalogue import FEATURES, fitted_column
from app.core.features.kinds import ColumnSpec

FORMAT = 1


class AttributeRole(StrEnum):
    """What a foreign declaration field says, for the crosses it may enter."""

    TREATMENT = "treatment"  # how duty is assessed; part of the lane field of that name
    CHANNEL = "channel"  # by which office or process it is declared
    IDENTIFIER = "identifier"  # who or which; kept, never a feature by itself


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """An attribute that entries scored by this model may carry."""

    name: str
    role: AttributeRole


@dataclass(frozen=True, slots=True)
class FeatureSchema:
    """Columns in the order of the booster, and the attributes its lanes are crossed from."""

    columns: tuple[ColumnSpec, ...]
    attributes: tuple[AttributeSpec, ...] = ()

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        attributes: Sequence[AttributeSpec] = (),
        fitted_names: Sequence[str] = (),
    ) -> "FeatureSchema":
        """Return the schema of `names`, each a feature of FEATURES or one of `fitted_names`.

        Raises BundleIncompatible for a name that is neither, or that comes twice.
        """
        known = _known_columns(fitted_names)
        missing = [name for name in names if name not in known]
        if missing or len(set(names)) != len(names):
            raise BundleIncompatible(f"features: found {missing or 'a name twice'}, wanted {_WANT}")
        return cls(tuple(known[name] for name in names), tuple(attributes))

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def treatment_attributes(self) -> tuple[str, ...]:
        """Names of the attributes that say how duty is assessed, in order."""
        return tuple(each.name for each in self.attributes if each.role is AttributeRole.TREATMENT)

    @property
    def digest(self) -> str:
        """Digest over names, groups, units, missing rules and texts, and attributes."""
        return "sha256:" + hashlib.sha256(self.to_bytes()).hexdigest()

    def check(self, fitted_names: Sequence[str] = ()) -> None:
        """Raise BundleIncompatible unless each column still means what it meant in training."""
        known = _known_columns(fitted_names)
        for column in self.columns:
            here = known.get(column.name)
            if here != column:
                raise BundleIncompatible(f"features: trained on {column}, code has {here}")

    def to_json(self) -> dict[str, Any]:
        """Return the schema as a JSON object."""
        return {
            "format": FORMAT,
            "columns": [asdict(column) for column in self.columns],
            "attributes": [asdict(attribute) for attribute in self.attributes],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "FeatureSchema":
        """Return the schema `to_json` wrote; raise BundleUnreadable for anything else."""
        try:
            if document["format"] != FORMAT:
                raise BundleUnreadable(f"feature schema: found format {document['format']}")
            return cls(
                tuple(ColumnSpec(**_texts(column)) for column in document["columns"]),
                tuple(
                    AttributeSpec(str(each["name"]), AttributeRole(each["role"]))
                    for each in document["attributes"]
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleUnreadable(f"feature schema: {error}") from error

    def to_bytes(self) -> bytes:
        """Return canonical JSON bytes."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "FeatureSchema":
        """Return the schema `to_bytes` wrote; raise BundleUnreadable for anything else."""
        try:
            return cls.from_json(json.loads(data))
        except (ValueError, TypeError) as error:
            raise BundleUnreadable(f"feature schema: {error}") from error


_WANT = "names of FEATURES or of fitted lanes, each once"


def _known_columns(fitted_names: Sequence[str]) -> dict[str, ColumnSpec]:
    known = {feature.name: feature.column for feature in FEATURES}
    known.update({name: fitted_column(name) for name in fitted_names})
    return known


def _texts(column: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in column.items()}
