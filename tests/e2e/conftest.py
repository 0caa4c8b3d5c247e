"""One running service for all tests that do not break it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service_process import ServiceProcess


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service with a tiny bundle; tests must leave it as it is."""
    made = ServiceProcess(tmp_path_factory.mktemp("service"))
    made.set_live(made.put_bundle())
    with made:
        yield made


@pytest.fixture
def client(service: ServiceProcess) -> Iterator[httpx.Client]:
    """A client of the running service, with its key."""
    with service.client() as opened:
        yield opened


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service of the test's own, with a tiny bundle, not started."""
    made = ServiceProcess(tmp_path)
    made.set_live(made.put_bundle())
    yield made
    made.kill()
