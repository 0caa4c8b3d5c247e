"""The demo, made once a test run, however many workers there are."""

import fcntl
from datetime import UTC, datetime
from pathlib import Path

from coverage import Coverage

from app.core.model.bundle import Bundle
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys
from tests.small_world import silent
from training.demo import PLAN, Demo, make_demo

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Made:
    """A demo made once, and where."""

    def __init__(self, folder: Path) -> None:
        self.out, self.work, self.keys = folder / "models", folder / "demo", folder / "keys"
        self.demo = self.again(NOW)
        trusted = TrustedKeys.load(self.keys, allow_dev=True)
        self.bundle: Bundle = Registry(self.out, trusted).load()

    def again(self, now: datetime) -> Demo:
        """Ask for the demo again; where it is there, nothing is made."""
        return make_demo(self.out, self.work, self.keys, silent(), now=now, plan=PLAN)


def made_in(folder: Path) -> Made:
    """Return the demo under `folder`; the first worker to ask makes it, the others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tracer = Coverage.current()
        if tracer is not None:
            tracer.stop()  # a minute of training is three under the tracer
        try:
            return Made(folder)
        finally:
            if tracer is not None:
                tracer.start()
