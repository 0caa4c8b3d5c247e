"""Published lists: staged, rehearsed, activated and followed; every version is kept."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import structlog

from app.core.canonical import sha256_hex
from app.core.errors import (
    Conflict,
    EntryRiskError,
    ListRefused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    ReferenceRefused,
)
from app.core.records import EventKind, EventRecord
from app.core.reference import ReferencePack
from app.core.reference.versions import (
    Activation,
    ImportState,
    ListChange,
    LoadedReference,
    PackId,
    StagedImport,
    activation_bytes,
    list_changes,
    pack_id,
)
from app.core.rehearsal import Rehearsal, cut_at
from app.services.callers import Caller
from app.services.models import Models
from app.services.ports import Clock, Ledger
from app.services.rehearsals import Rehearsals

INSTALLATION = "@installation"  # chain of what concerns all tenants; no key's tenant is named so
ANY = "*"  # an If-Match that names no version
log = structlog.get_logger(__name__)


class ReferenceShelf(Protocol):
    """Where versions are kept; every method blocks."""

    def load_live(self) -> LoadedReference:
        """Return what is to serve, the last good version where that one is refused."""
        ...

    def pack(self, wanted: PackId) -> ReferencePack:
        """Return a version that is kept or staged; raises ReferenceRefused."""
        ...

    def stamp(self) -> object:
        """Return a value that changes when the live version does."""
        ...

    def stage(
        self, kind: str, data: bytes, *, as_of: date, by: str, now: datetime
    ) -> tuple[StagedImport, bool]:
        """Read a list on top of what is live; return it and whether it is new."""
        ...

    def find(self, key: str) -> StagedImport | None:
        """Return the import of that id, or None."""
        ...

    def imports(self) -> Sequence[StagedImport]:
        """Return every import that is kept, oldest first."""
        ...

    def activations(self) -> Sequence[Activation]:
        """Return every activation, oldest first."""
        ...

    def activate(self, key: str, *, by: str, now: datetime) -> Activation:
        """Make an import live; one that was activated gives that activation again."""
        ...

    def discard(self, key: str) -> None:
        """Forget an import that was not activated."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """One import as one tenant sees it: the lists' difference, and its own entries touched.

    `etag` stands for all that is shown: who names it has seen this very set.
    """

    staged: StagedImport
    state: ImportState
    activation: Activation | None
    changes: tuple[ListChange, ...]
    rehearsal: Rehearsal

    @property
    def etag(self) -> str:
        """The entity tag, quoted as HTTP has it."""
        parts = (self.staged.import_id, self.state, self.rehearsal.digest)
        tag = sha256_hex("\x1f".join(parts).encode())[:32]
        return f'"{tag}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceView:
    """What serves, what served before and what waits; `refused` says why LIVE's does not serve."""

    pack: ReferencePack
    refused: str
    activations: tuple[Activation, ...]
    waiting: tuple[tuple[StagedImport, ImportState], ...]


