"""The form of an API key's secret, how one is made, and the only trace of it that is kept."""

import hashlib
import hmac
import re
import secrets
import string

from app.core.errors import InvalidField

PREFIX_LENGTH = 8  # shown in lists, so that a person can tell keys apart
SECRET_LENGTH = 27  # characters of base62: 160 bits
SHORTEST_SECRET = 22  # 131 bits
LONGEST_SECRET = 128
ALPHABET = string.ascii_letters + string.digits
_FORM = re.compile(
    rf"erk_([A-Za-z0-9]{{{PREFIX_LENGTH}}})_[A-Za-z0-9]{{{SHORTEST_SECRET},{LONGEST_SECRET}}}"
)
_SHORTEST_PEPPER = 16  # bytes


def prefix_of(secret: str) -> str | None:
    """Return the prefix of a secret, None if it has not the form of one."""
    match = _FORM.fullmatch(secret)
    return match[1] if match else None


def make_secret() -> str:
    """Return a new secret: erk_, 8 characters that tell keys apart, _, 160 random bits."""
    return f"erk_{_random_text(PREFIX_LENGTH)}_{_random_text(SECRET_LENGTH)}"


def checked_prefix(secret: str) -> str:
    """Return the prefix of a secret that someone chose; InvalidField if it is not one."""
    prefix = prefix_of(secret)
    if prefix is None:
        message = (
            f"wanted erk_, {PREFIX_LENGTH} letters or digits, _, and {SHORTEST_SECRET} to"
            f" {LONGEST_SECRET} more"
        )
        raise InvalidField("secret", "invalid_secret", message)
    return prefix


def keyed_hash(pepper: bytes, secret: str) -> bytes:
    """Return the HMAC-SHA256 of `secret`, 32 bytes."""
    return hmac.digest(pepper, secret.encode(), hashlib.sha256)


def checked_pepper(pepper: bytes) -> bytes:
    """Return `pepper`; InvalidField if it is too short to keep anything from a guesser."""
    if len(pepper) < _SHORTEST_PEPPER:
        message = f"found {len(pepper)} bytes, wanted at least {_SHORTEST_PEPPER}"
        raise InvalidField("pepper", "too_short", message)
    return pepper


def _random_text(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
