"""The bundles of one folder: which there are, which is live, and how old a one may go live."""

import re
from dataclasses import dataclass
from pathlib import Path

from app.core.canonical import canonical_json
from app.core.errors import BundleRefused, BundleRolledBack, BundleUnreadable
from app.core.model.bundle import Bundle, Trial, admit
from app.core.model.canary import Limits
from app.core.model.child import run_canary
from app.core.model.files import CAPS, MANIFEST, replace_file, write_folder
from app.core.model.manifest import Manifest
from app.core.model.signing import TrustedKeys
from app.core.model.strict_json import parse_strict
from app.core.model.verify import verify_bundle

LIVE = "LIVE"  # one line: the version that serves
SERVED = "SERVED.json"  # what went live last, and the highest sequence that ever did
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{6}", re.ASCII)
_MAX_NOTE = 4096  # bytes of LIVE and SERVED.json


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRow:
    """One bundle as a list shows it; `refused` says why it would not load, "" where it verifies.

    Of a refused bundle nothing but its name is believed: `manifest` is None.
    """

    version: str
    live: bool
    manifest: Manifest | None
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What went live last. `minimum` is the oldest sequence that may load now, `highest` the
    newest that ever went live, `rollback` the reason where these differ by decision.
    """

    version: str
    minimum: int
    highest: int
    rollback: str = ""


class Registry:
    """A folder of bundles with a live pointer, `LIVE`, replaced in one step."""

    def __init__(
        self, root: Path, trusted: TrustedKeys | None = None, *, trial: Trial = run_canary
    ) -> None:
        """Look into `root`; without `trusted` keys nothing in it verifies or goes live."""
        self.root = root
        self.trusted = trusted or TrustedKeys()
        self._trial = trial

    def versions(self) -> tuple[str, ...]:
        """Return the names of the bundles, by day, then by digest."""
        if not self.root.is_dir():
            return ()
        names = [each.name for each in self.root.iterdir() if each.is_dir()]
        return tuple(sorted(name for name in names if _VERSION.fullmatch(name)))

    def rows(self) -> tuple[RegistryRow, ...]:
        """Return the bundles for a list, each verified up to its digests; no canary is run."""
        live = self.live()
        return tuple(self._row(version, live) for version in self.versions())

    def _row(self, version: str, live: str | None) -> RegistryRow:
        try:
            manifest = verify_bundle(self.path(version), self.trusted).manifest
        except BundleRefused as error:
            why = f"{error.code}: {error.detail}"
            return RegistryRow(version=version, live=version == live, manifest=None, refused=why)
        return RegistryRow(version=version, live=version == live, manifest=manifest)

    def path(self, version: str) -> Path:
        """Return where the bundle lies; raise BundleUnreadable where there is none."""
        if version not in self.versions():
            raise BundleUnreadable(f"found no bundle {version[:40]!r} here")
        return self.root / version

    def live(self) -> str | None:
        """Return the version that serves; None before the first."""
        data = self._note(LIVE)
        if data is None:
            return None
        version = data.decode("ascii", "replace").strip()
        if not _VERSION.fullmatch(version):
            raise BundleUnreadable(f"{LIVE}: wanted the name of a bundle")
        return version

    def served(self) -> Served | None:
        """Return what went live last; raise BundleUnreadable where the note is damaged."""
        data = self._note(SERVED)
        if data is None:
            return None
        try:
            return Served(**parse_strict(data, SERVED))
        except TypeError as error:
            raise BundleUnreadable(f"{SERVED}: wanted version, minimum, highest") from error

    def minimum_sequence(self) -> int:
        """Return the oldest sequence that may load: that of what went live last; 0 before any."""
        served = self.served()
        return served.minimum if served else 0

    def next_sequence(self) -> int:
        """Return one above every sequence here; for numbering only, so nothing is verified."""
        served = self.served()
        numbers = [served.highest if served else 0]
        for version in self.versions():
            try:
                data = self._note(f"{version}/{MANIFEST}", CAPS[MANIFEST])
                numbers.append(Manifest.from_bytes(data or b"").sequence)
            except BundleUnreadable:
                continue  # a damaged bundle has no number to respect
        return max(numbers) + 1

    def load(self, version: str | None = None, *, limits: Limits | None = None) -> Bundle:
        """Return the live bundle, or that of `version`, by the whole load order (blocking).

        Raises the BundleRefused family; BundleUnreadable where none is live.
        """
        name = version or self.live()
        if name is None:
            raise BundleUnreadable("found no live bundle here")
        return self._admit(name, self.minimum_sequence(), limits)

    def recall(self, version: str, *, limits: Limits | None = None) -> Bundle:
        """Return a bundle however old, by the whole load order but for its age (blocking).

        For computing a decision again, never for serving. Raises the BundleRefused family.
        """
        return self._admit(version, 0, limits)

    def add(self, directory: Path, *, limits: Limits | None = None) -> str:
        """Copy the bundle in `directory` here, once it has passed all steps; return its version.

        What is written is what was verified. A bundle that is here already is left as it is.
        """
        verified = verify_bundle(directory, self.trusted)
        bundle = admit(verified, trial=self._trial, limits=limits)
        write_folder(self.root / bundle.version, verified.all_files)
        return bundle.version

    def set_live(self, version: str, *, rollback: str = "", limits: Limits | None = None) -> Bundle:
        """Load `version` by the whole load order, then make it live; return it as loaded.

        An older sequence than what went live last needs `rollback`, the reason why, which is kept.
        Raises the BundleRefused family; then what was live stays live.
        """
        served = self.served()
        bundle = self._admit(version, 0 if rollback or not served else served.minimum, limits)
        before = served or Served(version=version, minimum=0, highest=0)
        back = bundle.sequence < before.minimum
        note = Served(
            version=version,
            minimum=bundle.sequence,
            highest=max(before.highest, bundle.sequence),
            rollback=rollback if back else "",
        )
        # whichever way it moves, a crash between the two leaves a live bundle that may load
        if back:
            self._write_served(note)
        replace_file(self.root / LIVE, f"{version}\n".encode())
        if not back:
            self._write_served(note)
        return bundle

    def _admit(self, version: str, minimum_sequence: int, limits: Limits | None) -> Bundle:
        verified = verify_bundle(self.path(version), self.trusted)
        if verified.version != version:
            raise BundleRolledBack(f"found {verified.version} under the name {version}")
        return admit(verified, minimum_sequence=minimum_sequence, trial=self._trial, limits=limits)

    def _write_served(self, served: Served) -> None:
        replace_file(self.root / SERVED, canonical_json(served))

    def _note(self, name: str, cap: int = _MAX_NOTE) -> bytes | None:
        try:
            with (self.root / name).open("rb") as file:
                return file.read(cap)
        except FileNotFoundError:
            return None