class References:
    """The use cases of the lists; one activation at a time in a process."""

    def __init__(
        self,
        shelf: ReferenceShelf,
        rehearsals: Rehearsals,
        models: Models,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        """Serve what `models` was given until `follow` is called."""
        self._shelf = shelf
        self._rehearsals = rehearsals
        self._models = models
        self._ledger = ledger
        self._clock = clock
        self._stamp: object = None
        self._refused = ""
        self._recorded = 0
        self._changing = asyncio.Lock()

    async def follow(self) -> None:
        """Serve what LIVE names, or the last good version before it, and record activations.

        Nothing is raised for a version that is refused or a ledger that is down: what serves goes
        on, and the next call tries again.
        """
        try:
            self._stamp = await asyncio.to_thread(self._shelf.stamp)
            loaded = await asyncio.to_thread(self._shelf.load_live)
            self._note_refusal(loaded.refused)
            missing = bool(loaded.refused)
            serves = (self._models.reference.digest, bool(self._models.missing_groups))
            if serves != (loaded.pack.digest, missing):
                await self._models.use_reference(loaded.pack, lists_missing=missing)
            await self._record_activations()
        except (EntryRiskError, OSError) as error:
            detail = error.detail if isinstance(error, EntryRiskError) else type(error).__name__
            log.warning("reference_not_followed", detail=detail)

    async def watch(self, every_s: float) -> None:
        """Follow LIVE for ever, looking every `every_s`."""
        while True:
            await asyncio.sleep(every_s)
            if await asyncio.to_thread(self._shelf.stamp) != self._stamp:
                await self.follow()

    async def describe(self) -> ReferenceView:
        """Return what serves, the history of activations, and what waits."""
        activations, imports = await asyncio.to_thread(
            lambda: (self._shelf.activations(), self._shelf.imports())
        )
        done = {each.import_id for each in activations}
        waiting = [each for each in imports if each.import_id not in done]
        return ReferenceView(
            pack=self._models.reference,
            refused=self._refused,
            activations=tuple(activations),
            waiting=tuple((each, self._state(each, None)) for each in waiting),
        )

    async def stage(
        self, caller: Caller, kind: str, as_of: date, data: bytes
    ) -> tuple[ImportView, bool]:
        """Read a published list beside what serves; return it rehearsed and whether it is new.

        `as_of` is the publication's own day. Raises ListRefused naming file and row, and Conflict
        where too many imports wait.
        """
        now = self._clock.now()
        try:
            staged, is_new = await asyncio.to_thread(
                lambda: self._shelf.stage(kind, data, as_of=as_of, by=caller.key_id, now=now)
            )
        except ReferenceRefused as error:
            raise ListRefused(error.detail) from None
        if is_new:
            log.info("list_staged", kind=kind, import_id=staged.import_id, bytes=len(data))
        return await self._view(caller, staged), is_new

    async def show(self, caller: Caller, import_id: str) -> ImportView:
        """Return an import and what it touches of the caller's tenant; raises NotFound."""
        staged = await asyncio.to_thread(self._shelf.find, import_id)
        if staged is None:
            raise NotFound("There is no import of that id.")
        return await self._view(caller, staged)

    async def activate(self, caller: Caller, import_id: str, if_match: str | None) -> ImportView:
        """Make an import what serves, if `if_match` is the tag of what it touches now.

        Returns it with what it touched. One that was activated already gives the same again, and
        one that changes nothing is left alone. Raises NotFound, PreconditionRequired without a
        tag, PreconditionFailed where the set or the live version is another by now.
        """
        async with self._changing:
            view = await self.show(caller, import_id)
            if view.state is ImportState.ACTIVATED:
                return view
            if if_match is None:
                raise PreconditionRequired("wanted If-Match with the ETag of the import")
            if view.state is ImportState.STALE:
                raise PreconditionFailed("Another version is live by now; stage the file anew.")
            if if_match != view.etag:
                raise PreconditionFailed("The import touches other entries by now; read it again.")
            if view.state is ImportState.UNCHANGED:
                return view
            await self._make_live(caller, import_id)
            return await self.show(caller, import_id)

    async def discard(self, caller: Caller, import_id: str, if_match: str | None) -> None:
        """Forget a staged import; a tag of `*` matches any.

        Raises as `activate` does, and Conflict for one that was activated.
        """
        async with self._changing:
            if if_match is None:
                raise PreconditionRequired("wanted If-Match with the ETag of the import, or *")
            if if_match != ANY and if_match != (await self.show(caller, import_id)).etag:
                raise PreconditionFailed("The import is another by now; read it again.")
            await asyncio.to_thread(self._shelf.discard, import_id)

    async def _make_live(self, caller: Caller, import_id: str) -> None:
        now = self._clock.now()
        try:
            activation = await asyncio.to_thread(
                lambda: self._shelf.activate(import_id, by=caller.key_id, now=now)
            )
        except Conflict as error:  # another process was first
            raise PreconditionFailed(error.detail) from None
        log.info("list_activated", import_id=import_id, version=activation.after.name)
        await self.follow()

    async def _view(self, caller: Caller, staged: StagedImport) -> ImportView:
        return await asyncio.to_thread(self._seen_by, caller.tenant, staged)

    def _seen_by(self, tenant: str, staged: StagedImport) -> ImportView:
        before, after = self._shelf.pack(staged.before), self._shelf.pack(staged.after)
        done = [each for each in self._shelf.activations() if each.import_id == staged.import_id]
        activation = done[-1] if done else None
        cut = (
            cut_at(self._clock.now())
            if activation is None
            else cut_at(activation.activated_at, staged.after.digest)
        )
        return ImportView(
            staged=staged,
            state=self._state(staged, activation),
            activation=activation,
            changes=list_changes(before, after),
            rehearsal=self._rehearsals.rehearse(tenant, before, after, cut),
        )

    def _state(self, staged: StagedImport, activation: Activation | None) -> ImportState:
        if activation is not None:
            return ImportState.ACTIVATED
        if staged.before != pack_id(self._models.reference):
            return ImportState.STALE
        return ImportState.UNCHANGED if staged.before == staged.after else ImportState.STAGED

    def _note_refusal(self, refused: str) -> None:
        if refused and refused != self._refused:
            log.error("reference_refused", detail=refused)
        self._refused = refused

    async def _record_activations(self) -> None:
        """Write into the installation's chain what it does not have; the same twice is once."""
        for each in (await asyncio.to_thread(self._shelf.activations))[self._recorded :]:
            event = EventRecord(
                kind=EventKind.REFERENCE,
                subject=each.subject,
                tenant=INSTALLATION,
                recorded_at=each.activated_at,
                document=activation_bytes(each),
            )
            with suppress(Conflict):  # of folders on two hosts, the first told of it
                await self._ledger.append_event(event)
            self._recorded += 1
