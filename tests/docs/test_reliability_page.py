"""docs/reliability.md names every case of the plan once, and files that are there."""

import re
from pathlib import Path

CASES = {"R": 12, "L": 7, "M": 6, "D": 3, "S": 8, "F": 6, "A": 4, "O": 3}


def _rows(repository: Path) -> list[tuple[str, str]]:
    page = (repository / "docs" / "reliability.md").read_text()
    part = page.split("## What holds what")[1].split("\n## ")[0]
    return re.findall(r"^\| ([RLMDSFAO][\d, RLMDSFAO]*) \| (.*?) \|", part, re.M)


def test_every_case_of_the_plan_is_named_once(repository: Path) -> None:
    named = [case for cases, _ in _rows(repository) for case in cases.split(", ")]
    assert sorted(named) == sorted(
        f"{kind}{number}" for kind, last in CASES.items() for number in range(1, last + 1)
    )


def test_a_case_names_files_that_are_there_or_says_that_nothing_tries_it(repository: Path) -> None:
    for cases, told in _rows(repository):
        files = re.findall(r"`([\w/]+\.(?:py|csv))`", told)
        assert files or told.startswith("*not there*"), cases
        for name in files:
            assert (repository / "tests" / name).is_file(), (cases, name)
