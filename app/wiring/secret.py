"""The master secret, the keys derived from it, and whose signatures are believed."""

import hashlib
import hmac
import os
from pathlib import Path

from app.core.errors import SettingsRefused
from app.core.model.files import create_once
from app.core.model.signing import TrustedKeys, dev_signer
from app.services.desk import ExplorationKey
from app.settings import MIN_SECRET, Environment, Settings

SECRET_FILE = "secret"  # noqa: S105  # a file's name


def open_secret(settings: Settings) -> bytes:
    """Return the master secret; `dev` makes one, readable by its owner alone, the first time.

    Raises SettingsRefused where production has none, or the file is open to others.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    if settings.environment is Environment.PRODUCTION:
        raise SettingsRefused("ENTRY_RISK_SECRET: production needs it")
    path = settings.data_dir / SECRET_FILE
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    create_once(path, os.urandom(32).hex().encode() + b"\n", 0o600)
    if path.stat().st_mode & 0o077:
        raise SettingsRefused(f"{path.name}: found it readable by others, wanted mode 600")
    secret = path.read_bytes().strip()
    if len(secret) < MIN_SECRET:
        raise SettingsRefused(f"{path.name}: wanted at least {MIN_SECRET} characters")
    return secret


def derive(secret: bytes, purpose: str) -> bytes:
    """Return the 32-byte key of one purpose: knowing it tells nothing of the others."""
    return hmac.new(secret, f"entry-risk/{purpose}".encode(), hashlib.sha256).digest()


def exploration_key(secret: bytes) -> ExplorationKey:
    """Return the key of the exploration draw, and a public id that tells keys apart."""
    key = derive(secret, "exploration")
    return ExplorationKey(key, hashlib.sha256(key).hexdigest()[:8])


def trusted_keys(settings: Settings) -> TrustedKeys:
    """Return whose bundles are believed; `dev` also believes its own signer, made if need be."""
    sources: list[Path | str] = [
        source.strip() for source in settings.trusted_keys.split(",") if source.strip()
    ]
    is_dev = settings.environment is Environment.DEV
    if is_dev:
        folder = settings.data_dir / "keys"
        dev_signer(folder)
        sources.append(folder)
    return TrustedKeys.load(*sources, allow_dev=is_dev)
