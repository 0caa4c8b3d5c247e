"""A decision computed again from what was stored: its model, lists, policy, entry and history.

Nothing that serves now is read or touched. What is not there any more is named exactly.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from numpy.typing import NDArray

from app.core.canonical import number_or_null
from app.core.errors import BundleRefused, DataRefused, ReferenceRefused
from app.core.features import Encoder, LineFacts
from app.core.history import LineHistory, line_history_from_json
from app.core.model.bundle import Bundle
from app.core.policy import Band, Floor, FloorKind, Policy, Verdict, decide, strictest
from app.core.records import DecisionRecord
from app.core.reference import ReferencePack
from app.core.reference.versions import PackId
from app.core.rules import findings_of
from app.core.scale import score_of
from app.core.screening import HitStrength, Screener
from app.services.desk import Desk
from app.services.stored import StoredDecision, read_stored
from app.services.workers import Lane

SAME_REASON = 1e-6  # log-odds: what contributions may differ by, as they add up to that
KEPT = 2  # models and lists held between replays, each
_FROM_ELSEWHERE = frozenset({FloorKind.RESUBMISSION.value, FloorKind.DEGRADED.value})


class StoredBundles(Protocol):
    """Where bundles that served once are kept."""

    def recall(self, version: str) -> Bundle:
        """Return the verified bundle, however old; raises the BundleRefused family (blocking)."""
        ...


class StoredPacks(Protocol):
    """Where reference packs that served once are kept."""

    def pack(self, wanted: PackId) -> ReferencePack:
        """Return that very pack; raises ReferenceRefused (blocking)."""
        ...


@dataclass(frozen=True, slots=True)
class Missing:
    """A stored version that a replay needs and that is not there, and why."""

    what: str
    version: str | None
    digest: str | None
    why: str


class NotReplayable(Exception):
    """A stored version is missing; caught where the replay is answered."""

    def __init__(self, missing: Missing) -> None:
        """Carry what is missing."""
        super().__init__(missing.why)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Again:
    """One line computed again."""

    facts: LineFacts
    row: NDArray[Any]
    raw_score: float
    probability: float
    score: int
    verdict: Verdict


class Replays:
    """The use case behind POST /v1/decisions/{id}/replay."""

    def __init__(
        self,
        desk: Desk,
        bundles: StoredBundles,
        packs: StoredPacks,
        screening: Callable[[ReferencePack], Screener] = Screener,
    ) -> None:
        """Recall versions from `bundles` and `packs`, search lists by what `screening` makes.

        A few of each are kept between replays.
        """
        self._screening = screening
        self._desk = desk
        self._bundles = bundles
        self._packs = packs
        self._bundle: Callable[[str], Bundle] = lru_cache(KEPT)(bundles.recall)
        self._screener: Callable[[PackId], tuple[ReferencePack, Screener]] = lru_cache(KEPT)(
            self._screener_of
        )

    async def replay(self, tenant: str, decision_id: str) -> dict[str, Any]:
        """Compute the tenant's decision again and say whether each line is bit-identical.

        Raises NotFound for any other tenant's decision or one that was erased, LedgerUnavailable.
        """
        record = await self._desk.decision(tenant, decision_id)
        return await self._desk.workers.run(Lane.BATCH, lambda: self._replayed(record))

    def _replayed(self, record: DecisionRecord) -> dict[str, Any]:
        stored = read_stored(record)
        try:
            lines = self._again(stored)
        except NotReplayable as error:
            return _document(record, "not_replayable", missing=error.missing)
        differences = [each for line in lines for each in self._differences(line, stored)]
        state = "different" if differences else "identical"
        return _document(record, state, lines, differences=differences)

    def _again(self, stored: StoredDecision) -> list[Again]:
        record, entry = stored.record, stored.submission.entry
        bundle = self._recalled_bundle(record)
        pack, screener = self._recalled_pack(stored)
        history = _history(stored)
        hits = screener.screen(entry, stored.at)
        encoder = Encoder(bundle.schema, pack, bundle.lanes)
        facts = encoder.facts(entry, history, hits, stored.at)
        rows = encoder.encode(facts)
        kept = stored.proof["policy"]
        policy = Policy(review_at=kept["review_at"], hold_at=kept["hold_at"])
        lines = []
        for fact, row, raw in zip(facts, rows, bundle.predict(rows), strict=True):
            probability = bundle.probability(float(raw))
            score = score_of(probability)
            evidence = stored.evidence[fact.line.line_number]
            verdict = decide(score, policy, _floors(fact, evidence))
            lines.append(Again(fact, row, float(raw), probability, score, verdict))
        return lines

    def _recalled_bundle(self, record: DecisionRecord) -> Bundle:
        version, digest = record.model_version, record.model_digest
        try:
            bundle = self._bundle(version)
        except (BundleRefused, OSError) as error:
            why = _why(error)
            raise NotReplayable(Missing("model", version, digest, why)) from error
        if bundle.digest != digest:
            raise NotReplayable(Missing("model", version, digest, f"found {bundle.digest}"))
        return bundle

    def _recalled_pack(self, stored: StoredDecision) -> tuple[ReferencePack, Screener]:
        named = stored.proof["reference"]
        wanted = PackId(named["version"], named["digest"])
        try:
            return self._screener(wanted)
        except (ReferenceRefused, OSError) as error:
            missing = Missing("reference", wanted.version, wanted.digest, _why(error))
            raise NotReplayable(missing) from error

    def _screener_of(self, wanted: PackId) -> tuple[ReferencePack, Screener]:
        pack = self._packs.pack(wanted)
        return pack, self._screening(pack)

    def _differences(self, line: Again, stored: StoredDecision) -> Iterator[dict[str, Any]]:
        number = line.facts.line.line_number
        evidence, answered = stored.evidence[number], stored.answered[number]
        hits = [[each.entity_id, each.role, each.strength.value] for each in line.facts.hits]
        floors = sorted([each.kind.value, each.band.value] for each in line.verdict.floors)
        compared = {
            "row": (evidence["row"], [number_or_null(each) for each in line.row.tolist()]),
            "hits": (evidence["hits"], hits),
            "raw_score": (evidence["raw_score"], line.raw_score),
            "probability": (answered["probability"], line.probability),
            "score": (answered["score"], line.score),
            "floors": (sorted(evidence["floors"]), floors),
            "band": (answered["band"], line.verdict.band.value),
        }
        for what, (before, after) in compared.items():
            if not is_same(before, after):
                yield {"line_number": number, "what": what, "stored": before, "replayed": after}
        yield from self._reasons(line, evidence, stored.record)

    def _reasons(
        self, line: Again, evidence: Mapping[str, Any], record: DecisionRecord
    ) -> Iterator[dict[str, Any]]:
        before = evidence["contributions"]
        if before is None:
            return
        after = self._bundle(record.model_version).contributions(line.row[None, :])[0].tolist()
        apart = [abs(one - other) for one, other in zip(before, after, strict=True)]
        if max(apart) > SAME_REASON:
            number = line.facts.line.line_number
            yield {
                "line_number": number,
                "what": "contributions",
                "stored": before,
                "replayed": after,
            }


def is_same(before: Any, after: Any) -> bool:  # JSON values
    """Say whether two values are the same to the last bit: -0.0 is not 0.0, null is null."""
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(is_same, before, after))
    if isinstance(before, float) and isinstance(after, float):
        return before.hex() == after.hex()
    return bool(before == after)


def _history(stored: StoredDecision) -> tuple[LineHistory, ...]:
    try:
        return tuple(line_history_from_json(each["history"]) for each in stored.evidence.values())
    except DataRefused as error:
        raise NotReplayable(Missing("history", None, None, _why(error))) from error


def _floors(fact: LineFacts, evidence: Mapping[str, Any]) -> list[Floor]:
    """Return the floors of list hits and rules anew, those of other decisions as they were kept."""
    floors = [
        Floor(FloorKind(kind), Band(band))
        for kind, band in evidence["floors"]
        if kind in _FROM_ELSEWHERE
    ]
    if any(hit.strength is HitStrength.STRONG for hit in fact.hits):
        floors.append(Floor(FloorKind.SCREENING, Band.HOLD))
    bands = [each.floor for each in findings_of(fact) if each.floor is not None]
    if bands:
        floors.append(Floor(FloorKind.RULE, strictest(bands)))
    return floors


def _why(error: Exception) -> str:
    return str(getattr(error, "detail", type(error).__name__))


def _document(
    record: DecisionRecord,
    state: str,
    lines: list[Again] | None = None,
    *,
    differences: list[dict[str, Any]] | None = None,
    missing: Missing | None = None,
) -> dict[str, Any]:
    absent = []
    if missing is not None:
        absent = [
            {
                "what": missing.what,
                "version": missing.version,
                "digest": missing.digest,
                "why": missing.why,
            }
        ]
    return {
        "decision_id": record.decision_id,
        "state": state,
        "lines": [
            {
                "line_number": each.facts.line.line_number,
                "raw_score": each.raw_score,
                "probability": each.probability,
                "score": each.score,
                "band": each.verdict.band.value,
            }
            for each in lines or ()
        ],
        "differences": differences or [],
        "missing": absent,
    }
