"""docs/synthetic.md speaks of every switch, shift, claim and invented part of the world."""

from pathlib import Path

import pytest

from training.ablation.columns import COLUMN_SETS, RELATIONS
from training.synthetic.plan import SHIFTS, Mechanisms
from training.synthetic.tables import read_table


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "synthetic.md").read_text("utf-8")


@pytest.mark.parametrize("name", Mechanisms.names())
def test_every_mechanism_has_a_row(page: str, name: str) -> None:
    assert f"\n| `{name}` |" in page


def test_every_shift_claim_and_column_set_is_on_the_page(page: str) -> None:
    for name in SHIFTS:
        assert f"`{name}`" in page
    for row in read_table("published"):
        assert f"| {row['claim']}: {row['part']}" in page
    for each in COLUMN_SETS:
        assert f"| {each.name} |" in page
    for relation in RELATIONS:
        assert (
            f"| `{relation.mechanism}` | {relation.column_set.removeprefix('without ')} |" in page
        )
