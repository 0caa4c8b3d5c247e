"""The pages of jobs and webhooks name every field, state, route and limit that is served."""

import re
from pathlib import Path

import pytest

from app.api.jobs_schema import job_schema
from app.api.routes import API_ROUTES
from app.api.webhooks_schema import webhook_operations
from app.core.jobs import CHUNK_ENTRIES, JobState
from app.core.webhooks import RETRY_AFTER_S, DeliveryState
from app.services.jobs import MAX_RESULTS
from app.settings import Settings


@pytest.fixture(scope="module")
def jobs_page(repository: Path) -> str:
    return (repository / "docs" / "jobs.md").read_text()


@pytest.fixture(scope="module")
def webhooks_page(repository: Path) -> str:
    return (repository / "docs" / "webhooks.md").read_text()


def test_fields_and_states_of_a_job_are_on_its_page(jobs_page: str) -> None:
    for name in job_schema()["properties"]:
        assert f'"{name}"' in jobs_page
    for state in JobState:
        assert f"`{state}`" in jobs_page


def test_limits_of_jobs_are_those_of_the_code(jobs_page: str) -> None:
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    for said in (
        f"`MAX_JOB_BODY_MIB`\n({defaults['max_job_body_mib']} MiB)",
        f"`MAX_JOB_ENTRIES` ({defaults['max_job_entries']:,})",
        f"`MAX_OPEN_JOBS` ({defaults['max_open_jobs']})",
        f"`JOBS_SHARE_PERCENT` ({defaults['jobs_share_percent']})",
        f"`JOBS_KEEP_DAYS` ({defaults['jobs_keep_days']})",
        f"1 to {MAX_RESULTS}",
        f"one chunk of\n{CHUNK_ENTRIES} entries",
    ):
        assert said in jobs_page


def test_routes_of_webhooks_and_their_schedule_are_on_their_page(webhooks_page: str) -> None:
    for route in API_ROUTES:
        if route.path.startswith("/v1/webhooks"):
            assert f"`{route.method} {route.path}`" in webhooks_page
    units = {"s": 1, "min": 60, "h": 3600}
    said = re.search(r"tried again after about (.*?), each", webhooks_page, re.DOTALL)
    assert said is not None
    found = re.findall(r"(\d+) (s|min|h)\b", said[1])
    assert tuple(int(number) * units[unit] for number, unit in found) == RETRY_AFTER_S
    assert f"state={DeliveryState.DEAD}" in webhooks_page


def test_fields_of_jobs_and_webhooks_are_in_the_glossary(repository: Path) -> None:
    known = set(re.findall(r"`([a-z_]+)`", (repository / "docs" / "glossary.md").read_text()))
    fields = set(job_schema()["properties"])
    for operation in webhook_operations().values():
        fields |= set((operation.answer or {}).get("properties", {}))
    fields -= {"next", "webhooks", "deliveries"}
    assert fields - known == set()
