"""The service as a brokerage system meets it: answers, batches, restarts."""

import random
import signal
import threading
from typing import Any

import httpx
import pytest

from app.api.examples import held_entry
from tests.desks import NUMBERS, entry, filed, line
from tests.service_process import ServiceProcess

HEADINGS = ("030617", "0902300015", "270111", "6201407511", "6704110000", "854140", "940360")
COUNTRIES = ("CN", "VN", "RU", "IT", "MY", "DE", "KR")
LINES_AT_ONCE = 900


def random_line(chance: random.Random) -> dict[str, Any]:
    """Return a line that could be any, with or without what is optional."""
    made = line(
        hts=chance.choice(HEADINGS),
        origin_country=chance.choice(COUNTRIES),
        entered_value_usd=f"{chance.uniform(1, 1e6):.2f}",
    )
    if chance.random() < 0.7:
        made["gross_weight_kg"] = round(chance.uniform(0.1, 1e5), 3)
    if chance.random() < 0.7:
        made["manufacturer"] = {
            "name": f"Maker {chance.randrange(50)}",
            "city": chance.choice(["Dandong", "Hunchun", "Lucca", "Hanoi"]),
            "country": chance.choice(COUNTRIES),
        }
    return made


def test_the_entry_of_the_contract_is_scored_and_its_decision_kept(client: httpx.Client) -> None:
    document = held_entry() | {"entry_number": "B76-0000001-4"}
    answer = client.post("/v1/score", json=document)
    assert answer.status_code == 200, answer.text
    kept = client.get(f"/v1/decisions/{answer.json()['decision_id']}")
    assert answer.content in kept.content


@pytest.mark.parametrize("lines", [2_000, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_contributions_add_up_on_thousands_of_random_lines(
    client: httpx.Client, lines: int
) -> None:
    chance = random.Random(20261124)  # noqa: S311  # a seed, no secret
    checked, worst = 0, 0.0
    while checked < lines:
        document = entry(*[random_line(chance) for _ in range(LINES_AT_ONCE)])
        answer = client.post("/v1/score?explain=full", json=document)
        assert answer.status_code == 200, answer.text
        for each in answer.json()["lines"]:
            for parts in (each["contributions"], each["reasons"]):
                total = each["base_value"] + sum(part["contribution"] for part in parts)
                worst = max(worst, abs(total - each["raw_score"]))
            checked += 1
    assert worst <= 1e-6


def test_a_batch_equals_its_entries_alone_at_the_same_history(client: httpx.Client) -> None:
    chance = random.Random(7)  # noqa: S311  # a seed, no secret
    documents = [
        entry(*[random_line(chance) for _ in range(chance.randrange(1, 12))]) for _ in range(60)
    ]
    batch = client.post("/v1/score/batch?explain=full", json={"entries": documents}).json()
    for together, document in zip(batch["results"], documents, strict=True):
        alone = client.post("/v1/score?explain=full", json=document).json()
        for own in ("decision_id", "scored_at"):
            del together[own], alone[own]
        assert together == alone


def test_requests_that_race_with_one_key_get_one_answer(client: httpx.Client) -> None:
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(
            client.post("/v1/score", json=entry(), headers={"Idempotency-Key": "race-1"})
        )

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.status_code for each in answers} <= {200, 409}
    assert len({each.content for each in answers if each.status_code == 200}) == 1


def test_what_was_answered_survives_a_crash_and_the_history_goes_on(
    own_service: ServiceProcess,
) -> None:
    service = own_service
    service.start()
    with service.client() as client:
        given = [client.post("/v1/score", json=filed(number)) for number in NUMBERS[:2]]
    service.kill()
    service.start()
    with service.client() as client:
        for answer in given:
            kept = client.get(f"/v1/decisions/{answer.json()['decision_id']}")
            assert answer.content in kept.content
            again = client.post("/v1/score", json=kept.json()["request"])
            assert again.content == answer.content
        later = client.post("/v1/score", json=filed(NUMBERS[2])).json()
        assert later["history_seq"] == 2
        assert "importer history: first entry seen" not in later["unknowns"]


@pytest.mark.nightly
def test_it_ends_in_order_when_asked_and_can_start_again(own_service: ServiceProcess) -> None:
    service = own_service
    service.start()
    service.signal(signal.SIGTERM)
    assert service.stop() in {0, -signal.SIGTERM}
    service.start()
    assert service.stop() in {0, -signal.SIGTERM}


@pytest.mark.nightly
def test_without_a_valid_bundle_it_lives_and_serves_once_there_is_one(
    own_service: ServiceProcess,
) -> None:
    service = own_service
    good = (service.settings.models_dir / "LIVE").read_text().strip()
    (service.settings.models_dir / "LIVE").unlink()
    service.start(until="/livez")
    with service.client() as client:
        assert client.get("/readyz").status_code == 503
        answer = client.post("/v1/score", json=entry())
        assert (answer.status_code, answer.json()["type"]) == (503, "/errors/model-unavailable")
    service.set_live(good)
    service._wait_for("/readyz")


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/metrics", "/v1/meta", "/openapi.json", "/"]
)
def test_what_anybody_may_see_is_shown(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
