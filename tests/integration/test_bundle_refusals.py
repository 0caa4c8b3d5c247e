"""Damaged bundles: every one is refused, those not signed for before anything is parsed."""

import os
import pickle
import random
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from app.core.errors import (
    BundleFailedCanary,
    BundleRefused,
    BundleTampered,
    BundleUnreadable,
    BundleUnsigned,
)
from app.core.history import History
from app.core.model.bundle import load_bundle
from app.core.model.canary import Limits
from app.core.model.files import MANIFEST, SIGNATURE
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys, dev_signer
from tests.bundles import damaged_but_signed, tiny_bundle, trusting

BEFORE_PARSING = (BundleUnreadable, BundleUnsigned, BundleTampered)  # steps 1 to 3
SEED = 20260301
Mutation = Callable[[Path, Path, random.Random], None]


def some_file(folder: Path, dice: random.Random) -> Path:
    return dice.choice(sorted(each for each in folder.iterdir() if each.stat().st_size))


def flip_a_bit(folder: Path, _root: Path, dice: random.Random) -> None:
    path = some_file(folder, dice)
    data = bytearray(path.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    path.write_bytes(data)


def cut_short(folder: Path, _root: Path, dice: random.Random) -> None:
    path = some_file(folder, dice)
    os.truncate(path, dice.randrange(path.stat().st_size))


def append(folder: Path, _root: Path, dice: random.Random) -> None:
    path = some_file(folder, dice)
    path.write_bytes(path.read_bytes() + dice.choice([b"\0", b"\n", b" ", b"{}"]))


def swap_two_files(folder: Path, _root: Path, dice: random.Random) -> None:
    one, two = dice.sample(sorted(folder.iterdir()), 2)
    spare = folder.parent / "spare"
    one.rename(spare)
    two.rename(one)
    spare.rename(two)


def take_away(folder: Path, _root: Path, dice: random.Random) -> None:
    some_file(folder, dice).unlink()


def rename(folder: Path, _root: Path, dice: random.Random) -> None:
    path = some_file(folder, dice)
    path.rename(folder / f"{path.name}.bak")


def add_a_file(folder: Path, _root: Path, dice: random.Random) -> None:
    (folder / dice.choice(["history.json", "model.pkl", ".env", "a\nb"])).write_bytes(b"{}")


def sign_by_a_stranger(folder: Path, root: Path, _dice: random.Random) -> None:
    damaged_but_signed(folder, dev_signer(root / "stranger"))


def replay_a_manifest(folder: Path, root: Path, dice: random.Random) -> None:
    other = tiny_bundle(root / "other", dev_signer(root / "keys"), evaluation={"ap": 1.0})
    for name in dice.choice([(MANIFEST,), (SIGNATURE,), (MANIFEST, SIGNATURE)]):
        shutil.copy(other / name, folder / name)


def take_a_file_of_another(folder: Path, root: Path, _dice: random.Random) -> None:
    other = tiny_bundle(root / "other", dev_signer(root / "keys"), evaluation={"ap": 1.0})
    shutil.copy(other / "evaluation.json", folder / "evaluation.json")


def rewrite_the_manifest(folder: Path, _root: Path, dice: random.Random) -> None:
    data = (folder / MANIFEST).read_bytes()
    written = [
        data.replace(b'"sequence":1', b'"sequence":9'),
        data.replace(b":", b": ", 1),
        data[:-1] + b',"format":1}',
        b"{}",
        b"[" * 100_000,
    ]
    (folder / MANIFEST).write_bytes(dice.choice(written))


def forge_the_signature(folder: Path, _root: Path, dice: random.Random) -> None:
    (folder / SIGNATURE).write_bytes(
        dice.choice([b"", b"\0" * 64, dice.randbytes(64), b"\xff" * 64])
    )


def link_elsewhere(folder: Path, root: Path, dice: random.Random) -> None:
    path = some_file(folder, dice)
    moved = root / f"moved-{folder.name}"
    path.rename(moved)
    path.symlink_to(moved)


def put_something_else(folder: Path, _root: Path, dice: random.Random) -> None:
    path = some_file(folder, dice)
    path.unlink()
    dice.choice([os.mkdir, os.mkfifo])(path)


def swell_to_a_gigabyte(folder: Path, _root: Path, dice: random.Random) -> None:
    os.truncate(some_file(folder, dice), 1 << 30)  # a hole, which takes no disk


def plant_a_pickle(folder: Path, root: Path, _dice: random.Random) -> None:
    planted = pickle.dumps(Calls(os.mkdir, str(root / "planted")))
    (folder / "calibrator.joblib").write_bytes(planted)


def plant_a_bomb(folder: Path, _root: Path, dice: random.Random) -> None:
    bomb = zlib.compress(b"\0" * (1 << 24), 9)
    (folder / dice.choice(["calibrator.joblib", "holdout_scores.npz"])).write_bytes(bomb)


MUTATIONS: tuple[Mutation, ...] = (
    flip_a_bit,
    cut_short,
    append,
    swap_two_files,
    take_away,
    rename,
    add_a_file,
    sign_by_a_stranger,
    replay_a_manifest,
    take_a_file_of_another,
    rewrite_the_manifest,
    forge_the_signature,
    link_elsewhere,
    put_something_else,
    swell_to_a_gigabyte,
    plant_a_pickle,
    plant_a_bomb,
)


class Calls:
    """Pickles as a call of `function` with `arguments`: what a planted file does."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def refusal_of(folder: Path, trusted: TrustedKeys) -> type[BundleRefused] | None:
    """Return the kind of refusal; None where the bundle was loaded."""
    try:
        load_bundle(folder, trusted=trusted)
    except BundleRefused as refusal:
        return type(refusal)
    return None


def refuse_mutated(root: Path, count: int) -> None:
    """Mutate a good bundle `count` times, each kind in turn, and see each one refused."""
    good, trusted = tiny_bundle(root), trusting(root)
    for number in range(count):
        mutate = MUTATIONS[number % len(MUTATIONS)]
        dice = random.Random(SEED + number)  # noqa: S311  # not for secrets
        folder = root / f"mutated-{number}"
        shutil.copytree(good, folder)
        mutate(folder, root, dice)
        # a parser's complaint would come from the child, as a failed canary
        assert refusal_of(folder, trusted) in BEFORE_PARSING, (mutate.__name__, SEED + number)
        shutil.rmtree(folder)
    assert not (root / "planted").exists()
    assert load_bundle(good, trusted=trusted).version == good.name


def test_100_mutated_bundles_are_refused_before_anything_is_parsed(tmp_path: Path) -> None:
    refuse_mutated(tmp_path, 100)


@pytest.mark.nightly
def test_500_mutated_bundles_are_refused_before_anything_is_parsed(tmp_path: Path) -> None:
    refuse_mutated(tmp_path, 500)


def payloads(target: Path) -> dict[str, bytes]:
    """Return pickles that would make `target`, by five ways into Python, and two odd ones."""
    touch = f"open({str(target)!r}, 'w')"
    calls = {
        "system": Calls(os.system, f"touch {target}"),
        "subprocess": Calls(subprocess.check_call, ["touch", str(target)]),
        "eval": Calls(eval, touch),
        "mkdir": Calls(os.mkdir, str(target)),
        "beside a calibrator": [LogisticRegression(), Calls(os.mkdir, str(target))],
        "no calibrator": {"slope": 1.0},
        "exit": Calls(os._exit, 0),
    }
    return {name: pickle.dumps(payload) for name, payload in calls.items()}


@pytest.mark.parametrize("name", payloads(Path()))
def test_a_payload_that_a_trusted_key_signed_is_refused_in_the_child(
    tmp_path: Path, name: str
) -> None:
    target = tmp_path / "planted"
    signer = dev_signer(tmp_path / "keys")
    folder = tiny_bundle(tmp_path)
    damaged_but_signed(folder, signer, {"calibrator.joblib": payloads(target)[name]})

    with pytest.raises(BundleFailedCanary, match="calibrator"):
        load_bundle(folder, trusted=trusting(tmp_path))

    assert not target.exists()


def text_damage(model: bytes) -> dict[str, bytes]:
    return {
        "cut in a tree": model[: model.index(b"Tree=3") + 200],
        "cut between trees": model[: model.index(b"\nTree=5")],
        "a child that is not there": model.replace(b"left_child=", b"left_child=99999 ", 1),
        "no trees": b"tree\nversion=v4\n",
        "other leaves": model.replace(b"leaf_value=", b"leaf_value=9", 1),
        "empty": b"",
    }


@pytest.mark.parametrize("name", text_damage(b"Tree=3 \nTree=5"))
def test_a_damaged_booster_that_a_trusted_key_signed_harms_only_the_child(
    tmp_path: Path, name: str
) -> None:
    folder = tiny_bundle(tmp_path)
    damage = text_damage((folder / "model.txt").read_bytes())[name]
    damaged_but_signed(folder, dev_signer(tmp_path / "keys"), {"model.txt": damage})

    with pytest.raises(BundleFailedCanary):
        load_bundle(folder, trusted=trusting(tmp_path))


@pytest.mark.nightly
def test_60_boosters_cut_anywhere_harm_only_the_child(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path)
    model = (folder / "model.txt").read_bytes()
    trees = model[: model.index(b"end of trees")]
    dice = random.Random(SEED)  # noqa: S311  # not for secrets
    for _ in range(60):
        cut = trees[: dice.randrange(len(trees))]
        damaged_but_signed(folder, dev_signer(tmp_path / "keys"), {"model.txt": cut})
        with pytest.raises(BundleFailedCanary):
            load_bundle(folder, trusted=trusting(tmp_path))


def test_a_bundle_that_needs_too_much_memory_is_refused_in_the_child(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path)
    lanes = b'{"format":1,"crosses":[' + b"[]," * (4 << 20) + b"[]]}"
    damaged_but_signed(folder, dev_signer(tmp_path / "keys"), {"lane_priors.json": lanes})

    with pytest.raises(BundleFailedCanary):
        load_bundle(folder, trusted=trusting(tmp_path), limits=Limits(memory_bytes=1 << 30))


def test_a_history_comes_back_through_a_bundle(tmp_path: Path) -> None:
    kept = History().snapshot()
    folder = tiny_bundle(tmp_path, history=kept)

    bundle = load_bundle(folder, trusted=trusting(tmp_path))

    assert bundle.history is not None
    assert History.restore(bundle.history).snapshot() == kept


def test_a_refused_promotion_leaves_the_old_one_live_and_loadable(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path), tiny_bundle(tmp_path, sequence=2)
    registry = Registry(tmp_path, trusting(tmp_path))
    registry.set_live(one.name)
    data = (two / "model.txt").read_bytes()
    (two / "model.txt").write_bytes(data[:-2] + b"\n\n")

    with pytest.raises(BundleTampered):
        registry.set_live(two.name)

    assert registry.load().version == one.name
