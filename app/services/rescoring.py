"""Scoring a stored decision again with a value filled in, by the model and tables that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.counterfactuals import LineScore
from app.core.entry import Entry
from app.core.errors import DataRefused
from app.core.history import LineHistory, line_history_from_json
from app.core.policy import Band, FloorKind, Policy, strictest
from app.core.rules import findings_of
from app.core.scale import score_of
from app.core.screening import Hit, HitStrength
from app.services.models import Serving
from app.services.stored import StoredDecision

SAME_RAW = 1e-9  # log-odds; a decision that can't be met again to that is not told of
_KEPT = frozenset({FloorKind.RESUBMISSION.value, FloorKind.DEGRADED.value})


def scores_now(stored: StoredDecision) -> tuple[LineScore, ...]:
    """Return the lines as they scored."""
    return tuple(
        LineScore(number, evidence["raw_score"], stored.answered[number]["score"],
                  Band(stored.answered[number]["band"]))
        for number, evidence in stored.evidence.items()
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rescorer:
    """Scores lines of a variant of the entry, against the history the decision stored."""

    serving: Serving
    stored: StoredDecision
    policy: Policy
    history: tuple[LineHistory, ...]
    floors: Mapping[int, Band]
    hits: tuple[Hit, ...]

    def __call__(self, entry: Entry, line_numbers: Sequence[int]) -> list[LineScore]:
        """Return the scores of these lines of `entry`, in the order of its lines."""
        at, serving = self.stored.at, self.serving
        hits = self._hits(entry)
        wanted = set(line_numbers)
        facts = [
            each
            for each in serving.encoder.facts(entry, self.history, hits, at)
            if each.line.line_number in wanted
        ]
        raws = serving.bundle.predict(serving.encoder.encode(facts))
        scores = []
        for fact, found in zip(facts, raws, strict=True):
            number, raw = fact.line.line_number, float(found)
            score = score_of(serving.bundle.probability(raw))
            bands = [self.policy.band_of(score), self.floors.get(number, Band.RELEASE)]
            bands += [each.floor for each in findings_of(fact) if each.floor is not None]
            if any(hit.strength is HitStrength.STRONG for hit in fact.hits):
                bands.append(Band.HOLD)
            scores.append(LineScore(number, raw, score, strictest(bands)))
        return scores

    def _hits(self, entry: Entry) -> tuple[Hit, ...]:
        """Return the hits of a variant: only lines whose manufacturer was filled in look again."""
        lines = self.stored.submission.entry.lines
        changed = [
            line
            for before, line in zip(lines, entry.lines, strict=True)
            if line.manufacturer is not before.manufacturer
        ]
        if not changed:
            return self.hits
        numbers = {line.line_number for line in changed}
        again = self.serving.screener.screen(replace(entry, lines=tuple(changed)), self.stored.at)
        kept = [hit for hit in self.hits if hit.line_number not in numbers]
        return (*kept, *(hit for hit in again if hit.line_number in numbers))


def rescorer_of(
    stored: StoredDecision, serving: Serving, line_numbers: Sequence[int]
) -> Rescorer | None:
    """Return what scores these lines again, or None where that can't be done to the last digit.

    It can't where another model or other tables serve, where the stored history is of another
    form, or where the same entry no longer gives the scores these lines had.
    """
    record = stored.record
    made_by = (record.model_digest, record.reference_digest)
    if made_by != (serving.bundle.digest, serving.reference.digest):
        return None
    try:
        history = tuple(
            line_history_from_json(each["history"]) for each in stored.evidence.values()
        )
    except DataRefused:
        return None
    kept = stored.proof["policy"]
    floors = {
        number: strictest(Band(band) for kind, band in line["floors"] if kind in _KEPT)
        for number, line in stored.evidence.items()
    }
    policy = Policy(review_at=kept["review_at"], hold_at=kept["hold_at"])
    hits = serving.screener.screen(stored.submission.entry, stored.at)
    rescorer = Rescorer(serving, stored, policy, history, floors, hits)
    return rescorer if _meets(rescorer, stored, set(line_numbers)) else None


def _meets(rescorer: Rescorer, stored: StoredDecision, numbers: set[int]) -> bool:
    now = [each for each in scores_now(stored) if each.line_number in numbers]
    again = rescorer(stored.submission.entry, [each.line_number for each in now])
    return all(
        abs(before.raw_score - after.raw_score) <= SAME_RAW and before.band is after.band
        for before, after in zip(now, again, strict=True)
    )
