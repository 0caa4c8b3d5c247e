"""Ed25519 keys: who may sign a bundle, and whose signature is believed."""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.core.errors import BundleUnsigned, SettingsRefused
from app.core.model.files import create_once

_KEY_TEXT = re.compile(r"(?:ed25519 )?(?P<key>[0-9a-f]{64})(?P<dev> dev)?", re.ASCII)
_MAX_KEY_FILE = 1024  # bytes; a key file is one line
_DEV_KEY = "dev-signing"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of 32 bytes; `dev` keys are believed in development only."""

    raw: bytes
    dev: bool = False

    @property
    def key_id(self) -> str:
        """First 16 hex digits of the SHA-256 of the public key."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    @property
    def line(self) -> str:
        """The key as its file holds it: `ed25519 <64 hex digits>`, and ` dev` where it is one."""
        return f"ed25519 {self.raw.hex()}{' dev' if self.dev else ''}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Return the key in `line`, `ed25519 ` being optional; raise SettingsRefused for less."""
        found = _KEY_TEXT.fullmatch(line.strip())
        if found is None:
            raise SettingsRefused("found no public key, wanted: ed25519 <64 hex digits> [dev]")
        return cls(bytes.fromhex(found["key"]), dev=found["dev"] is not None)

    def signed(self, signature: bytes, data: bytes) -> bool:
        """Say whether `signature` over `data` is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except InvalidSignature:
            return False
        return True


class Signer(Protocol):
    """Whatever holds a private key: a file here, a hardware module or a signing service there."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what is signed."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature over `data`."""
        ...


class KeySigner:
    """A signer that holds its private key in memory."""

    def __init__(self, private_key: Ed25519PrivateKey, *, dev: bool = False) -> None:
        """Sign with `private_key`; `dev` marks everything it signs as for development only."""
        self._private_key = private_key
        self.public_key = PublicKey(private_key.public_key().public_bytes_raw(), dev)

    def sign(self, data: bytes) -> bytes:
        """Return the signature over `data`: the same bytes for the same data."""
        return self._private_key.sign(data)


def dev_signer(directory: Path) -> KeySigner:
    """Return the development signer of `directory`, making its two key files the first time.

    `dev-signing.key` (mode 0600) is private, `dev-signing.pub` public and marked dev.
    """
    return open_signer(directory, _DEV_KEY, dev=True)


def open_signer(directory: Path, name: str, *, dev: bool = False) -> KeySigner:
    """Return the signer whose keys are `<name>.key` and `<name>.pub`, made the first time.

    Raises SettingsRefused where the private key can be read by others or is not 32 bytes in hex.
    """
    directory.mkdir(parents=True, exist_ok=True)
    private, public = directory / f"{name}.key", directory / f"{name}.pub"
    fresh = Ed25519PrivateKey.generate().private_bytes_raw().hex().encode() + b"\n"
    create_once(private, fresh, 0o600)  # two processes at once: the first one's key is kept
    signer = KeySigner(_read_private(private), dev=dev)
    create_once(public, f"{signer.public_key.line}\n".encode(), 0o644)
    return signer


def _read_private(path: Path) -> Ed25519PrivateKey:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise SettingsRefused(f"{path.name}: others can read it, wanted mode 0600")
        text = file.read(_MAX_KEY_FILE)
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.decode("ascii").strip()))
    except ValueError as error:
        raise SettingsRefused(f"{path.name}: wanted a private key, 64 hex digits") from error


class TrustedKeys:
    """The public keys whose signature is believed."""

    def __init__(self, keys: Iterable[PublicKey] = (), *, allow_dev: bool = False) -> None:
        """Believe `keys`, those marked dev only with `allow_dev`; none refuses everything."""
        self.keys = tuple(key for key in keys if allow_dev or not key.dev)
        self.allow_dev = allow_dev

    @classmethod
    def load(cls, *sources: Path | str, allow_dev: bool = False) -> Self:
        """Return the keys of `sources`: a folder of *.pub files, one such file, or a key as text.

        Raises SettingsRefused where a source is not there or holds no key.
        """
        keys = [key for source in sources for key in _keys_of(source)]
        return cls(keys, allow_dev=allow_dev)

    def signer_of(self, signature: bytes, data: bytes) -> PublicKey:
        """Return the key that signed `data`; raise BundleUnsigned where none of these did."""
        for key in self.keys:
            if key.signed(signature, data):
                return key
        raise BundleUnsigned(f"found no signature of the {len(self.keys)} trusted keys")


def _keys_of(source: Path | str) -> list[PublicKey]:
    if isinstance(source, str) and _KEY_TEXT.fullmatch(source.strip()):
        return [PublicKey.parse(source)]
    path = Path(source)
    if path.is_dir():
        return [_read_public(each) for each in sorted(path.glob("*.pub"))]
    return [_read_public(path)]


def _read_public(path: Path) -> PublicKey:
    try:
        with path.open("rb") as file:
            return PublicKey.parse(file.read(_MAX_KEY_FILE).decode("ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path.name}: wanted a public key file") from error
