from pathlib import Path

import pytest

from app.core.canonical import digest
from app.core.errors import BundleTampered, BundleUnreadable, BundleUnsigned
from app.core.model.files import HISTORY, MANIFEST, SIGNATURE
from app.core.model.signing import TrustedKeys, dev_signer, open_signer
from app.core.model.verify import verify_bundle
from tests.bundles import damaged_but_signed, tiny_bundle, trusting

NO_HISTORY = b'{"format":0}'  # bytes are verified here, not parsed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path)


def test_a_bundle_verifies_with_the_key_that_signed_it(tmp_path: Path, folder: Path) -> None:
    verified = verify_bundle(folder, trusting(tmp_path))

    assert verified.version == folder.name
    assert verified.digest == digest((folder / MANIFEST).read_bytes())
    assert verified.all_files == {each.name: each.read_bytes() for each in folder.iterdir()}


def test_no_other_key_verifies_it(tmp_path: Path, folder: Path) -> None:
    other = open_signer(tmp_path / "other", "other").public_key

    with pytest.raises(BundleUnsigned):
        verify_bundle(folder, TrustedKeys([other], allow_dev=True))


def test_a_dev_bundle_is_refused_where_dev_keys_are_not_trusted(
    tmp_path: Path, folder: Path
) -> None:
    key = dev_signer(tmp_path / "keys").public_key

    with pytest.raises(BundleUnsigned):
        verify_bundle(folder, TrustedKeys([key]))


def test_a_dev_bundle_is_refused_even_if_its_key_was_pinned_as_a_real_one(
    tmp_path: Path, folder: Path
) -> None:
    pinned = TrustedKeys.load(dev_signer(tmp_path / "keys").public_key.raw.hex())

    with pytest.raises(BundleUnsigned, match="development key"):
        verify_bundle(folder, pinned)


def test_a_manifest_that_names_another_signer_is_refused(tmp_path: Path, folder: Path) -> None:
    signer = dev_signer(tmp_path / "keys")
    damaged_but_signed(folder, signer, signer={"key_id": "0" * 16, "dev": True})

    with pytest.raises(BundleUnsigned, match="the manifest says 0000000000000000"):
        verify_bundle(folder, trusting(tmp_path))


def test_a_signed_text_that_is_no_manifest_is_refused(tmp_path: Path, folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b"{}")
    (folder / SIGNATURE).write_bytes(dev_signer(tmp_path / "keys").sign(b"{}"))

    with pytest.raises(BundleUnreadable, match=r"manifest\.json"):
        verify_bundle(folder, trusting(tmp_path))


def test_a_changed_byte_is_refused_in_every_file(tmp_path: Path, folder: Path) -> None:
    for path in folder.iterdir():
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises((BundleTampered, BundleUnsigned)):
            verify_bundle(folder, trusting(tmp_path))
        path.write_bytes(whole)

    verify_bundle(folder, trusting(tmp_path))


def test_a_file_cut_short_is_refused(tmp_path: Path, folder: Path) -> None:
    model = folder / "model.txt"
    model.write_bytes(model.read_bytes()[:-1])

    with pytest.raises(BundleTampered, match=r"model\.txt: found \d+ bytes"):
        verify_bundle(folder, trusting(tmp_path))


def test_a_file_that_was_not_signed_for_is_refused(tmp_path: Path, folder: Path) -> None:
    (folder / HISTORY).write_bytes(NO_HISTORY)

    with pytest.raises(BundleTampered, match=r"history\.json: not in the manifest"):
        verify_bundle(folder, trusting(tmp_path))


def test_a_file_that_was_signed_for_and_taken_away_is_refused(tmp_path: Path, folder: Path) -> None:
    damaged_but_signed(folder, dev_signer(tmp_path / "keys"), {HISTORY: NO_HISTORY})
    (folder / HISTORY).unlink()

    with pytest.raises(BundleTampered, match="in the manifest, not in the bundle"):
        verify_bundle(folder, trusting(tmp_path))


def test_the_manifest_of_another_bundle_is_refused(tmp_path: Path, folder: Path) -> None:
    other = tiny_bundle(tmp_path, label="another", evaluation={"ap": 0.9})
    for name in (MANIFEST, SIGNATURE):
        (folder / name).write_bytes((other / name).read_bytes())

    with pytest.raises(BundleTampered, match=r"evaluation\.json"):
        verify_bundle(folder, trusting(tmp_path))
