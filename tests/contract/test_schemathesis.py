"""Requests that schemathesis makes of the published document are answered as published."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.access import Scope
from app.wiring import open_key_store
from tests.service_process import ServiceProcess

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
DOCUMENT = json.loads((CONFIGURATION.parents[2] / "docs" / "openapi.json").read_bytes())
METHODS = {"get", "put", "post", "patch", "delete"}
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, item in DOCUMENT["paths"].items()
    for method in item
    if method in METHODS
]
PATIENCE_S = 120  # how long a request may take on a busy machine; tests/load measures time
AT_LEAST = 200  # requests: fewer mean that the document was not read


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service with a key of all scopes, whose requests are not limited."""
    made = ServiceProcess(
        tmp_path_factory.mktemp("described"),
        ENTRY_RISK_SCORE_PER_S="1000000",
        ENTRY_RISK_BATCH_PER_S="1000000",
        ENTRY_RISK_OTHER_PER_S="1000000",
    )
    scopes = frozenset(scope.value for scope in Scope)
    with open_key_store(made.settings) as keys:
        made.key = keys.create("acme", "all", scopes)[1]
    made.set_live(made.put_bundle())
    with made:
        yield made


def look(
    service: ServiceProcess, folder: Path, examples: int, phases: str, operation: str | None = None
) -> str:
    """Return what schemathesis says of the service, or of one operation; fails on any finding."""
    command = [
        *(str(Path(sys.executable).with_name("st")), "--config-file", str(CONFIGURATION)),
        *("run", f"{service.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {service.key}"),
        *(("--include-name", operation) if operation else ()),
        *("--checks", "all", "--phases", phases, "--max-examples", str(examples)),
        *("--generation-deterministic", "--no-color", "--request-timeout", str(PATIENCE_S)),
    ]
    run = subprocess.run(
        command,
        cwd=folder,
        env=os.environ
        | {
            "COLUMNS": "200",
            "PYTHONPATH": str(CONFIGURATION.parents[2]),
            "SCHEMATHESIS_HOOKS": "tests.contract.serializers",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2000:]
    return run.stdout


def made_in(said: str) -> int:
    """Return how many requests were made, of what schemathesis says at its end."""
    (line,) = [each for each in said.splitlines() if " generated, " in each]
    return int(line.split()[0])


def failures_of(service: ServiceProcess) -> list[object]:
    """Return the errors of the service that nobody expected."""
    return list(service.events("request_failed"))


@pytest.mark.nightly
def test_what_is_answered_is_as_published(service: ServiceProcess, tmp_path: Path) -> None:
    assert made_in(look(service, tmp_path, 10, "examples,fuzzing")) > AT_LEAST
    assert failures_of(service) == []


# One operation a test: a failure names it, and a run that was cut short can go on with -k.
@pytest.mark.nightly
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_thousand_examples_of_an_operation_are_answered_as_published(
    service: ServiceProcess, tmp_path: Path, operation: str
) -> None:
    assert made_in(look(service, tmp_path, 1000, "examples,coverage,fuzzing", operation)) > 0
    assert failures_of(service) == []


@pytest.mark.nightly
def test_a_thousand_ways_from_answer_to_request_are_answered_as_published(
    service: ServiceProcess, tmp_path: Path
) -> None:
    assert made_in(look(service, tmp_path, 1000, "stateful")) > AT_LEAST
    assert failures_of(service) == []
