"""Served = trained: a server gives the very probabilities that the evaluation printed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import orjson
import pytest

from tests.kcs_world import kcs_rows, write_csv
from tests.service_process import ServiceProcess
from tests.small_world import World, options, silent
from training.entries import write_entries
from training.evaluate import EvaluateOptions, evaluate
from training.sources import DataOptions
from training.train import train

TOLERANCE = 1e-9  # acceptance of the first issue; on one machine the difference is 0
ROWS = 1000
BATCH = 500


@dataclass(frozen=True)
class Parity:
    """A running server on a trained bundle, the entries to send, and what each should get."""

    service: ServiceProcess
    entries: list[dict[str, object]]
    expected: list[float]


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parity]:
    """Train through the KCS mapping, evaluate later rows, and serve the bundle, history frozen."""
    folder = tmp_path_factory.mktemp("parity")
    service = ServiceProcess(folder, ENTRY_RISK_HISTORY="frozen")
    keys = service.settings.data_dir / "keys"
    world = World(
        folder,
        write_csv(folder / "train.csv", kcs_rows(1500, date(2020, 1, 1), 366, seed=1)),
        write_csv(folder / "valid.csv", kcs_rows(ROWS, date(2021, 1, 1), 90, seed=2)),
    )
    quick = options(world, service.settings.models_dir)
    bundle = train(replace(quick, keys=keys), silent()).bundle
    scores, entries = folder / "scores.txt", folder / "entries.ndjson"
    judged = DataOptions(data=world.valid, label="fraud")
    evaluate(
        EvaluateOptions(bundle=bundle, mapping="kcs", data=judged, keys=keys, scores=scores),
        silent(),
    )
    write_entries("kcs", world.valid, entries, silent())
    service.set_live(bundle.name)
    with service:
        yield Parity(
            service,
            [orjson.loads(each) for each in entries.read_bytes().splitlines()],
            [float(each) for each in scores.read_text().splitlines()],
        )


def test_a_batch_gives_the_probabilities_of_the_evaluation(parity: Parity) -> None:
    found: list[float] = []
    with parity.service.client() as client:
        for start in range(0, ROWS, BATCH):
            sent = {"entries": parity.entries[start : start + BATCH]}
            answer = client.post("/v1/score/batch?explain=none", json=sent)
            assert answer.status_code == 200, answer.text
            found += [each["lines"][0]["probability"] for each in answer.json()["results"]]
    assert len(found) == len(parity.expected) == ROWS
    differences = [abs(one - other) for one, other in zip(found, parity.expected, strict=True)]
    assert max(differences) <= TOLERANCE


def test_single_entries_give_them_too_and_filing_moves_nothing_when_frozen(parity: Parity) -> None:
    with parity.service.client() as client:
        for at in range(0, ROWS, 40):
            sent = parity.entries[at] | {"intent": "filed"}
            answer = client.post("/v1/score?explain=none", json=sent).json()
            assert abs(answer["probability"] - parity.expected[at]) <= TOLERANCE


def test_what_the_bundle_does_not_declare_is_refused(parity: Parity) -> None:
    entry = orjson.loads(orjson.dumps(parity.entries[0]))
    entry["lines"][0]["attributes"]["colour"] = "red"
    with parity.service.client() as client:
        answer = client.post("/v1/score", json=entry)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "unknown_attribute"
