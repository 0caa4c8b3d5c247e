"""One run of the job: what it was told, where its artefacts lie, and what it has read by now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from app.core.errors import DataRefused
from app.core.mapping import Mapping as ColumnMapping
from app.core.mapping import load_mapping
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys, dev_signer
from training.files import file_digest
from training.job.artefacts import read_json
from training.job.config import JobConfig, place_of, taxonomy_of
from training.outcomes import Target, load_taxonomy
from training.progress import Steps

T = TypeVar("T")

ACCEPTED = "accepted"  # beside the run folders: what the last registered run saw


@dataclass(slots=True)
class Job:
    """What every stage is given. `as_of` is the first day whose facts are not known.

    `folder` is where the configuration lies, `room` the run folder. What was read is kept in
    memory between stages and read anew, from artefacts, by a run that resumes.
    """

    config: JobConfig
    folder: Path
    as_of: date
    steps: Steps
    force: str | None = None
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> Path:
        """The folder of run folders."""
        return self.folder / self.config.runs

    @property
    def room(self) -> Path:
        """The run folder: one a day."""
        return self.runs / self.as_of.isoformat()

    @property
    def now(self) -> datetime:
        """The moment that dates the bundle: midnight UTC of the day."""
        return datetime(self.as_of.year, self.as_of.month, self.as_of.day, tzinfo=UTC)

    @property
    def models(self) -> Path:
        """The folder of bundles."""
        return self.folder / self.config.models

    @property
    def keys(self) -> Path:
        """The folder of keys."""
        return self.folder / self.config.keys

    def trusted(self) -> TrustedKeys:
        """Return the keys whose bundles are believed here; the signer's, made if there is none."""
        dev_signer(self.keys)
        return TrustedKeys.load(self.keys, allow_dev=True)

    def registry(self) -> Registry:
        """Return the registry of bundles."""
        return Registry(self.models, self.trusted())

    def path(self, stage: str, name: str) -> Path:
        """Return where an artefact of a stage lies."""
        found = sorted(self.room.glob(f"[0-9][0-9]-{stage}"))
        if not found:
            raise DataRefused(f"{stage}: found no artefacts in {self.room.name}")
        return found[0] / name

    def read(self, stage: str, name: str) -> Any:
        """Return the JSON artefact of a stage."""
        return read_json(self.path(stage, name))

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` made the first time."""
        if name not in self.memory:
            self.memory[name] = make()
        return cast(T, self.memory[name])

    def mapping(self) -> ColumnMapping:
        """Return the mapping of the entries' columns."""
        own = place_of(self.folder, self.config.data.mapping)
        name = self.config.data.mapping
        return load_mapping(str(own) if own is not None and own.is_file() else name)

    def taxonomy(self) -> dict[str, Target]:
        """Return what an outcome code means for the label."""
        return load_taxonomy(taxonomy_of(self.folder, self.config), self.config.label)

    def outside(self) -> Mapping[str, str]:
        """Return the digests of the files that entries and outcomes come from."""
        data = self.config.data
        names = [data.entries, data.outcomes, data.ledger]
        paths = [place_of(self.folder, each) for each in names]
        found = [path for path in (*paths, taxonomy_of(self.folder, self.config)) if path]
        own = place_of(self.folder, data.mapping)
        if own is not None and own.is_file():
            found.append(own)
        try:
            return {path.name: file_digest(path) for path in found}
        except OSError as error:
            raise DataRefused(f"data: {error.filename}: {error.strerror}") from error
