"""A frozen table of what was scored and what became of it, with a digest over its bytes."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.core.errors import DataRefused
from app.core.estimates.columns import (
    NAMED,
    NUMBERS,
    REASONS,
    BandCode,
    Category,
    LabelSource,
    Outcome,
    category,
    check_names,
    numbers,
)

FORMAT = "entry-risk-snapshot-1"
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError)
_HEAD = "head"  # the member of the file that holds provenance, names and digest


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the scores of a snapshot were made with, and how fresh its outcomes are.

    Digests as the decisions carry them; `lists` name to version; `last_label` and `taken_at` ISO
    8601, empty where there is none.
    """

    model: str
    features: str
    lists: Mapping[str, str]
    last_label: str = ""
    taken_at: str = ""

    def document(self) -> dict[str, Any]:
        """Return the JSON object, keys in a fixed order."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return found | {"lists": dict(sorted(self.lists.items()))}


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """n scored entries as columns, read-only; `columns.NUMBERS` and `NAMED` say what each is.

    Missing: NaN for numbers, NaT for `arrival_at`, "" for names. Build with `of`.
    """

    score: NDArray[np.int16]
    decided_at: NDArray[np.datetime64]
    arrival_at: NDArray[np.datetime64]
    value_usd: NDArray[np.float64]
    outcome: NDArray[np.int8]
    is_mature: NDArray[np.bool_]
    label_source: NDArray[np.int8]
    is_drawn: NDArray[np.bool_]
    odds: NDArray[np.float64]
    old_band: NDArray[np.int8]
    floor: NDArray[np.int8]
    case_minutes: NDArray[np.float64]
    hold_hours: NDArray[np.float64]
    is_list_sensitive: NDArray[np.bool_]
    hs_chapter: Category
    origin: Category
    route_class: Category
    port: Category
    entry_type: Category
    importer: Category
    importer_size: Category
    broker: Category
    known_bad: Category
    known_bad_id: Category
    reasons: Category
    provenance: Provenance
    digest: str

    def __len__(self) -> int:
        return len(self.score)

    @classmethod
    def of(cls, columns: Mapping[str, Any], provenance: Provenance) -> Self:
        """Return a snapshot of plain arrays; names as sequences of text or as Category.

        Raises DataRefused, naming the column.
        """
        check_names(columns)
        arrays = {each.name: numbers(each, columns[each.name]) for each in NUMBERS}
        names = {
            name: category(name, columns[name], width=REASONS if name == "reasons" else None)
            for name in NAMED
        }
        _check_lengths(arrays, names)
        _check_sense(arrays)
        digest = _digest(arrays, names, provenance)
        found: dict[str, Any] = {**arrays, **names}
        return cls(**found, provenance=provenance, digest=digest)

    def save(self, path: Path) -> None:
        """Write the snapshot to `path` as .npz, without pickles."""
        head = {
            "format": FORMAT,
            "digest": self.digest,
            "provenance": self.provenance.document(),
            "names": {name: getattr(self, name).names for name in NAMED},
        }
        members = {each.name: getattr(self, each.name) for each in NUMBERS}
        members |= {name: getattr(self, name).codes for name in NAMED}
        members[_HEAD] = np.frombuffer(json.dumps(head).encode(), np.uint8)
        with path.open("wb") as file:
            np.savez(file, **members)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the snapshot at `path`.

        Raises DataRefused for another file, or one whose bytes are not those of its digest.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
                members = {name: found[name] for name in found.files}
            head = json.loads(members.pop(_HEAD).tobytes())
            columns = {
                name: Category(values, tuple(head["names"][name])) if name in NAMED else values
                for name, values in members.items()
            }
            digest, provenance = head["digest"], Provenance(**head["provenance"])
        except (*_UNREADABLE, zipfile.BadZipFile) as error:
            raise DataRefused(f"snapshot {path.name}: found no file of {FORMAT}") from error
        snapshot = cls.of(columns, provenance)
        if snapshot.digest != digest:
            raise DataRefused(f"snapshot {path.name}: found {snapshot.digest}, wanted {digest}")
        return snapshot


def _check_lengths(arrays: Mapping[str, NDArray[Any]], names: Mapping[str, Category]) -> None:
    wanted = len(arrays["score"])
    lengths = {name: len(array) for name, array in arrays.items()}
    lengths |= {name: len(found.codes) for name, found in names.items()}
    for name, length in lengths.items():
        if length != wanted:
            raise DataRefused(f"column {name}: found {length} rows, wanted {wanted} as in score")


def _check_sense(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse what contradicts itself across columns."""
    drawn, pending = arrays["is_drawn"], arrays["outcome"] == Outcome.PENDING
    for name, wrong, why in (
        ("odds", drawn & (arrays["odds"] == 0), "drawn rows without odds"),
        (
            "is_drawn",
            drawn & (arrays["old_band"] != BandCode.RELEASE),
            "draws of rows not released",
        ),
        (
            "label_source",
            pending != (arrays["label_source"] == LabelSource.NONE),
            "outcomes without a source, or sources without an outcome",
        ),
    ):
        if wrong.any():
            raise DataRefused(f"column {name}: found {int(wrong.sum())} {why}, wanted none")


def _digest(
    arrays: Mapping[str, NDArray[Any]], names: Mapping[str, Category], provenance: Provenance
) -> str:
    """Return the SHA-256 over format, provenance, and every column with its name and type."""
    found = hashlib.sha256()
    heads: list[tuple[str, Any, NDArray[Any]]] = [
        (name, str(array.dtype), array) for name, array in arrays.items()
    ]
    heads += [(name, list(each.names), each.codes) for name, each in names.items()]
    found.update(json.dumps([FORMAT, provenance.document(), len(arrays["score"])]).encode())
    for name, kind, array in heads:
        found.update(json.dumps([name, kind]).encode())
        found.update(np.ascontiguousarray(array).view(np.uint8).data)
    return f"sha256:{found.hexdigest()}"
