"""Bundles of a registry folder, with a stamp that changes when anything about the live one does."""

from app.core.model.bundle import Bundle
from app.core.model.registry import LIVE, Registry

Stamp = tuple[object, ...]


class RegistryBundles:
    """The live bundle of a registry, as the service follows it."""

    def __init__(self, registry: Registry) -> None:
        """Follow `registry`."""
        self._registry = registry

    def live(self) -> str | None:
        """Return the version that LIVE names; None before the first."""
        return self._registry.live()

    def load(self, version: str) -> Bundle:
        """Return the verified bundle; raises the BundleRefused family (blocking)."""
        return self._registry.load(version)

    def stamp(self) -> Stamp:
        """Return what LIVE and the files it names look like from outside: times and sizes."""
        root = self._registry.root
        try:
            pointer = root / LIVE
            version = pointer.read_text("ascii", "replace").strip()
            files = sorted((root / version).iterdir()) if version else []
            looks = [(each.name, each.stat()) for each in (pointer, *files)]
        except (OSError, ValueError):
            return ()
        return tuple((name, look.st_mtime_ns, look.st_size) for name, look in looks)
