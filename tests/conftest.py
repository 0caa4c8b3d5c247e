"""What all tests share: marks by folder, derandomised properties, shared data if present."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.demo_world import Made, made_in

pytest_plugins = ["tests.server_fixtures"]

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ENTRY_RISK_SHARED", ROOT.parent / "shared"))
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
# Rooms of unit tests that train or write files: slow under the tracer, and core and services are
# covered without them. Only the nightly run traces everything.
UNTRACED = frozenset({"training", "synthetic", "ablation", "history_columns", "cli", "adapters"})
FOLDER_MARKS = ("unit", "integration", "e2e", "docs", "bench")

settings.register_profile("ci", max_examples=30, derandomize=True, deadline=None, print_blob=True)
settings.register_profile("nightly", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(PROFILE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the folder it lives in, and those that are not traced."""
    for item in items:
        folder, room = item.path.relative_to(ROOT / "tests").parts[:2]
        if PROFILE != "nightly" and (folder != "unit" or room in UNTRACED):
            item.add_marker("no_cover")
        if folder in FOLDER_MARKS:
            item.add_marker(folder)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared facts and data; a test that needs them says plainly when they are absent."""
    if not SHARED.is_dir():
        pytest.skip(f"not run: shared data are not at {SHARED.name}/ beside the repository")
    return SHARED


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def demo_world(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Made:
    """The demo and its live bundle, shared by all workers: read it, never change it."""
    folder = tmp_path_factory.getbasetemp()
    return made_in((folder if worker_id == "master" else folder.parent) / "demo-world")
