"""`entry-risk outcomes import` against a running service: row by row, told, and never twice."""

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import make_app
from tests.desks import filed, line
from tests.service_process import ServiceProcess

NUMBER = "B76-0324530-2"
HEADER = "entry_number,line_numbers,code,regime,event_at,known_at\n"
ROWS = (
    f"{NUMBER},1,detained_pending,UFLPA,2026-01-05,2026-01-06",
    f"{NUMBER},1,excluded,UFLPA,2026-01-20,2026-01-22",
    f"{NUMBER},9,excluded,UFLPA,2026-01-20,2026-01-22",
    f"{NUMBER},one,excluded,,2026-01-20,2026-01-22",
    "B76-0324599-7,1,seized,,2026-01-20,2026-01-22",
)


@pytest.fixture
def key_file(service: ServiceProcess, tmp_path: Path) -> Path:
    """The service's key in a file."""
    path = tmp_path / "key"
    path.write_text(service.key + "\n")
    return path


def run(file: Path, url: str, key_file: Path) -> Result:
    words = ["outcomes", "import", str(file), "--server", url, "--key-file", str(key_file)]
    return CliRunner().invoke(make_app(), words, catch_exceptions=False, env={"COLUMNS": "200"})


def test_outcomes_are_imported_row_by_row_and_never_twice(
    service: ServiceProcess, client: httpx.Client, key_file: Path, tmp_path: Path
) -> None:
    assert client.post("/v1/score", json=filed(NUMBER, line())).status_code == 200
    file = tmp_path / "outcomes.csv"
    file.write_text(HEADER + "\n".join([*ROWS, ""]))
    for _ in range(2):  # the second time all is replayed
        done = run(file, service.url, key_file)
        assert done.exit_code == 1
        assert "2 of 5 outcomes are recorded" in done.stderr
        assert "3 refused" in done.stdout
        assert "/line_numbers/0" in done.stdout
        kept = client.get(f"/v1/outcomes?entry_number={NUMBER}").json()["outcomes"]
        assert [each["code"] for each in kept] == ["detained_pending", "excluded"]


def test_a_whole_file_is_recorded_with_exit_code_0(
    service: ServiceProcess, client: httpx.Client, key_file: Path, tmp_path: Path
) -> None:
    number = "B76-0324531-0"
    assert client.post("/v1/score", json=filed(number, line())).status_code == 200
    file = tmp_path / "outcomes.csv"
    file.write_text(HEADER + f"{number},,examined_clear,,2026-01-20,2026-01-22\n")
    assert run(file, service.url, key_file).exit_code == 0


def test_a_service_that_is_not_there_ends_the_import(key_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text(HEADER + ROWS[0] + "\n")
    gone = run(file, "http://127.0.0.1:9", key_file)
    assert (gone.exit_code, "recorded" in gone.stderr) == (1, False)
