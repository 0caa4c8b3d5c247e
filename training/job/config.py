"""The job's configuration: one YAML file, strict; an error names the field."""

from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.core.errors import DataRefused
from training.baseline import HOLD_SHARE, REVIEW_SHARE
from training.ingest import QUARANTINE_LIMIT
from training.labels import MINIMUM_HELD_OUT, MINIMUM_TRAINING
from training.outcomes import DENIED, SHIPPED

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Days = Annotated[int, Field(ge=1, le=3660)]


class Section(BaseModel):
    """What every part of the file is: closed, frozen, no number read from a text."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class Data(Section):
    """Where entries and outcomes come from: files, or the `ledger.jsonl` of an export."""

    entries: str | None = None
    outcomes: str | None = None
    ledger: str | None = None
    mapping: str = "canonical"
    taxonomy: str | None = None
    tenant: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.ledger is None) == (self.entries is None):
            raise ValueError("wanted either entries (with outcomes) or ledger")
        if (self.entries is None) != (self.outcomes is None):
            raise ValueError("wanted entries and outcomes together")
        return self


class Trigger(Section):
    """When there is something to do; `alarm` is a file whose being there is a drift alarm."""

    new_outcomes: Count = 500
    champion_age_days: Days = 90
    alarm: str | None = None
    cool_down_days: Count = 1


class Validate(Section):
    """Bars of the checks on data (docs/retraining.md gives their evidence)."""

    quarantine: Share = QUARANTINE_LIMIT
    leak_auroc: Annotated[float, Field(gt=0.5, le=1)] = 0.97
    psi: Annotated[float, Field(gt=0)] = 0.25
    flip_share: Share = 0.05
    user_sigma: Annotated[float, Field(gt=0)] = 3.0
    group_sigma: Annotated[float, Field(gt=0)] = 5.0
    positive_share: Share = 0.05
    rewritten: Share = 0.001


class Labels(Section):
    """Matured positives without which nothing is trained."""

    minimum_training: Count = MINIMUM_TRAINING
    minimum_held_out: Count = MINIMUM_HELD_OUT


class Split(Section):
    """Lengths of the validation block and of the final test block, in days of filing."""

    validation_days: Days = 120
    test_days: Days = 120


class Train(Section):
    """How the model is fitted: candidates of the recipe by name (none: all), first the default.

    `without` leaves out columns by the start of their names. Tuning ends after `tune_trials` or
    `tune_seconds`, whichever is first; 0 trials: none.
    """

    seed: Count = 7
    candidates: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    tune_trials: Count = 0
    tune_seconds: Count = 600


class Gates(Section):
    """Limits against the champion (specs: training, section 6)."""

    ap_absolute: Share = 0.005
    ap_relative: Share = 0.05
    slice_loss: Share = 0.05
    slice_positives: Count = 20
    alerts: Share = 0.10
    ece: Share = 0.02
    ece_top: Share = 0.05
    slope: tuple[float, float] = (0.8, 1.2)
    observed_over_expected: tuple[float, float] = (0.8, 1.25)
    reason_overlap: Share = 0.6
    burden: Annotated[float, Field(gt=0)] = 1.1
    model_bytes: Count = 20_000_000
    microseconds_a_line: Count = 20_000
    golden: str | None = None


class Policy(Section):
    """Shares of lines that the baseline policy reviews and holds: the budget."""

    review_share: Share = REVIEW_SHARE
    hold_share: Share = HOLD_SHARE


class JobConfig(Section):
    """The whole file; paths are relative to the folder it lies in."""

    label: str = DENIED
    data: Data
    runs: str = "runs"
    models: str = "models"
    keys: str = "keys"
    trigger: Trigger = Trigger()
    validation: Validate = Validate()
    labels: Labels = Labels()
    split: Split = Split()
    train: Train = Train()
    gates: Gates = Gates()
    policy: Policy = Policy()

    def part(self, name: str) -> Any:
        """Return a part of the file as plain JSON values: a section, or one value."""
        found = getattr(self, name)
        return found.model_dump(mode="json") if isinstance(found, Section) else found


T = TypeVar("T")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # the library ships no types
    """Reads plain values only, and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        if twice:
            raise yaml.YAMLError(f"found {twice} twice")
        return dict(super().construct_mapping(node, deep))


def read_config(path: Path) -> JobConfig:
    """Return the configuration in the file at `path`; raise DataRefused naming the field."""
    try:
        document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataRefused(f"{path.name}: {' '.join(str(error).split())}") from error
    try:
        return JobConfig.model_validate(_as_tuples(document))
    except ValidationError as error:
        raise DataRefused(f"{path.name}: {'; '.join(_said(error))}") from error


def _as_tuples(value: Any) -> Any:
    """YAML has lists only; what is read here is frozen."""
    if isinstance(value, dict):
        return {key: _as_tuples(each) for key, each in value.items()}
    return tuple(_as_tuples(each) for each in value) if isinstance(value, list) else value


def _said(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in each['loc']) or 'the file'}: {each['msg']}"
        for each in error.errors(include_input=False, include_url=False)
    ]


def place_of(folder: Path, name: str | None) -> Path | None:
    """Return a path of the configuration, relative ones below `folder`."""
    return None if name is None else folder / name


def taxonomy_of(folder: Path, config: JobConfig) -> Path:
    """Return the file that says what an outcome means."""
    return place_of(folder, config.data.taxonomy) or SHIPPED
