"""Tampered bundles under a running service: refused, the old one serves, log and meta say why."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.model.signing import KeySigner
from tests.desks import entry
from tests.service_process import ServiceProcess

WITHIN_S = 30.0


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service whose LIVE is pointed at bad bundles, one after the other."""
    made = ServiceProcess(tmp_path_factory.mktemp("tampered"))
    made.set_live(made.put_bundle())
    with made:
        yield made


def flip_a_bit(bundle: Path) -> None:
    data = bytearray((bundle / "model.txt").read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / "model.txt").write_bytes(data)


def truncate(bundle: Path) -> None:
    data = (bundle / "model.txt").read_bytes()
    (bundle / "model.txt").write_bytes(data[: len(data) // 2])


def swap_files(bundle: Path) -> None:
    shutil.copy(bundle / "reason_map.json", bundle / "lane_priors.json")


def break_the_signature(bundle: Path) -> None:
    signature = bytearray((bundle / "manifest.sig").read_bytes())
    signature[0] ^= 1
    (bundle / "manifest.sig").write_bytes(signature)


def remove_a_file(bundle: Path) -> None:
    (bundle / "calibrator.joblib").unlink()


def meta_of(service: ServiceProcess) -> dict[str, Any]:
    with service.client() as client:
        found: dict[str, Any] = client.get("/v1/meta").json()["model"]
        return found


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


def assert_refused(service: ServiceProcess, version: str, old: str, code: str) -> None:
    """The bundle is refused with `code`, and the old one serves."""

    def is_refused() -> bool:
        refused = meta_of(service)["refused"]
        return refused is not None and refused["version"] == version

    wait_until(is_refused)
    model = meta_of(service)
    assert (model["version"], model["refused"]["code"]) == (old, code)
    with service.client() as client:
        assert client.get("/readyz").status_code == 200
        answer = client.post("/v1/score", json=entry())
        assert (answer.status_code, answer.json()["model"]["version"]) == (200, old)
    logged = [(each["version"], each["code"]) for each in service.events("bundle_refused")]
    assert (version, code) in logged


@pytest.mark.parametrize(
    ("number", "tamper", "code"),
    [
        (10, flip_a_bit, "bundle-tampered"),
        (11, truncate, "bundle-tampered"),
        (12, swap_files, "bundle-tampered"),
        (13, break_the_signature, "bundle-unsigned"),
        (14, remove_a_file, "bundle-unreadable"),
    ],
)
def test_a_tampered_bundle_is_refused_and_the_old_one_keeps_serving(
    serving: ServiceProcess, number: int, tamper: Callable[[Path], None], code: str
) -> None:
    old = meta_of(serving)["version"]
    version = serving.put_bundle(sequence=number)
    tamper(serving.settings.models_dir / version)
    serving.force_live(version)
    assert_refused(serving, version, old, code)


def test_a_bundle_signed_by_a_stranger_is_refused(serving: ServiceProcess) -> None:
    old = meta_of(serving)["version"]
    version = serving.put_bundle(KeySigner(Ed25519PrivateKey.generate()), sequence=20)
    serving.force_live(version)
    assert_refused(serving, version, old, "bundle-unsigned")


@pytest.mark.nightly
def test_files_changed_under_the_live_bundle_are_noticed(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path)
    version = service.put_bundle()
    service.set_live(version)
    with service:
        flip_a_bit(service.settings.models_dir / version)
        assert_refused(service, version, version, "bundle-tampered")


def test_a_good_bundle_takes_over_without_a_failed_answer(own_service: ServiceProcess) -> None:
    service = own_service
    service.start()
    first = meta_of(service)["version"]
    second = service.put_bundle(sequence=2, baseline_policy={"review_at": 0, "hold_at": 0})
    seen: list[tuple[str, str]] = []
    service.set_live(second)
    service.signal(signal.SIGHUP)
    deadline = time.monotonic() + WITHIN_S
    with service.client() as client:
        while len({version for version, _ in seen}) < 2:
            answer = client.post("/v1/score", json=entry())
            assert answer.status_code == 200
            model, policy = answer.json()["model"], answer.json()["band"]
            seen.append((model["version"], policy))
            assert time.monotonic() < deadline
    bands = {version: {band for each, band in seen if each == version} for version, _ in seen}
    assert list(bands) == [first, second]
    assert bands[second] == {"hold"}
    assert len(bands[first]) == 1
