"""Steps 1 to 3 of the load order: read once, verify the signature, verify every digest."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.canonical import digest
from app.core.errors import BundleTampered, BundleUnsigned
from app.core.model.files import MANIFEST, SIGNATURE, read_files
from app.core.model.manifest import Manifest, version_of
from app.core.model.signing import TrustedKeys


@dataclass(frozen=True, slots=True)
class VerifiedBundle:
    """A bundle whose every byte is vouched for by a trusted key; nothing but the manifest parsed.

    `files` are the contents by name, without manifest and signature.
    """

    manifest: Manifest
    manifest_bytes: bytes
    signature: bytes
    files: Mapping[str, bytes]

    @property
    def version(self) -> str:
        """The name of the bundle: `<day of training>-<6 hex digits>`."""
        return version_of(self.manifest, self.manifest_bytes)

    @property
    def digest(self) -> str:
        """sha256: over the manifest, and through it over every file."""
        return digest(self.manifest_bytes)

    @property
    def all_files(self) -> dict[str, bytes]:
        """The contents with manifest and signature: what lies in the folder."""
        return {**self.files, MANIFEST: self.manifest_bytes, SIGNATURE: self.signature}


def verify_bundle(directory: Path, trusted: TrustedKeys) -> VerifiedBundle:
    """Return the bundle in `directory`, read once and verified.

    Raises BundleUnreadable (step 1, or a signed manifest that is none), BundleUnsigned (step 2)
    or BundleTampered (step 3).
    """
    files = read_files(directory)
    data, signature = files.pop(MANIFEST), files.pop(SIGNATURE)
    manifest = verify_manifest(data, signature, trusted)
    _verify_digests(manifest, files)
    return VerifiedBundle(manifest, data, signature, files)


def verify_manifest(data: bytes, signature: bytes, trusted: TrustedKeys) -> Manifest:
    """Return the manifest in `data` once a trusted key has vouched for it.

    A manifest that says it was signed for development is believed only where dev keys are.
    """
    key = trusted.signer_of(signature, data)
    manifest = Manifest.from_bytes(data)
    signer = manifest.signer
    if signer.key_id != key.key_id:
        raise BundleUnsigned(f"signed by {key.key_id}, the manifest says {signer.key_id}")
    if signer.dev and not trusted.allow_dev:
        raise BundleUnsigned(f"{signer.key_id} is a development key, which is not trusted here")
    return manifest


def _verify_digests(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    if unlisted := sorted(files.keys() - manifest.files.keys()):
        raise BundleTampered(f"{unlisted[0]}: not in the manifest")
    if missing := sorted(manifest.files.keys() - files.keys()):
        raise BundleTampered(f"{missing[0][:40]}: in the manifest, not in the bundle")
    for name, note in manifest.files.items():
        found = files[name]
        if len(found) != note.size:
            raise BundleTampered(f"{name}: found {len(found)} bytes, the manifest says {note.size}")
        if hashlib.sha256(found).hexdigest() != note.sha256:
            raise BundleTampered(f"{name}: not the bytes of the manifest")
