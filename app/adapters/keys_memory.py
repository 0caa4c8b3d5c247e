"""A short memory of keys found and not found, by keyed hash; never of a secret."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from app.core.records import ApiKey

V = TypeVar("V")
MAX_FOUND = 10_000
MAX_UNKNOWN = 1_000  # apart, so that strangers cannot push out keys that are in use


class KeyMemory:
    """What lookups told within the last `keep_s`; safe between threads."""

    def __init__(self, keep_s: float, monotonic: Callable[[], float]) -> None:
        self._keep_s = keep_s
        self._monotonic = monotonic
        self._found: OrderedDict[bytes, tuple[ApiKey, float]] = OrderedDict()
        self._unknown: OrderedDict[bytes, float] = OrderedDict()
        self._forgotten_at = float("-inf")
        self._lock = threading.Lock()

    def recall(self, digest: bytes) -> tuple[bool, ApiKey | None]:
        """Say whether it is remembered, and what: None for a secret of no key."""
        fresh = self._monotonic() - self._keep_s
        with self._lock:
            found = self._found.get(digest)
            if found is not None and found[1] > fresh:
                return True, found[0]
            return self._unknown.get(digest, float("-inf")) > fresh, None

    def keep(self, digest: bytes, key: ApiKey | None, as_of: float) -> None:
        """Remember what a lookup that began at `as_of` told, unless it was overtaken since."""
        with self._lock:
            if as_of <= self._forgotten_at:
                return
            if key is None:
                _put(self._unknown, digest, as_of, MAX_UNKNOWN)
            else:
                _put(self._found, digest, (key, as_of), MAX_FOUND)

    def forget(self, digest: bytes) -> None:
        """Forget what was known of this hash, and what lookups now under way will tell."""
        with self._lock:
            self._forgotten_at = self._monotonic()
            self._found.pop(digest, None)
            self._unknown.pop(digest, None)

    def forget_key(self, key_id: str) -> None:
        """Forget this key, and what lookups now under way will tell."""
        with self._lock:
            self._forgotten_at = self._monotonic()
            for digest in [d for d, (key, _) in self._found.items() if key.key_id == key_id]:
                del self._found[digest]


def _put(memory: OrderedDict[bytes, V], digest: bytes, value: V, most: int) -> None:
    memory[digest] = value
    memory.move_to_end(digest)
    if len(memory) > most:
        memory.popitem(last=False)
