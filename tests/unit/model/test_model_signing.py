from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.errors import BundleUnsigned, SettingsRefused
from app.core.model.signing import KeySigner, PublicKey, TrustedKeys, dev_signer, open_signer

DATA = b"a manifest"


def fresh(*, dev: bool = False) -> KeySigner:
    return KeySigner(Ed25519PrivateKey.generate(), dev=dev)


def test_the_dev_keys_are_made_once_and_the_private_one_is_its_owners_alone(tmp_path: Path) -> None:
    first, second = dev_signer(tmp_path / "var"), dev_signer(tmp_path / "var")

    assert first.public_key == second.public_key
    assert first.sign(DATA) == second.sign(DATA)
    assert (tmp_path / "var" / "dev-signing.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var" / "dev-signing.pub").read_text().endswith(" dev\n")


def test_a_private_key_others_can_read_is_refused(tmp_path: Path) -> None:
    dev_signer(tmp_path)
    (tmp_path / "dev-signing.key").chmod(0o640)

    with pytest.raises(SettingsRefused, match="mode 0600"):
        dev_signer(tmp_path)


@pytest.mark.parametrize("damaged", [b"", b"00", b"zz" * 32, b"\xff" * 32])
def test_a_private_key_that_is_none_is_refused_without_repeating_it(
    tmp_path: Path, damaged: bytes
) -> None:
    dev_signer(tmp_path)
    (tmp_path / "dev-signing.key").write_bytes(damaged)

    with pytest.raises(SettingsRefused, match=r"dev-signing\.key: wanted a private key"):
        dev_signer(tmp_path)


def test_a_signature_is_believed_of_a_trusted_key_only() -> None:
    signer, stranger = fresh(), fresh()
    trusted = TrustedKeys([fresh().public_key, signer.public_key])

    assert trusted.signer_of(signer.sign(DATA), DATA) == signer.public_key
    with pytest.raises(BundleUnsigned, match="2 trusted keys"):
        trusted.signer_of(stranger.sign(DATA), DATA)


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\0" * 63, b"\xff" * 64])
def test_bytes_that_are_no_signature_are_refused(signature: bytes) -> None:
    with pytest.raises(BundleUnsigned):
        TrustedKeys([fresh().public_key]).signer_of(signature, DATA)


def test_no_trusted_key_believes_nobody() -> None:
    with pytest.raises(BundleUnsigned, match="0 trusted keys"):
        TrustedKeys().signer_of(fresh().sign(DATA), DATA)


def test_a_dev_key_is_believed_only_when_asked() -> None:
    signer = fresh(dev=True)
    signature = signer.sign(DATA)

    with pytest.raises(BundleUnsigned):
        TrustedKeys([signer.public_key]).signer_of(signature, DATA)
    assert TrustedKeys([signer.public_key], allow_dev=True).signer_of(signature, DATA).dev


def test_keys_are_loaded_from_folder_file_and_text(tmp_path: Path) -> None:
    one, two = open_signer(tmp_path, "one"), open_signer(tmp_path, "two")
    three = fresh().public_key

    def loaded(*sources: Path | str) -> set[PublicKey]:
        return set(TrustedKeys.load(*sources).keys)

    assert loaded(tmp_path) == {one.public_key, two.public_key}
    assert loaded(tmp_path / "one.pub") == {one.public_key}
    assert loaded(str(tmp_path / "one.pub")) == {one.public_key}
    assert loaded(three.raw.hex(), tmp_path) == {one.public_key, two.public_key, three}
    assert loaded(three.line) == {three}


def test_a_dev_key_file_says_so_and_is_left_out_unless_asked(tmp_path: Path) -> None:
    dev_signer(tmp_path)

    assert TrustedKeys.load(tmp_path).keys == ()
    assert [key.dev for key in TrustedKeys.load(tmp_path, allow_dev=True).keys] == [True]


@pytest.mark.parametrize("text", [b"", b"ed25519 00", b"\xff\xfe", b"rsa " + b"0" * 64])
def test_a_public_key_file_that_is_none_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "odd.pub").write_bytes(text)

    with pytest.raises(SettingsRefused, match="public key"):
        TrustedKeys.load(tmp_path)


def test_a_public_key_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"none\.pub"):
        TrustedKeys.load(tmp_path / "none.pub")


def test_a_key_id_is_the_start_of_the_digest_of_the_key() -> None:
    assert PublicKey(b"\0" * 32).key_id == "66687aadf862bd77"  # SHA-256 of 32 zero bytes
