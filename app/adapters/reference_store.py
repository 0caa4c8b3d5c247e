"""Versions of the reference on disk: immutable folders, a pointer LIVE, and what was staged.

LIVE                      one line: the version that serves; absent, the tables it began with serve
<version>-<digest6>/      a version, never changed, never deleted
activations/000001.json   when it became live here, numbered, never changed
imports/imp-….json        what was staged, and is kept once activated
staged/imp-…/             its tables, until it is activated or discarded
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from app.core.canonical import digest
from app.core.errors import Conflict, NotFound, ReferenceRefused
from app.core.model.files import create_once, replace_file, write_folder
from app.core.reference import ReferencePack, load_reference
from app.core.reference.importers import import_published
from app.core.reference.loading import SHIPPED
from app.core.reference.tables import TABLES, file_name
from app.core.reference.versions import (
    IMPORT_ID,
    VERSION_NAME,
    Activation,
    LoadedReference,
    PackId,
    StagedImport,
    activation_bytes,
    activation_from,
    import_id,
    pack_id,
    staged_bytes,
    staged_from,
)

LIVE = "LIVE"
MAX_STAGED = 20  # imports waiting at a time; each is a whole pack on disk
_MAX_NOTE = 64_000_000  # bytes; a note names every row that was left out


class ReferenceStore:
    """The folder of versions; every method blocks. Several processes may share it."""

    def __init__(self, root: Path, first: Path | None = None) -> None:
        """Keep versions in `root`; `first` are the tables that serve before any activation."""
        self._root = root
        self._first = first or SHIPPED
        self._pack: Callable[[Path, str], ReferencePack] = lru_cache(maxsize=3)(_verified)
        self._began_with: tuple[object, ReferencePack] | None = None

    def load_live(self) -> LoadedReference:
        """Return what is to serve: what LIVE names, else the last good version before it.

        Raises ReferenceRefused where not even the first tables can be read.
        """
        refused = ""
        for name, known in self._candidates():
            try:
                return LoadedReference(self._pack(self._folder(name), known), refused)
            except ReferenceRefused as error:
                refused = refused or f"{name or LIVE}: {error.detail}"
        return LoadedReference(self._first_pack(), refused)

    def pack(self, wanted: PackId) -> ReferencePack:
        """Return a version that is kept, staged, or the first; raises ReferenceRefused."""
        places = [self._root / wanted.name]
        places += [self._staged(each.import_id) for each in self._notes() if each.after == wanted]
        for place in places:
            if place.is_dir():
                return self._pack(place, wanted.digest)
        return self._pack(self._first, wanted.digest)

    def stamp(self) -> object:
        """Return a value that changes when LIVE or what it names does."""
        try:
            text = (self._root / LIVE).read_text("ascii", "replace")
            files = sorted(self._folder(text.strip()).iterdir())
            looks = [(each.name, each.stat()) for each in (self._root / LIVE, *files)]
        except (OSError, ReferenceRefused):
            return None
        return tuple((name, look.st_mtime_ns, look.st_size) for name, look in looks)

    def stage(
        self, kind: str, data: bytes, *, as_of: date, by: str, now: datetime
    ) -> tuple[StagedImport, bool]:
        """Read a published list on top of what is live; return it and whether it is new.

        The same file on the same pack is the same import. Raises ReferenceRefused naming file and
        row, and Conflict where too many wait.
        """
        with self._locked():
            before = pack_id(self.load_live().pack)
            key = import_id(kind, as_of, digest(data), before)
            known = self.find(key)
            if known is not None:
                return known, False
            if len(list((self._root / "staged").glob("imp-*"))) >= MAX_STAGED:
                raise Conflict(f"{MAX_STAGED} imports wait; activate or discard one first.")
            shutil.rmtree(self._staged(key), ignore_errors=True)  # left by a crash, without a note
            _verified(self.place(before), before.digest)  # what lies there now is what is read
            report = import_published(
                kind, data, self.place(before), self._staged(key), as_of=as_of
            )
            staged = StagedImport(
                import_id=key,
                kind=kind,
                as_of=as_of,
                file_digest=digest(data),
                file_bytes=len(data),
                staged_at=now,
                staged_by=by,
                before=before,
                after=PackId(report.version, report.digest),
                report=report,
            )
            create_once(self._note(key), staged_bytes(staged), 0o644)
            return staged, True

    def find(self, key: str) -> StagedImport | None:
        """Return the import of that id, activated ones too; None where there is none."""
        if not IMPORT_ID.fullmatch(key):
            return None
        data = _read(self._note(key))
        return None if data is None else staged_from(data)

    def imports(self) -> tuple[StagedImport, ...]:
        """Return every import that is kept, oldest first."""
        return tuple(sorted(self._notes(), key=lambda each: (each.staged_at, each.import_id)))

    def activations(self) -> tuple[Activation, ...]:
        """Return every activation that took effect, oldest first."""
        found = self._activations()
        if not found:
            return ()
        # the last one counts once LIVE was moved: a crash may come between the two
        return found if self._live_name() == found[-1].after.name else found[:-1]

    def activate(self, key: str, *, by: str, now: datetime) -> Activation:
        """Make a staged import live; one that is activated already gives that activation again.

        Raises NotFound, and Conflict where another version is live than the import began from.
        """
        with self._locked():
            staged = self.find(key)
            if staged is None:
                raise NotFound("There is no import of that id.")
            done = [each for each in self.activations() if each.import_id == key]
            if done:
                return done[-1]
            if pack_id(self.load_live().pack) != staged.before or staged.after == staged.before:
                raise Conflict("The import changes nothing of what is live, or began from another.")
            self._keep(staged)
            activation = self._next_activation(staged, by, now)
            replace_file(self._root / LIVE, f"{staged.after.name}\n".encode())
            shutil.rmtree(self._staged(key), ignore_errors=True)
            return activation

    def discard(self, key: str) -> None:
        """Forget a staged import; raises NotFound, and Conflict for one that was activated."""
        with self._locked():
            if self.find(key) is None:
                raise NotFound("There is no import of that id.")
            if any(each.import_id == key for each in self._activations()):
                raise Conflict("The import was activated; versions are kept for ever.")
            self._note(key).unlink()
            shutil.rmtree(self._staged(key), ignore_errors=True)

    def _candidates(self) -> Iterator[tuple[str, str]]:
        """Yield names of versions and their digests, what LIVE names first, older ones after."""
        name = self._live_name()
        if name is None:
            return
        digests: dict[str, str] = {}
        for each in reversed(self._activations()):
            digests.setdefault(each.after.name, each.after.digest)
            digests.setdefault(each.before.name, each.before.digest)
        yield name, digests.get(name, "")
        yield from ((other, known) for other, known in digests.items() if other != name)

    def _first_pack(self) -> ReferencePack:
        """Return the pack of the first tables, read anew only where their files were touched."""
        files = [(each.name, each.stat()) for each in sorted(self._first.glob("*"))]
        looks = tuple((name, look.st_mtime_ns, look.st_size) for name, look in files)
        if self._began_with is None or self._began_with[0] != looks:
            self._began_with = looks, load_reference(self._first)
        return self._began_with[1]

    def _live_name(self) -> str | None:
        data = _read(self._root / LIVE, 200)
        return None if data is None else data.decode("ascii", "replace").strip()

    def _folder(self, name: str) -> Path:
        if not VERSION_NAME.fullmatch(name):
            raise ReferenceRefused("wanted the name of a version")
        return self._root / name

    def place(self, wanted: PackId) -> Path:
        """Return the folder of a version that is kept, else that of the first tables."""
        kept = self._root / wanted.name
        return kept if kept.is_dir() else self._first

    def _staged(self, key: str) -> Path:
        return self._root / "staged" / key

    def _note(self, key: str) -> Path:
        return self._root / "imports" / f"{key}.json"

    def _activation(self, number: int) -> Path:
        return self._root / "activations" / f"{number:06}.json"

    def _notes(self) -> Iterator[StagedImport]:
        for path in sorted((self._root / "imports").glob("imp-*.json")):
            data = _read(path)
            if data is not None:
                yield staged_from(data)

    def _activations(self) -> tuple[Activation, ...]:
        paths = sorted((self._root / "activations").glob("*.json"))
        return tuple(activation_from(data) for data in map(_read, paths) if data is not None)

    def _keep(self, staged: StagedImport) -> None:
        """Keep the version and the one before it, whose folder may be the package's own."""
        for wanted in (staged.before, staged.after):
            target = self._root / wanted.name
            if not target.is_dir():
                self.pack(wanted)
                source = self._first if wanted == staged.before else self._staged(staged.import_id)
                files = {
                    file_name(table): (source / file_name(table)).read_bytes() for table in TABLES
                }
                write_folder(target, files)

    def _next_activation(self, staged: StagedImport, by: str, now: datetime) -> Activation:
        took_effect = self.activations()
        for begun in self._activations()[len(took_effect) :]:
            self._activation(begun.number).unlink()  # a crash came before LIVE was moved
        activation = Activation(
            number=len(took_effect) + 1,
            import_id=staged.import_id,
            before=staged.before,
            after=staged.after,
            activated_at=now,
            activated_by=by,
        )
        path = self._activation(activation.number)
        path.parent.mkdir(parents=True, exist_ok=True)
        create_once(path, activation_bytes(activation), 0o644)
        return activation

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock: one changes it at a time, whichever the process."""
        for part in ("imports", "staged"):
            (self._root / part).mkdir(parents=True, exist_ok=True)
        handle = os.open(self._root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _read(path: Path, most: int = _MAX_NOTE) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError:
        return None


def _verified(folder: Path, known: str) -> ReferencePack:
    pack = load_reference(folder)
    if pack.digest != known:
        raise ReferenceRefused(f"{folder.name}: found other tables than were activated")
    return pack
