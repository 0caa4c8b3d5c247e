"""Jobs over HTTP: a killed server goes on where it was, one result a line, one decision each."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook as Verifier
from typer.testing import CliRunner

from app.cli import make_app
from app.wiring import open_key_store
from tests.desks import entry, line
from tests.server_fixtures import FreshDatabase
from tests.service_process import ServiceProcess

NDJSON = {"Content-Type": "application/x-ndjson"}
ENTRIES = 400
WITHIN_S = 120.0


def body(entries: int, **changes: Any) -> bytes:
    """So many drafts, each with a number of its own, and in the middle a line that is none."""
    lines = [
        orjson.dumps(entry(line(description=f"goods {at}"), **changes)) for at in range(entries)
    ]
    lines[entries // 2] = b'{"lines": '
    return b"\n".join(lines)


def submit(client: httpx.Client, content: bytes, query: str = "?explain=none") -> str:
    answer = client.post(f"/v1/jobs{query}", content=content, headers=NDJSON)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


def wait(client: httpx.Client, job_id: str, done: int | None = None) -> Any:
    """Wait until so many entries are done, or the job has ended."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        job = client.get(f"/v1/jobs/{job_id}").json()
        if job["finished_at"] or (done is not None and job["done"] >= done):
            return job
        time.sleep(0.02)
    raise AssertionError(job)


def results(client: httpx.Client, job_id: str) -> list[Any]:
    found, path = [], f"/v1/jobs/{job_id}/results?limit=150"
    while path:
        answer = client.get(path)
        found += [orjson.loads(each) for each in answer.content.splitlines()]
        path = answer.headers.get("link", "")[1:].partition(">")[0]
    return found


