import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from app.core.errors import BundleFailedCanary, BundleUnreadable
from app.core.history import History
from app.core.model.calibration import Platt
from app.core.model.canary import UNLIMITED, Limits, answer, check, main, request
from app.core.model.canary_rows import CanaryRows
from app.core.model.contents import parse_contents
from app.core.model.files import HISTORY, MANIFEST
from app.core.model.verify import VerifiedBundle, verify_bundle
from tests.bundles import tiny_bundle, trusting

# limits bind a process for good, and this process is the tests' own
UNBOUND = Limits(cpu_s=UNLIMITED, memory_bytes=UNLIMITED, file_bytes=UNLIMITED)
PLATT = Platt(1.0, 0.0)


class FixedForest:
    """Answers what it is told; `alone` is added to a row that comes alone."""

    feature_count = 2

    def __init__(self, raw: float, total: float, alone: float = 0.0) -> None:
        self.raw, self.total, self.alone = raw, total, alone

    def predict(self, rows: Any) -> Any:
        return np.full(len(rows), self.raw) + (self.alone if len(rows) == 1 else 0.0)

    def contributions(self, rows: Any) -> Any:
        return np.full((len(rows), 1), self.total)


def rows_of(raw: float, total: float, probability: float) -> CanaryRows:
    two = np.ones(2)
    return CanaryRows(np.ones((2, 2)), two * raw, two * total, two * probability)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> VerifiedBundle:
    root = tmp_path_factory.mktemp("bundle")
    return verify_bundle(tiny_bundle(root), trusting(root))


def test_the_bundle_answers_as_its_training_did(bundle: VerifiedBundle) -> None:
    contents = parse_contents(bundle.manifest, bundle.files)

    assert contents.canary.check(contents.forest, contents.calibration) == 0.0


def test_canary_rows_survive_their_bytes_unknowns_included(bundle: VerifiedBundle) -> None:
    data = bundle.files["canary.json"]
    rows = CanaryRows.from_bytes(data)

    assert np.isnan(rows.rows).any()
    assert rows.to_bytes() == data


@pytest.mark.parametrize(
    ("rows", "forest"),
    [
        (rows_of(0.0, 0.0, 0.5), FixedForest(2e-9, 0.0)),
        (rows_of(0.0, 0.0, 0.5), FixedForest(0.0, 2e-9)),
        (rows_of(0.0, 0.0, 0.5 + 2e-9), FixedForest(0.0, 0.0)),
        (rows_of(0.0, 0.0, 0.5), FixedForest(np.nan, 0.0)),
        (rows_of(0.0, 2e-6, 0.5), FixedForest(0.0, 2e-6)),
        (rows_of(0.0, 0.0, 0.5), FixedForest(0.0, 0.0, alone=1e-12)),
    ],
)
def test_another_answer_is_refused(rows: CanaryRows, forest: Any) -> None:
    with pytest.raises(BundleFailedCanary, match="found"):
        rows.check(forest, PLATT)


def test_an_answer_off_by_rounding_passes() -> None:
    forest: Any = FixedForest(5e-10, 5e-10)

    assert rows_of(0.0, 0.0, 0.5).check(forest, PLATT) == 5e-10


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": []},
        {"rows": [1.0, 2.0]},
        {"rows": [[1.0], [1.0, 2.0]]},
        {"rows": [["a"]]},
        {"raw_scores": [1.0, 2.0]},
        {"more": []},
    ],
)
def test_a_canary_that_says_something_else_is_refused(changes: dict[str, Any]) -> None:
    one = {"rows": [[1.0]], "raw_scores": [1.0], "contribution_sums": [1.0], "probabilities": [0.5]}
    CanaryRows.from_bytes(orjson.dumps(one))

    with pytest.raises(BundleUnreadable, match=r"canary\.json"):
        CanaryRows.from_bytes(orjson.dumps(one | changes))


def files_of(bundle: VerifiedBundle, **changes: bytes) -> dict[str, bytes]:
    return {MANIFEST: bundle.manifest_bytes, **bundle.files, **changes}


def test_the_child_answers_the_largest_difference(bundle: VerifiedBundle) -> None:
    source = io.BytesIO(request(files_of(bundle), UNBOUND))

    assert orjson.loads(answer(source)) == {"worst": 0.0}


def test_the_child_answers_why_it_refuses(bundle: VerifiedBundle) -> None:
    files = {**files_of(bundle), "model.txt": b"no trees"}

    refusal = orjson.loads(answer(io.BytesIO(request(files, UNBOUND))))

    assert refusal == {
        "refused": "model.txt: LightGBMError while reading",
        "code": "bundle-unreadable",
    }


def test_the_child_restores_the_history_too(bundle: VerifiedBundle) -> None:
    assert check({**files_of(bundle), HISTORY: History().snapshot()}) == 0.0
    damaged = {**files_of(bundle), HISTORY: b"[]"}
    refusal = orjson.loads(answer(io.BytesIO(request(damaged, UNBOUND))))

    assert "history" in refusal["refused"]


def test_the_child_writes_its_answer_and_nothing_else(
    bundle: VerifiedBundle,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "request").write_bytes(request(files_of(bundle), UNBOUND))
    with (tmp_path / "request").open() as source:
        monkeypatch.setattr(sys, "stdin", source)
        assert main() == 0
    os.write(1, b"after")

    assert capfd.readouterr().out == '{"worst":0.0}after'
