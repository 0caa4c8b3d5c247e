from pathlib import Path

import pytest

from app.core.errors import BundleRefused
from app.core.model.files import CAPS
from app.core.model.manifest import Manifest
from app.core.model.registry import LIVE, SERVED

MIB = 1 << 20


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "bundle.md").read_text()


@pytest.mark.parametrize(("name", "cap"), CAPS.items())
def test_every_file_of_a_bundle_is_on_its_page_with_its_cap(page: str, name: str, cap: int) -> None:
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    sizes = {f"{cap // MIB} MiB", f"{cap // 1024} KiB", f"{cap} bytes"}

    assert row.rsplit("|", 2)[1].strip() in sizes


@pytest.mark.parametrize("field", Manifest.model_fields)
def test_every_manifest_field_is_on_the_page(page: str, field: str) -> None:
    assert f"\n| `{field}` |" in page


@pytest.mark.parametrize("refusal", BundleRefused.__subclasses__())
def test_every_refusal_is_in_the_load_order(page: str, refusal: type[BundleRefused]) -> None:
    assert f"| `{refusal.code}` |" in page


@pytest.mark.parametrize("note", [LIVE, SERVED])
def test_every_note_of_the_registry_is_on_the_page(page: str, note: str) -> None:
    assert f"\n| `{note}` |" in page
