"""The page of reference tables counts the rows that are shipped."""

import re
from pathlib import Path

from app.core.reference import load_reference


def test_the_page_has_every_table_with_its_rows(repository: Path) -> None:
    page = (repository / "docs" / "reference.md").read_text()
    told = {
        name: int(rows.replace(",", ""))
        for name, rows in re.findall(r"^\| `([a-z0-9_]+)` \| ([0-9,]+) \|", page, re.MULTILINE)
    }
    assert told == {table.name: table.rows for table in load_reference().tables}
