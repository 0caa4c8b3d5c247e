"""The house as it is written down: sizes, words, locks, containers, and contracts that bite."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = ("app", "training")
LONGEST_FILE = 350  # lines; CONTRIBUTING.md
LONGEST_FUNCTION = 40  # lines without signature and docstring; CONTRIBUTING.md
LONGER = {  # and why
    "app/adapters/migrations/control/v0005_policies.py:_make_changes": "tables, no steps",
    "app/adapters/migrations/jobs/v0001_jobs.py:upgrade": "tables, no steps",
    "app/api/jobs_schema.py:job_operations": "a table of routes",
    "app/api/meta_schema.py:meta_operations": "a table of routes",
    "app/api/openapi.py:operations": "a table of routes",
    "app/api/reference_examples.py:import_example": "one document",
    "app/api/reference_schema.py:reference_operations": "a table of routes",
    "app/api/webhooks_schema.py:webhook_operations": "a table of routes",
    "app/core/document/example.py:example_entry": "one document",
    "training/learn.py:learn": "the steps of a run in their order",
    "training/synthetic/world.py:make_world": "the steps of a world in their order, one draw each",
}


def _sources(repository: Path) -> Iterator[Path]:
    for room in SOURCES:
        yield from sorted((repository / room).rglob("*.py"))


def _tracked(repository: Path) -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command,
        cwd=repository,
        capture_output=True,
        check=True,
    ).stdout
    paths = [repository / name for name in listed.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_source_file_is_above_350_lines(repository: Path) -> None:
    long = {
        str(path.relative_to(repository)): lines
        for path in _sources(repository)
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_function_is_above_40_lines_without_a_reason(repository: Path) -> None:
    long = {
        f"{path.relative_to(repository)}:{name}"
        for path in _sources(repository)
        for name, lines in _bodies(ast.parse(path.read_text()))
        if lines > LONGEST_FUNCTION
    }
    assert long == set(LONGER)


def _bodies(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each function's name and its lines, signature and docstring left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            steps = node.body[ast.get_docstring(node) is not None :]
            yield node.name, node.end_lineno - steps[0].lineno + 1 if steps else 0


def test_every_public_name_is_documented(repository: Path) -> None:
    bare = []
    for path in _sources(repository):
        tree = ast.parse(path.read_text())
        if ast.get_docstring(tree) is None and "migrations/versions" not in str(path):
            bare.append(f"{path.relative_to(repository)}: module")
        bare += [f"{path.relative_to(repository)}: {name}" for name in _undocumented(tree)]
    assert bare == []


def _undocumented(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None:
                yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from _undocumented(node, f"{prefix}{node.name}.")


def test_no_module_has_a_name_that_says_nothing(repository: Path) -> None:
    refused = {"utils", "helpers", "common", "manager", "base", "misc"}
    assert [path for path in _sources(repository) if path.stem in refused] == []


def test_locks_hold_names_versions_and_hashes_and_no_address(repository: Path) -> None:
    for lock in sorted(repository.glob("requirements*.lock")):
        text = lock.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        pins = re.findall(r"^([a-z0-9][\w.\-\[\]]*)==", text, re.M | re.I)
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)
    assert not (repository / "uv.lock").exists()


def test_the_container_installs_what_serving_and_its_extras_need(repository: Path) -> None:
    dockerfile = (repository / "Dockerfile").read_text()
    assert re.findall(r"-r (\S+)", dockerfile) == ["requirements.lock"]
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    extras = re.search(
        r"--extra [^\n]* -o requirements\.lock", (repository / "Makefile").read_text()
    )
    assert extras is not None
    locked = set(re.findall(r"--extra (\S+)", extras[0]))
    assert {"oidc"} <= locked <= set(project["optional-dependencies"])
    of_extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(each for name in locked for each in of_extras[name])]
    pins, dev = (_pins(repository / f"requirements{end}.lock") for end in ("", "-dev"))
    assert {_name(each) for each in (*wanted, *of_extras["parquet"])} - set(pins) == set()
    assert {name: pin for name, pin in pins.items() if dev.get(name) != pin} == {}


def _name(requirement: str) -> str:
    """Return the package of a requirement: `uvicorn[standard]>=0.34` is of uvicorn."""
    return re.split(r"[\[<>=!~ ]", requirement)[0].lower()


def _pins(lock: Path) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9][\w.\-]*)(?:\[[^\]]*\])?==(\S+)", lock.read_text(), re.M)
    return dict(found)


def test_no_tracked_file_names_a_machine_path_or_an_index(repository: Path) -> None:
    places = re.compile(
        r"(?<![\w.])/(?:work|root|farm)/|index-url\s*=|https?://[^ ]*(?:pypi|simple/)"
    )
    guilty = []
    for path in _tracked(repository):
        if path == Path(__file__) or path.suffix in {".svg", ".png"}:
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        guilty += [
            f"{path.relative_to(repository)}:{number}"
            for number, row in enumerate(text.splitlines(), 1)
            if places.search(row)
        ]
    assert guilty == []


def test_no_tracked_file_holds_a_secret(repository: Path) -> None:
    secret = re.compile(
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{20}"
        r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abprs]-[A-Za-z0-9-]{10}"
        r"|\bglpat-[\w-]{20}|\berk_[A-Za-z0-9]{8}_[A-Za-z0-9]{20}"
        r"|\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}"
    )
    guilty = []
    for path in _tracked(repository):
        found = secret.search(path.read_text(errors="replace"))
        if found and not re.fullmatch(r"(.)\1*", found[0].rpartition("_")[2]):
            guilty.append(f"{path.relative_to(repository)}: {found[0][:12]}...")
    assert guilty == []


def test_the_container_has_two_stages_no_root_and_no_training(repository: Path) -> None:
    dockerfile = (repository / "Dockerfile").read_text()
    assert len(re.findall(r"^FROM ", dockerfile, re.M)) == 2
    last = dockerfile.rsplit("\nFROM ", 1)[1]
    user = re.search(r"^USER (\S+)", last, re.M)
    assert user is not None
    assert user[1] not in {"root", "0"}
    copied = re.findall(r"^COPY (?!--from)(\S+)", last, re.M)
    assert copied == ["app/", "models/"]
    assert "--require-hashes" in dockerfile
    ignored = (repository / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert "!training/" not in ignored


def test_every_make_target_is_explained_and_in_the_readme(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text()
    readme = (repository / "README.md").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.M)) - {"docs-check"}
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.M))
    assert targets == explained
    assert {target for target in targets if f"`make {target}`" not in readme} == set()


def test_ci_calls_make_and_make_ci_includes_the_tests(repository: Path) -> None:
    assert "make ci" in (repository / ".ci" / "run").read_text()
    needs = re.search(r"^ci:([^#]*)", (repository / "Makefile").read_text(), re.M)
    assert needs is not None
    assert {"lint", "types", "imports", "test"} <= set(needs[1].split())


# Each plants one line in a copy of the tree and names the contract that has to catch it.
HOUSE = "The house: main and cli over rooms over services and adapters over core"
PURE = "Core is pure: no web, no Redis, no database, no data frames, no logging"
SETTINGS = "Only main, cli and wiring read settings"
PLANTED = {
    "core imports the web": ("app/core/policy.py", "import fastapi", PURE),
    "core imports a database": ("app/core/entry.py", "import sqlalchemy", PURE),
    "core imports a service": ("app/core/policy.py", "import app.services.ports", HOUSE),
    "services import an adapter": ("app/services/ports.py", "import app.adapters", HOUSE),
    "api imports the console": ("app/api/__init__.py", "import app.console", HOUSE),
    "an adapter reads settings": ("app/adapters/__init__.py", "import app.settings", SETTINGS),
    "services import the web": (
        "app/services/ports.py",
        "import starlette",
        "Services know no adapter, no web and no database",
    ),
    "training imports a service": (
        "training/__init__.py",
        "import app.services",
        "Training knows the core and nothing else of app",
    ),
    "app imports training": (
        "app/services/ports.py",
        "import training",
        "The application never imports training",
    ),
    "a stray module appears": ("app/utils.py", "import json", None),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_import_contracts_catch_planted_violations(
    planted: str, repository: Path, tmp_path: Path
) -> None:
    name, line, contract = PLANTED[planted]
    for room in SOURCES:
        shutil.copytree(
            repository / room,
            tmp_path / room,
            ignore=shutil.ignore_patterns("__pycache__", "*.csv"),
        )
    shutil.copy(repository / "pyproject.toml", tmp_path)
    target = tmp_path / name
    target.write_text((target.read_text() if target.exists() else "") + f"\n{line}  # planted\n")
    broken = _lint_imports(tmp_path)
    assert broken.returncode != 0, broken.stdout
    if contract is None:  # exhaustive layers refuse the tree before any contract is checked
        assert "app.utils" in broken.stdout
    else:
        assert f"{contract} BROKEN" in broken.stdout


def test_import_contracts_are_kept(repository: Path) -> None:
    kept = _lint_imports(repository)
    assert kept.returncode == 0, kept.stdout


def _lint_imports(where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--no-cache",
        ],
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(where), "PATH": "/usr/bin:/bin"},
    )
