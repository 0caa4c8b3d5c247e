"""The bundle in service: loaded first, swapped whole, refused without harm to the one before."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog

from app.core.canonical import digest
from app.core.entry import Entry
from app.core.errors import EntryRiskError, ModelUnavailable
from app.core.features import Encoder
from app.core.history import History
from app.core.model.bundle import Bundle
from app.core.policy import Policy
from app.core.reasons import check_reason_map
from app.core.records import OutcomeFact
from app.core.reference import ReferencePack
from app.core.screening import Screener
from app.services.freshness import LISTS_GROUP, NO_LIMIT, ListsLimit
from app.services.histories import PATIENCE_S, Histories, HistoryMode, follow
from app.services.ports import Clock, HistoryStore, Ledger

LIVE_POINTER = "LIVE"  # named in a refusal where the pointer itself cannot be read
log = structlog.get_logger(__name__)


class BundleSource(Protocol):
    """Where bundles come from: the registry and its verified loader."""

    def live(self) -> str | None:
        """Return the version that LIVE names, or None; BundleUnreadable where it names none."""
        ...

    def load(self, version: str) -> Bundle:
        """Return the verified bundle; raises the BundleRefused family (blocking)."""
        ...

    def stamp(self) -> object:
        """Return a value that changes when LIVE or a file of its bundle does."""
        ...


@dataclass(frozen=True, slots=True)
class Serving:
    """Everything one answer needs of the model side, swapped as one."""

    bundle: Bundle
    policy: Policy
    encoder: Encoder
    attributes: frozenset[str]
    histories: Histories
    reference: ReferencePack
    screener: Screener
    missing_groups: tuple[str, ...] = ()  # lists, where those that should serve were refused


@dataclass(frozen=True, slots=True)
class Refusal:
    """A bundle that LIVE names and that was refused, with the code of the error and when."""

    version: str
    code: str
    detail: str
    at: datetime


class Models:
    """Holds what serves; `reload` follows LIVE and never leaves less than it found."""

    def __init__(  # noqa: PLR0913 - its collaborators; the last four by name
        self,
        source: BundleSource,
        reference: ReferencePack,
        ledger: Ledger,
        clock: Clock,
        *,
        history_store: HistoryStore,
        history_mode: HistoryMode = HistoryMode.LIVE,
        history_patience_s: float = PATIENCE_S,
        lists_limit: ListsLimit = NO_LIMIT,
    ) -> None:
        """Start with nothing loaded."""
        self.lists_limit = lists_limit
        self._source = source
        self._reference = reference
        self._screener = Screener(reference)
        self._missing_groups: tuple[str, ...] = ()
        self._ledger = ledger
        self._clock = clock
        self._history_store = history_store
        self._history_mode = history_mode
        self._history_patience_s = history_patience_s
        self._serving: Serving | None = None
        self._incoming: Histories | None = None
        self._retired: Histories | None = None  # the ones before: a request may still read them
        self._refusal: Refusal | None = None
        self._stamp: object = None
        self._reloading = asyncio.Lock()

    @property
    def serving(self) -> Serving:
        """What serves now; raises ModelUnavailable where nothing does."""
        if self._serving is None:
            raise ModelUnavailable("No verified model bundle is loaded.")
        return self._serving

    @property
    def reference(self) -> ReferencePack:
        """The reference pack that answers are given with, also while no bundle serves."""
        return self._reference

    @property
    def missing_groups(self) -> tuple[str, ...]:
        """Groups of evidence that answers are given without: lists, where they were refused."""
        return self._missing_groups

    def missing_today(self, serving: Serving) -> tuple[str, ...]:
        """Return the groups that an answer of `serving` is given without: lists refused or old."""
        today = self._clock.now().date()
        return serving.missing_groups or self.lists_limit.missing_groups(serving.reference, today)

    @property
    def is_loaded(self) -> bool:
        """Whether a bundle serves."""
        return self._serving is not None

    @property
    def refusal(self) -> Refusal | None:
        """The refused bundle that LIVE names now, if it is one."""
        return self._refusal

    async def reload(self, tenants: Iterable[str] = ()) -> bool:
        """Load what LIVE names and swap to it; say whether another bundle serves than before.

        Histories of `tenants` and of all tenants seen so far are replayed before the swap. A
        bundle that is refused is logged and kept in `refusal`; the old one keeps serving. What
        serves already is verified again: its files may have been touched since.
        """
        async with self._reloading:
            self._stamp = await asyncio.to_thread(self._source.stamp)
            version = LIVE_POINTER
            try:
                version = self._source.live() or ""
                if not version:
                    log.warning("no_live_bundle")  # a mistyped folder looks like an empty one
                    return False
                incoming = await asyncio.to_thread(self._load, version)
            except (EntryRiskError, OSError) as error:
                self._refuse(version, error)
                return False
            if self._serving and incoming.bundle.digest == self._serving.bundle.digest:
                self._refusal = None
                return False
            await self._swap(incoming, tenants)
            return True

    async def use_reference(self, pack: ReferencePack, *, lists_missing: bool = False) -> None:
        """Answer with `pack` from now on: encoder, screener and tables change in one step.

        A request under way keeps what it began with, and histories stay as they are. With
        `lists_missing` other lists than these should serve, and answers say so.
        """
        async with self._reloading:
            screener = self._screener
            if pack.digest != self._reference.digest:
                screener = await asyncio.to_thread(Screener, pack)
            groups = (LISTS_GROUP,) if lists_missing else ()
            serving = self._serving
            if serving is not None:
                bundle = serving.bundle
                serving = replace(
                    serving,
                    encoder=await asyncio.to_thread(Encoder, bundle.schema, pack, bundle.lanes),
                    reference=pack,
                    screener=screener,
                    missing_groups=groups,
                )
            self._reference, self._screener, self._missing_groups = pack, screener, groups
            self._serving = serving
        log.info("reference_serving", version=pack.version, digest=pack.digest)

    async def watch(self, every_s: float) -> None:
        """Follow LIVE for ever, looking every `every_s`; what was refused is tried once."""
        while True:
            await asyncio.sleep(every_s)
            if await asyncio.to_thread(self._source.stamp) != self._stamp:
                await self.reload()

    async def follow_histories(self, poll_s: float | None, keep_s: float) -> None:
        """For ever let the histories in service look for others' facts, and be kept."""
        await follow(
            lambda: None if self._serving is None else self._serving.histories,
            poll_s=poll_s,
            keep_s=keep_s,
        )

    def observe(self, tenant: str, seq: int, entry: Entry | None = None) -> None:
        """Let histories move on by a fact, a filing of `entry` or (None) an outcome.

        Also those of a bundle that is being loaded.
        """
        if self._serving is not None:
            self._serving.histories.observe(tenant, seq, entry)
        if self._incoming is not None:
            self._incoming.observe(tenant, seq, entry)

    def settle(self, tenant: str, fact: OutcomeFact) -> None:
        """Let histories move on by an outcome that the ledger has."""
        self.observe(tenant, fact.seq)

    async def close(self) -> None:
        """Let go of histories, after what is under way."""
        if self._retired is not None:
            await self._retired.close()
        if self._serving is not None:
            await self._serving.histories.close()

    def _load(self, version: str) -> Serving:
        bundle = self._source.load(version)
        check_reason_map(bundle.schema.names, bundle.reason_map)
        seed = History() if bundle.history is None else History.restore(bundle.history)
        return Serving(
            bundle=bundle,
            policy=Policy.from_bundle(bundle.baseline_policy),
            encoder=Encoder(bundle.schema, self._reference, bundle.lanes),
            attributes=frozenset(each.name for each in bundle.schema.attributes),
            histories=Histories(
                seed,
                self._ledger,
                self._history_mode,
                store=self._history_store,
                patience_s=self._history_patience_s,
                seed_digest=digest(bundle.history or b""),
            ),
            reference=self._reference,
            screener=self._screener,
            missing_groups=self._missing_groups,
        )

    async def _swap(self, incoming: Serving, tenants: Iterable[str]) -> None:
        seen = () if self._serving is None else self._serving.histories.tenants
        self._incoming = incoming.histories
        try:
            await incoming.histories.warm(dict.fromkeys([*seen, *tenants]))
            before, self._serving, self._refusal = self._serving, incoming, None
        finally:
            self._incoming = None
        if self._retired is not None:
            await self._retired.close()
        self._retired = None if before is None else before.histories
        bundle = incoming.bundle
        log.info("bundle_serving", version=bundle.version, digest=bundle.digest)

    def _refuse(self, version: str, error: Exception) -> None:
        code = error.code if isinstance(error, EntryRiskError) else "bundle-unreadable"
        detail = error.detail if isinstance(error, EntryRiskError) else type(error).__name__
        self._refusal = Refusal(version, code, detail, self._clock.now())
        log.error("bundle_refused", version=version, code=code, detail=detail)
