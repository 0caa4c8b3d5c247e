"""The configuration is closed, and an error names the field."""

from pathlib import Path

import pytest

from app.core.errors import DataRefused
from training.job.config import place_of, read_config, taxonomy_of
from training.outcomes import SHIPPED

GOOD = "data:\n  entries: lines.csv\n  outcomes: outcomes.csv\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "retrain.yaml"
    path.write_text(text)
    return path


def test_what_is_not_said_has_the_documented_default(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    assert config.label == "denied"
    assert config.labels.minimum_training == 200
    assert config.validation.psi == 0.25
    assert config.part("split") == {"validation_days": 120, "test_days": 120}
    assert config.part("label") == "denied"
    assert taxonomy_of(tmp_path, config) == SHIPPED


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("labels: {minimum_training: many}", "labels.minimum_training"),
        ("labels: {minimum: 3}", "labels.minimum: Extra"),
        ("gates: {slope: [0.8]}", "gates.slope"),
        ("gates: {slope: [.nan, 1.2]}", "gates.slope.0"),
        ("validation: {quarantine: 2}", "validation.quarantine"),
        ("train: {seed: '7'}", "train.seed"),
        ("surprise: 1", "surprise"),
        ("label: a\nlabel: b", r"\['label'\] twice"),
        ("labels: [", "retrain.yaml"),
        ("runs: !!python/name:os.system x", "retrain.yaml"),
    ],
)
def test_an_error_names_the_field(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(DataRefused, match=said):
        read_config(write(tmp_path, GOOD + more + "\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data: {}", "either entries"),
        ("data: {entries: a, outcomes: b, ledger: c}", "either entries"),
        ("data: {entries: a}", "together"),
        ("data: {ledger: c, outcomes: b}", "together"),
        ("", "the file"),
    ],
)
def test_data_come_from_one_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataRefused, match=said):
        read_config(write(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="No such file"):
        read_config(tmp_path / "none.yaml")


def test_paths_are_relative_to_the_configuration(tmp_path: Path) -> None:
    assert place_of(tmp_path, "a/b") == tmp_path / "a/b"
    assert place_of(tmp_path, None) is None
