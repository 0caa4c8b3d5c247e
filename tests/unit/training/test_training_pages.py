"""The pages on training and mapping name every command, option, key and field there is."""

from pathlib import Path

import pytest
from typer.main import get_command

from app.core.features.lane import FIELD_NAMES
from app.core.mapping_file import TABLES
from training.cli import DELEGATED, app
from training.outcomes import load_taxonomy

COMMANDS = get_command(app).commands  # type: ignore[attr-defined]  # a group, as it has commands


@pytest.fixture
def training(repository: Path) -> str:
    return (repository / "docs" / "training.md").read_text("utf-8")


@pytest.fixture
def mapping(repository: Path) -> str:
    return (repository / "docs" / "mapping.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_described(training: str, name: str) -> None:
    assert f"`{name}`" in training
    if name not in DELEGATED:
        options = [
            option for each in COMMANDS[name].params for option in each.opts if option != "--help"
        ]
        assert [option for option in options if f"`{option}`" not in training] == []


def test_every_outcome_is_described(training: str) -> None:
    assert [code for code in load_taxonomy() if f"`{code}`" not in training] == []


def test_every_table_and_field_of_a_mapping_is_described(mapping: str) -> None:
    assert [table for table in TABLES if f"`{table}" not in mapping] == []
    words = set(mapping.replace("`", " ").split())
    assert [name for name in FIELD_NAMES if name not in words] == []
