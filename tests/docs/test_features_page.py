"""docs/features.md is the catalogue the code prints."""

import subprocess
import sys
from pathlib import Path


def test_the_features_page_is_what_the_code_prints(repository: Path) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "app.core.features"],
        cwd=repository,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert (repository / "docs/features.md").read_text() == printed
