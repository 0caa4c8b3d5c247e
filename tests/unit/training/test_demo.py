"""The demo: a world, a live model, and an entry that can be sent as it is."""

import json
from pathlib import Path

from app.core.document import read_submission
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys
from training.demo import make_demo
from training.progress import Steps


def test_the_demo_leaves_a_live_model_and_an_entry_to_try(tmp_path: Path, steps: Steps) -> None:
    out, work, keys = tmp_path / "models", tmp_path / "work", tmp_path / "keys"
    made = make_demo(out, work, keys, steps, entries=20_000, minimum_positives=10)
    registry = Registry(out, TrustedKeys.load(keys, allow_dev=True))
    assert registry.live() == made.bundle.name
    bundle = registry.load()
    assert bundle.label == "denied"
    assert bundle.history is not None
    document = json.loads((work / "entry.json").read_text("utf-8"))
    assert len(read_submission(document).entry.lines) <= 3
    assert document["intent"] == "draft"
