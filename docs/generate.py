"""Write the pages that come from the code; with --check, say which are stale and write nothing."""

import sys
from pathlib import Path

from app.api.openapi import openapi_text
from app.api.problems import errors_markdown
from app.cli import make_app
from app.cli.pages import cli_markdown
from app.cli.settings_page import settings_markdown
from app.core.features import catalogue_markdown
from app.core.rules import rules_markdown

DOCS = Path(__file__).parent


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    return {
        "cli.md": cli_markdown(make_app()),
        "errors.md": errors_markdown(),
        "features.md": catalogue_markdown(),
        "openapi.json": openapi_text(),
        "rules.md": rules_markdown(),
        "settings.md": settings_markdown(),
    }


def main() -> int:
    """Write what differs, or with --check only name it; return the exit code."""
    stale = [
        name
        for name, text in pages().items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text() != text
    ]
    if "--check" in sys.argv[1:]:
        for name in stale:
            sys.stderr.write(f"docs/{name} is stale: run make docs\n")
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(pages()[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
