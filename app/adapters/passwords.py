"""Passwords by Argon2id."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet (2024): 19 MiB, two passes, one lane
_MEMORY_KIB, _PASSES, _LANES = 19 * 1024, 2, 1


class Argon2Passwords:
    """Argon2id with a random salt; a name that nobody has costs as much time as any other."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES
        )
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        """Return the hash to be kept, with its salt and costs."""
        return self._hasher.hash(password)

    def verify(self, kept: str | None, password: str) -> bool:
        """Say whether it is that password; False where none is kept."""
        if kept is None and self._nobodys is None:
            self._nobodys = self._hasher.hash("nobody has this password")
        try:
            self._hasher.verify(kept or self._nobodys or "", password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None
