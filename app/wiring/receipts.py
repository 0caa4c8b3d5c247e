"""Receipts and replays: the key that signs, the keys that did, and the versions that are kept."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.adapters.ledger_sql import SqlLedger
from app.adapters.reference_store import ReferenceStore
from app.core.errors import SettingsRefused
from app.core.model.files import create_once
from app.core.model.registry import Registry
from app.core.model.signing import KeySigner, PublicKey, TrustedKeys, open_signer
from app.services.desk import Desk
from app.services.receipts import Receipts
from app.services.replay import Replays
from app.settings import Settings
from app.wiring.secret import derive, open_secret, trusted_keys

KEYS_FOLDER = "receipt-keys"  # *.pub alone: the keys that receipts here were ever signed with


@dataclass(frozen=True, slots=True)
class Proofs:
    """The use cases that prove a decision."""

    receipts: Receipts
    replays: Replays


def make_proofs(settings: Settings, desk: Desk, ledger: SqlLedger, shelf: ReferenceStore) -> Proofs:
    """Return receipts and replays of the ledger's decisions (blocking)."""
    signer = receipt_signer(settings)
    retired = receipt_keys(settings)
    registry = Registry(settings.models_dir, trusted_keys(settings))
    return Proofs(Receipts(desk, ledger, signer, retired), Replays(desk, registry, shelf))


def receipt_signer(settings: Settings) -> KeySigner:
    """Return who signs receipts and checkpoints, its public key kept in `data_dir` for ever.

    The key of `receipt_key`, else one derived from the master secret, so that every process of a
    service signs with the same. Raises SettingsRefused where the file holds no private key.
    """
    if settings.receipt_key is not None:
        path = settings.receipt_key
        if not path.is_file():
            raise SettingsRefused(f"ENTRY_RISK_RECEIPT_KEY: found no file {path.name}")
        signer = open_signer(path.parent, path.stem)
    else:
        seed = derive(open_secret(settings), "receipts")
        signer = KeySigner(Ed25519PrivateKey.from_private_bytes(seed))
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    public = signer.public_key
    create_once(folder / f"{public.key_id}.pub", f"{public.line}\n".encode(), 0o644)
    return signer


def receipt_keys(settings: Settings) -> tuple[PublicKey, ...]:
    """Return the public keys that receipts of this service were ever signed with."""
    folder = _folder(settings)
    return TrustedKeys.load(folder, allow_dev=True).keys if folder.is_dir() else ()


def _folder(settings: Settings) -> Path:
    return settings.data_dir / KEYS_FOLDER
