"""Every route answers every credential as tests/access/matrix.csv says: a new route needs a row.

`python -m tests.access.rows` prints the rows as they are answered now, to be read before they are
checked in.
"""

import re
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from app.api.openapi import operations
from tests.access.cells import CREDENTIALS, LEAST_ENTRY, WITH_A_KEY, asked, rows
from tests.offices import Office, open_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


def test_every_route_is_in_the_matrix_and_nothing_else(office: Office) -> None:
    listed = [(row["method"], row["path"]) for row in rows()]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(office.routes())


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['method']} {row['path']}")
def test_a_route_answers_every_credential_as_the_matrix_says(
    office: Office, row: dict[str, str]
) -> None:
    assert list(row) == ["method", "path", *CREDENTIALS]
    found = {name: asked(office, row["method"], row["path"], name) for name in CREDENTIALS}
    assert found == {name: int(row[name]) for name in CREDENTIALS}


def test_a_route_that_needs_a_scope_opens_for_that_scope_alone() -> None:
    needed = {
        (method.upper(), path): operation.scope
        for (path, method), operation in operations().items()
    }
    for row in rows():
        scope = needed.get((row["method"], row["path"]))
        if scope is None:
            continue
        for name in CREDENTIALS:
            is_open = name in ("other", str(scope))
            refused = "401" if name not in WITH_A_KEY else "403"
            assert (row[name] != refused) if is_open else (row[name] == refused), (row, name)
            assert not row[name].startswith("5")


def test_no_secret_reaches_the_log(office: Office) -> None:
    with capture_logs() as logs:
        for name, secret in office.secrets.items():
            office.ask("POST", "/v1/score", name, LEAST_ENTRY)
            office.ask("GET", f"/v1/decisions/{secret}?key={secret}", name)
            office.submit("/", name, entry="{}")
        for name, (session, form) in office.people.items():
            office.submit("/console/suppliers", name, name="Nobody")
            office.send("/console/sign-in", name, login=name, password=session, form=form)
    told = repr(logs)
    assert "scored" in told
    secrets = [each.split("_")[-1] for each in office.secrets.values()]
    tokens = [token for both in office.people.values() for token in both]
    assert [each for each in (*secrets, *tokens) if each in told] == []


def test_no_id_of_another_tenant_opens_anything() -> None:
    for row in rows():
        if re.search("{(decision_id|key|job_id)}", row["path"]):
            assert row["other"] == "404" or row["method"] == "POST", row
