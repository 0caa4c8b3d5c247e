"""Lists under a running service: activated over HTTP or beside it, no request lost, no 5xx."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.access import Scope
from app.wiring import open_key_store, reference_store
from tests.desks import NUMBERS, entry, filed, line, run, until
from tests.reference_packs import write_pack
from tests.reference_shelf import AS_OF, CAMEL, COTTON, LIST, MOMENT, uflpa
from tests.service_process import ServiceProcess

COTTON_LINE = line(manufacturer={"name": COTTON, "country": "CN"})


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service that begins with a list of one."""
    tables = write_pack(tmp_path / "tables", entities=[CAMEL])
    made = ServiceProcess(tmp_path, ENTRY_RISK_REFERENCE_DIR=str(tables))
    made.set_live(made.put_bundle())
    with made:
        yield made


def admin(service: ServiceProcess) -> httpx.Client:
    """Return a client that may change lists; close it."""
    scopes = frozenset({Scope.LIST_ADMIN.value, Scope.DECISION_READ.value})
    with open_key_store(service.settings) as keys:
        secret = keys.create("acme", "lists", scopes)[1]
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.Client(base_url=service.url, headers=headers, timeout=60)


def staged(client: httpx.Client, data: bytes = LIST) -> httpx.Response:
    return client.post(
        "/v1/reference/imports",
        params={"kind": "uflpa", "as_of": AS_OF.isoformat()},
        content=data,
        headers={"Content-Type": "text/csv"},
    )


def test_a_list_is_activated_under_load_and_no_answer_is_half_of_each(
    serving: ServiceProcess,
) -> None:
    answers: list[httpx.Response] = []
    stop = threading.Event()

    def score_on() -> None:
        with serving.client() as client:
            while not stop.is_set():
                answers.append(client.post("/v1/score", json=entry(COTTON_LINE)))

    with serving.client() as client, admin(serving) as lists:
        filing = filed(NUMBERS[0], COTTON_LINE, arrival_date="2026-11-16")
        decision_id = client.post("/v1/score", json=filing).json()["decision_id"]
        load = threading.Thread(target=score_on)
        load.start()
        made = staged(lists)
        assert made.status_code == 201, made.text
        document = made.json()
        touched = [each["decision_id"] for each in document["rehearsal"]["entries"]]
        assert touched == [decision_id]
        path = made.headers["location"]
        tag = {"If-Match": made.headers["etag"]}
        done = lists.post(f"{path}/activate", headers=tag)
        assert done.status_code == 200, done.text
        assert [each["decision_id"] for each in done.json()["notices"]] == [decision_id]
        last = client.post("/v1/score", json=entry(COTTON_LINE)).json()
        stop.set()
        load.join()
        assert lists.post(f"{path}/activate", headers=tag).json() == done.json()
        meta = client.get("/v1/meta").json()["reference"]
    assert last["reference"]["digest"] == meta["digest"] == document["after"]["digest"]
    assert last["band"] == "hold"
    assert {each.status_code for each in answers} == {200}
    for each in answers:
        told: dict[str, Any] = each.json()
        is_new = told["reference"]["digest"] == document["after"]["digest"]
        assert bool(told["screening"]) is is_new


def test_a_running_service_follows_a_version_activated_beside_it_and_survives_its_damage(
    serving: ServiceProcess,
) -> None:
    async def follow() -> None:
        with serving.client() as client, admin(serving) as lists:
            store = reference_store(
                serving.settings.model_copy(update={"reference_dir": serving.folder / "tables"})
            )
            one = store.stage("uflpa", LIST, as_of=AS_OF, by="operator", now=MOMENT)[0]
            store.activate(one.import_id, by="operator", now=MOMENT)

            def serves(digest: str) -> bool:
                found: bool = client.get("/v1/meta").json()["reference"]["digest"] == digest
                return found

            await until(lambda: serves(one.after.digest), at_most_s=30)
            other = staged(lists, uflpa((COTTON, "March 1, 2026"), ("Third", "May 1, 2026")))
            activated = lists.post(
                f"{other.headers['location']}/activate",
                headers={"If-Match": other.headers["etag"]},
            ).json()
            name = f"{activated['after']['version']}-{activated['after']['digest'][7:13]}"
            table = serving.settings.data_dir / "reference" / name / "entities.csv"
            table.write_bytes(table.read_bytes()[:-5])
            serving.stop()
            serving.start()
            told = client.get("/v1/reference").json()
            assert told["digest"] == one.after.digest
            assert name in told["refused"]
            answer = client.post("/v1/score", json=entry())
            assert answer.status_code == 200
            assert answer.json()["degraded_groups"] == ["lists"]
            assert answer.json()["band"] != "release"
            assert client.get("/readyz").status_code == 200

    run(follow())