def check_whole(found: list[Any], decided: list[str]) -> None:
    """Every line has its one result, and every decision that was made is one of them."""
    assert [each["index"] for each in found] == list(range(ENTRIES))
    refused = [each["index"] for each in found if each["status"] == "refused"]
    assert refused == [ENTRIES // 2]
    shown = [each["answer"]["decision_id"] for each in found if each["status"] == "scored"]
    assert len(set(shown)) == ENTRIES - 1
    assert sorted(decided) == sorted(shown)


@pytest.mark.parametrize(
    "kills", [pytest.param((1,)), pytest.param((1, 50, 150, 250, 350), marks=pytest.mark.nightly)]
)
def test_a_killed_server_goes_on_with_its_job(tmp_path: Path, kills: tuple[int, ...]) -> None:
    service = ServiceProcess(tmp_path, ENTRY_RISK_JOBS_SHARE_PERCENT="30")
    service.set_live(service.put_bundle())
    service.start()
    with service.client() as client:
        job_id = submit(client, body(ENTRIES))
        for at_least in kills:
            job = wait(client, job_id, at_least)
            assert 0 < job["done"] < ENTRIES
            service.kill()
            service.start()
        assert wait(client, job_id)["state"] == "succeeded"
        found = results(client, job_id)
    service.stop()
    with closing(sqlite3.connect(service.settings.data_dir / "ledger.db")) as ledger:
        decided = [row[0] for row in ledger.execute("SELECT decision_id FROM decisions")]
    check_whole(found, decided)


@pytest.mark.nightly
def test_another_process_takes_over_from_a_killed_one(
    tmp_path: Path, fresh_database: FreshDatabase
) -> None:
    with fresh_database() as url:
        one = ServiceProcess(tmp_path, ENTRY_RISK_JOBS_SHARE_PERCENT="30", DATABASE_URL=url)
        other = ServiceProcess(tmp_path, ENTRY_RISK_JOBS_SHARE_PERCENT="30", DATABASE_URL=url)
        one.set_live(one.put_bundle())
        one.start()
        key = made_key(one, url)
        with one.client() as client:
            client.headers["Authorization"] = f"Bearer {key}"
            job_id = submit(client, body(ENTRIES))
            wait(client, job_id, 1)
            one.kill()
        other.start()
        with other.client() as client:
            client.headers["Authorization"] = f"Bearer {key}"
            assert wait(client, job_id)["state"] == "succeeded"
            found = results(client, job_id)
        other.stop()
        with closing(psycopg.connect(url.replace("+psycopg", ""))) as ledger:
            decided = [row[0] for row in ledger.execute("SELECT decision_id FROM decisions")]
        check_whole(found, decided)


def made_key(service: ServiceProcess, url: str) -> str:
    """A key in the database that the service has."""
    settings = service.settings.model_copy(update={"database_url": SecretStr(url)})
    with open_key_store(settings) as keys:
        return keys.create("acme", "job", frozenset({"score:write", "decision:read"}))[1]


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """An endpoint on this machine: its URL, and what it got."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"]))
            got.append(({k.lower(): v for k, v in self.headers.items()}, sent))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hooks", got
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service that may call this machine."""
    made = ServiceProcess(
        tmp_path_factory.mktemp("jobs"), ENTRY_RISK_WEBHOOK_NETWORKS="127.0.0.0/8"
    )
    made.set_live(made.put_bundle())
    with made:
        yield made


def test_whoever_asked_is_told_and_can_verify_it(running: ServiceProcess) -> None:
    with running.client() as client, receiver() as (url, got):
        made = client.post("/v1/webhooks", json={"url": url})
        assert made.status_code == 201, made.text
        job_id = submit(client, body(20))
        wait(client, job_id)
        deadline = time.monotonic() + 20
        while not got and time.monotonic() < deadline:
            time.sleep(0.02)
        ((headers, sent),) = got
        told = Verifier(made.json()["secret"]).verify(sent, headers)
        assert (told["type"], told["data"]["job_id"]) == ("job.succeeded", job_id)
        path = f"/v1/webhooks/{made.json()['webhook_id']}"
        (delivery,) = client.get(f"{path}/deliveries").json()["deliveries"]
        assert delivery["delivery_id"] == headers["webhook-id"]
        assert client.delete(path).status_code == 204


def test_single_entries_are_answered_while_a_job_runs(running: ServiceProcess) -> None:
    with running.client() as client:
        job_id = submit(client, body(2000))
        wait(client, job_id, 1)
        began = time.monotonic()
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: client.post("/v1/score", json=entry()), range(40)))
        took_s = time.monotonic() - began
        assert {each.status_code for each in answers} == {200}
        assert took_s < 20  # each far within the second that a batch of 50 would take
        assert client.delete(f"/v1/jobs/{job_id}").json()["state"] in {"cancelling", "cancelled"}
        job = wait(client, job_id)
        assert job["state"] == "cancelled"
        assert len(results(client, job_id)) == job["done"] < 2000


def test_the_command_line_submits_shows_fetches_and_cancels(
    running: ServiceProcess, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(running.key)
    (tmp_path / "entries.ndjson").write_bytes(body(60))
    (tmp_path / "one.json").write_bytes(orjson.dumps([entry()]))
    there = ["--server", running.url, "--key-file", str(tmp_path / "key")]

    def command(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(make_app(), ["jobs", *words, *there], env={"COLUMNS": "200"})
        assert done.exit_code == code, done.output
        return done.stdout

    job_id = command("submit", str(tmp_path / "entries.ndjson"), "--wait").strip()
    shown = orjson.loads(command("show", job_id, "--output", "json"))
    assert (shown["state"], shown["scored"], shown["refused"]) == ("succeeded", 59, 1)
    assert job_id in command("show")
    out = tmp_path / "results.ndjson"
    command("results", job_id, "--output", str(out), "--follow")
    assert len(out.read_bytes().splitlines()) == 60
    assert len(command("results", job_id).splitlines()) == 60
    again = command("submit", str(tmp_path / "one.json"), "--idempotency-key", "k").strip()
    assert command("submit", str(tmp_path / "one.json"), "--idempotency-key", "k").strip() == again
    command("cancel", again)
    command("show", "no-such-job", code=1)
    command("submit", str(tmp_path / "absent.ndjson"), code=1)
    command("results", job_id, "--output", str(tmp_path), code=1)
