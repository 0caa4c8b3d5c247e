import signal
import sys
from pathlib import Path

import pytest

import app
from app.core.errors import BundleFailedCanary, BundleIncompatible
from app.core.model.canary import Limits
from app.core.model.child import child_environment, read_answer, run_canary
from app.core.model.signing import dev_signer
from app.core.model.verify import VerifiedBundle, verify_bundle
from tests.bundles import damaged_but_signed, tiny_bundle, trusting

# which of the two depends on where the text was cut
CRASHED = f"ended with -({signal.SIGSEGV:d}|{signal.SIGABRT:d})"


def verified(root: Path, folder: Path) -> VerifiedBundle:
    return verify_bundle(folder, trusting(root))


def test_a_spawned_child_finds_no_difference(tmp_path: Path) -> None:
    assert run_canary(verified(tmp_path, tiny_bundle(tmp_path)), Limits()) == 0.0


def test_a_child_that_crashes_refuses_the_bundle_and_harms_nobody(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path)
    whole = (folder / "model.txt").read_bytes()
    cut = whole[: whole.index(b"\nTree=5")]
    damaged_but_signed(folder, dev_signer(tmp_path / "keys"), {"model.txt": cut})

    with pytest.raises(BundleFailedCanary, match=CRASHED):
        run_canary(verified(tmp_path, folder), Limits())


def test_a_child_out_of_time_refuses_the_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleFailedCanary, match=r"had not answered after 0\.05 s"):
        run_canary(verified(tmp_path, tiny_bundle(tmp_path)), Limits(wall_s=0.05))


def test_a_child_out_of_memory_refuses_the_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleFailedCanary):
        run_canary(verified(tmp_path, tiny_bundle(tmp_path)), Limits(memory_bytes=1 << 20))


def test_the_child_gets_no_variable_it_does_not_need() -> None:
    own = {"PATH": "/bin", "DATABASE_URL": "secret", "LD_PRELOAD": "odd", "OMP_NUM_THREADS": "8"}
    given = child_environment(own)

    assert given.keys() == {
        "MKL_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PYTHONPATH",
    }
    assert given["OMP_NUM_THREADS"] == "1"
    root = str(Path(app.__file__).parents[1])
    places = [root, *(each for each in sys.path if each)]
    assert given["PYTHONPATH"].split(":") == list(dict.fromkeys(places))


@pytest.mark.parametrize("line", [b"", b"[LightGBM]", b"[]", b"{}", b'{"worst": null}', b"3"])
def test_an_answer_that_cannot_be_read_refuses(line: bytes) -> None:
    with pytest.raises(BundleFailedCanary, match="no answer that can be read"):
        read_answer(line)


def test_a_refusal_keeps_its_reason_and_an_incompatibility_its_name() -> None:
    with pytest.raises(BundleFailedCanary, match="why"):
        read_answer(b'{"refused": "why", "code": "bundle-unreadable"}')
    with pytest.raises(BundleIncompatible, match="why"):
        read_answer(b'{"refused": "why", "code": "bundle-incompatible"}')
