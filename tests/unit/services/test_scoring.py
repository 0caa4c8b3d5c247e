"""Scoring one entry: the answer of docs/api.md, on disk before it is given, and given once."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from app.core.document import read_submission
from app.core.errors import (
    Conflict,
    IdempotencyMismatch,
    InvalidEntry,
    LedgerUnavailable,
    NotFound,
)
from app.core.history import line_history_from_json
from app.core.json_text import parse_json
from app.core.policy import Band
from app.core.records import CachedScore, LedgerFact, StoredResponse
from app.core.scale import score_of
from app.services.assessed import Explain
from app.services.callers import Caller
from app.services.histories import HistoryMode
from app.services.scoring import SCORE_ROUTE
from tests.desks import (
    CALLER,
    HOLDING,
    LISTED,
    NUMBERS,
    RELEASING,
    REVIEWING,
    TENANT,
    bench,
    entry,
    filed,
    line,
    parsed,
    reference,
    run,
    served_bundle,
    until,
    with_policy,
)
from tests.fakes import MemoryLedger

FIELDS = [
    "decision_id",
    "entry_number",
    "revision",
    "scored_at",
    "score",
    "probability",
    "band",
    "supersedes",
    "history_seq",
    "lines",
    "resubmission",
    "screening",
    "preflight",
    "unknowns",
    "exploration",
    "degraded",
    "degraded_groups",
    "model",
    "policy",
    "reference",
]


def scored(
    document: dict[str, Any],
    explain: Explain = Explain.CODES,
    policy: Mapping[str, Any] | None = None,
) -> Any:
    """Return answer and record of one entry on a fresh bench."""

    async def score() -> Any:
        with bench(with_policy(policy) if policy else None) as at:
            await at.models.reload()
            answer = await at.score(document, explain)
            (record,) = at.ledger.records
            return answer, record

    return run(score())


def test_the_answer_has_the_fields_of_the_contract_in_order() -> None:
    answer, _ = scored(filed())
    assert list(answer) == FIELDS
    assert answer["decision_id"] == "D1"
    assert answer["entry_number"] == "B76-0324527-8"
    assert answer["scored_at"] == "2026-11-24T02:31:07.412Z"
    assert answer["policy"] == {"version": 0, "source": "bundle"}
    assert answer["reference"]["digest"] == reference().digest
    assert (answer["exploration"], answer["degraded"]) == (False, False)


def test_score_and_probability_are_those_of_the_worst_line_and_the_band_the_strictest() -> None:
    pencils = line(hts="9609100000", origin_country="DE", entered_value_usd="10")
    answer, record = scored(entry(pencils, line(), pencils))
    worst = max(answer["lines"], key=lambda each: each["probability"])
    assert answer["score"] == worst["score"] == score_of(worst["probability"])
    assert answer["probability"] == worst["probability"]
    bands = [Band(each["band"]).strictness for each in answer["lines"]]
    assert Band(answer["band"]).strictness == max(bands)
    assert (record.score, record.band) == (answer["score"], answer["band"])


def test_the_record_holds_the_answer_and_what_it_was_made_from() -> None:
    answer, record = scored(filed(), Explain.FULL)
    assert orjson.loads(record.response) == answer
    submission = read_submission(filed())
    assert read_submission(parse_json(record.request)) == submission
    evidence = orjson.loads(record.evidence)
    (kept,) = evidence["lines"]
    (shown,) = answer["lines"]
    assert kept["raw_score"] == shown["raw_score"]
    assert kept["contributions"][-1] == shown["base_value"]
    assert kept["row"] == [each["value"] for each in shown["contributions"]]
    assert line_history_from_json(kept["history"]).importer is None
    assert evidence["caller"] == CALLER.key_id
    assert (record.tenant, record.model_version) == (TENANT, served_bundle().version)
    assert record.policy_version == "bundle:0"


def test_a_stored_row_gives_the_stored_score_again() -> None:
    _, record = scored(filed())
    (kept,) = orjson.loads(record.evidence)["lines"]
    row = np.array([kept["row"]], dtype=np.float64)
    assert float(served_bundle().predict(row)[0]) == kept["raw_score"]


def test_contributions_and_base_add_up_to_the_raw_score() -> None:
    answer, _ = scored(entry(line(), line(origin_country="VN")), Explain.FULL)
    for shown in answer["lines"]:
        for each in (shown["contributions"], shown["reasons"]):
            total = shown["base_value"] + sum(one["contribution"] for one in each)
            assert total == pytest.approx(shown["raw_score"], abs=1e-6)


def test_codes_explain_what_is_looked_at_and_nothing_else() -> None:
    released, _ = scored(entry(), policy=RELEASING)
    assert "reasons" not in released["lines"][0]
    reviewed, record = scored(entry(), policy=REVIEWING)
    reasons = reviewed["lines"][0]["reasons"]
    assert 0 < len(reasons) <= 5
    assert all(each["contribution"] > 0 for each in reasons)
    assert "raw_score" not in reviewed["lines"][0]
    assert orjson.loads(record.evidence)["lines"][0]["contributions"] is not None
    silent, record = scored(entry(), Explain.NONE, policy=HOLDING)
    assert "reasons" not in silent["lines"][0]
    assert orjson.loads(record.evidence)["lines"][0]["contributions"] is None


def test_a_listed_party_holds_its_line_and_leaves_the_score_alone() -> None:
    hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
    plain = line(hts="6703000000", manufacturer={"name": "Nobody At All Ltd", "country": "CN"})
    answer, record = scored(entry(hair, plain), policy=RELEASING)
    held, released = answer["lines"]
    assert (held["band"], held["floors"]) == ("hold", ["screening"])
    assert (released["band"], released["floors"]) == ("release", [])
    assert held["score"] == released["score"]
    assert {each["list"] for each in answer["screening"]} == {"WRO", "UFLPA"}
    assert {each["line_number"] for each in answer["screening"]} == {1}
    assert record.examined_because == "screening"
    first = [(each["code"], each["kind"], each["contribution"]) for each in held["reasons"][:2]]
    assert sorted(first) == [
        ("LISTED_PARTY_TA_307", "rule", 0.0),
        ("LISTED_PARTY_UFLPA", "rule", 0.0),
    ]


def test_a_listed_importer_holds_every_line() -> None:
    document = entry(line(hts="6703000000"), line(hts="6704110000"), importer={"name": LISTED})
    answer, _ = scored(document, policy=RELEASING)
    assert [each["band"] for each in answer["lines"]] == ["hold", "hold"]


@pytest.mark.parametrize(
    ("policy", "because"), [(RELEASING, "none"), (REVIEWING, "model"), (HOLDING, "model")]
)
def test_the_record_says_why_an_entry_would_be_examined(
    policy: dict[str, int], because: str
) -> None:
    _, record = scored(entry(), policy=policy)
    assert (record.examined_because, record.exploration_odds) == (because, 0.0)


def test_exploration_draws_below_the_line_with_the_odds_on_record() -> None:
    answer, record = scored(entry(), policy=RELEASING | {"exploration_rate": 1.0})
    assert answer["exploration"]
    assert answer["band"] == "release"
    assert (record.exploration_odds, record.examined_because) == (1.0, "exploration")
    assert orjson.loads(record.evidence)["exploration"]["key_id"] == "test"


def test_what_is_missing_and_what_would_be_rejected_is_said() -> None:
    answer, _ = scored(entry(line(hts="990101")))
    assert "route: no leg declared" in answer["unknowns"]
    assert any(each["path"].startswith("/lines/0") for each in answer["preflight"])


def test_an_entry_that_is_none_leaves_no_record() -> None:
    async def refuse() -> None:
        with bench() as at:
            await at.models.reload()
            with pytest.raises(InvalidEntry):
                await at.score(entry(line(attributes={"tax": "A"})))
            assert at.ledger.records == []

    run(refuse())


def test_no_answer_is_given_that_is_not_on_disk() -> None:
    async def fail() -> None:
        with bench(ledger=MemoryLedger(fails=True)) as at:
            await at.models.reload()
            with pytest.raises(LedgerUnavailable):
                await at.score(entry())

    run(fail())


def test_filed_entries_become_history_and_drafts_never() -> None:
    async def observe() -> None:
        with bench() as at:
            await at.models.reload()
            draft = await at.score(filed() | {"intent": "draft"})
            first = await at.score(filed(NUMBERS[0]))
            second = await at.score(filed(NUMBERS[1]))
            again = await at.score(filed(NUMBERS[0], revision=2))
            last = await at.score(filed(NUMBERS[2]))
            seqs = [each["history_seq"] for each in (draft, first, second, again, last)]
            assert seqs == [0, 0, 2, 3, 3]  # another revision is no first filing
            importer = "importer history: first entry seen"
            assert importer in first["unknowns"]
            assert importer not in second["unknowns"]

    run(observe())


def test_a_frozen_history_observes_nothing() -> None:
    async def observe() -> None:
        with bench(mode=HistoryMode.FROZEN) as at:
            await at.models.reload()
            await at.score(filed(NUMBERS[0]))
            assert (await at.score(filed(NUMBERS[1])))["history_seq"] == 0

    run(observe())


def test_the_same_filing_is_the_same_decision_byte_for_byte() -> None:
    async def twice() -> None:
        with bench() as at:
            await at.models.reload()
            first = await at.answer(filed())
            at.clock.move(hours=1)
            second = await at.answer(filed())
            assert second.replayed
            assert second.body == first.body
            assert len(at.ledger.records) == 1

    run(twice())


def test_the_same_number_and_revision_with_another_body_is_refused() -> None:
    async def twice() -> None:
        with bench() as at:
            await at.models.reload()
            await at.score(filed())
            with pytest.raises(Conflict):
                await at.score(filed(export_country="VN"))
            await at.score(filed(export_country="VN", revision=2))
            await at.score(filed(export_country="VN") | {"intent": "draft"})

    run(twice())


def test_the_same_filing_under_another_model_names_the_decision_it_supersedes() -> None:
    async def twice() -> None:
        with bench() as at:
            await at.models.reload()
            first = await at.score(filed())
            at.bundles.put_live(with_policy(RELEASING))
            await at.models.reload()
            second = await at.score(filed())
            assert (first["supersedes"], second["supersedes"]) == (None, first["decision_id"])
            assert at.ledger.records[-1].supersedes == first["decision_id"]
            assert (await at.score(filed())) == second

    run(twice())


def test_racing_filings_are_decided_once() -> None:
    async def race() -> None:
        with bench() as at:
            await at.models.reload()
            answers = await asyncio.gather(*(at.answer(filed()) for _ in range(10)))
            assert len({each.body for each in answers}) == 1
            assert sum(not each.replayed for each in answers) == 1

    run(race())


class OtherWriter(MemoryLedger):
    """A ledger in which another process files first, unseen until the append."""

    async def last_filed(self, *_: object) -> None:
        return None


def test_a_filing_that_another_process_decided_first_is_replayed() -> None:
    async def race() -> None:
        with bench(ledger=OtherWriter()) as at:
            await at.models.reload()
            first = await at.answer(filed())
            second = await at.answer(filed())
            assert second.replayed
            assert second.body == first.body

    run(race())


def test_a_key_replays_the_stored_answer_even_after_a_change_of_model() -> None:
    async def replay() -> None:
        with bench() as at:
            await at.models.reload()
            first = await at.answer(entry(), key="k1")
            at.bundles.put_live(with_policy(RELEASING))
            await at.models.reload()
            second = await at.answer(entry(), key="k1")
            assert second.replayed
            assert second.body == first.body
            assert len(at.ledger.records) == 1
            with pytest.raises(IdempotencyMismatch):
                await at.answer(entry(line(origin_country="VN")), key="k1")
            other = await at.answer(entry(), key="k1", caller=Caller("other", "K2"))
            assert not other.replayed

    run(replay())


def test_a_key_still_running_is_refused() -> None:
    async def race() -> None:
        with bench(ledger=MemoryLedger(gate=asyncio.Event())) as at:
            await at.models.reload()
            running = asyncio.create_task(at.answer(entry(), key="k1"))
            await until(lambda: at.desk.turns.is_taken((TENANT, SCORE_ROUTE, "k1")))
            with pytest.raises(Conflict):
                await at.answer(entry(), key="k1")
            assert at.ledger.gate is not None
            at.ledger.gate.set()
            assert not (await running).replayed

    run(race())


def test_with_a_key_a_second_decision_on_a_filing_names_the_first_where_bodies_agree() -> None:
    async def key() -> None:
        with bench() as at:
            await at.models.reload()
            first = await at.score(filed(), key="a")
            again = await at.score(filed(), key="b")
            other = await at.score(filed(export_country="VN"), key="c")
            assert again["supersedes"] == first["decision_id"]
            assert other["supersedes"] is None

    run(key())


def test_a_caller_who_goes_away_parts_neither_score_from_record_nor_key_from_answer() -> None:
    async def leave() -> None:
        with bench(ledger=MemoryLedger(gate=asyncio.Event())) as at:
            await at.models.reload()
            waiting = asyncio.create_task(at.answer(filed(), key="k1"))
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert waiting.cancelled()
            assert at.ledger.gate is not None
            at.ledger.gate.set()
            await at.desk.close()
            (record,) = at.ledger.records
            again = await at.answer(filed(), key="k1")
            assert again.replayed
            assert again.body == record.response
            assert (await at.known()).seq == 1

    run(leave())


def test_explanations_come_from_the_cache_when_it_has_them() -> None:
    async def twice() -> None:
        with bench(with_policy(HOLDING)) as at:
            await at.models.reload()
            first = await at.answer(entry())
            second = await at.answer(entry())
            assert first.trace.explained_anew == second.trace.explained_from_cache == 1
            assert parsed(first)["lines"] == parsed(second)["lines"]
            await at.answer(entry(), caller=Caller("other", "K2"))
            assert len(at.cache.kept) == 2  # one tenant's entries say nothing to another

    run(twice())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda score: replace(score, raw_score=score.raw_score + 1),
        lambda score: replace(score, contributions=None),
        lambda score: replace(score, contributions=score.contributions[:-1]),
        lambda _score: None,
    ],
)
def test_a_cache_that_has_another_score_is_a_miss(spoil: Any) -> None:
    async def twice() -> None:
        with bench(with_policy(HOLDING)) as at:
            await at.models.reload()
            first = await at.answer(entry())
            at.cache.spoil = spoil
            second = await at.answer(entry())
            assert second.trace.explained_anew == 1
            assert parsed(first)["lines"] == parsed(second)["lines"]

    run(twice())


def test_the_cache_holds_no_band() -> None:
    async def once() -> None:
        with bench(with_policy(HOLDING)) as at:
            await at.models.reload()
            await at.answer(entry())
            (kept,) = at.cache.kept.values()
            assert isinstance(kept, CachedScore)
            at.bundles.put_live(with_policy(RELEASING, "2026-04-01-dddddd"))
            await at.models.reload()
            assert (await at.score(entry()))["band"] == "release"

    run(once())


def test_a_long_entry_is_answered_as_its_short_ones_are() -> None:
    lines = [line(entered_value_usd=str(value)) for value in range(100, 130)]

    async def score() -> None:
        with bench(mode=HistoryMode.FROZEN) as at:
            await at.models.reload()
            long = await at.score(entry(*lines), Explain.FULL)
            short = await at.score(entry(lines[7]), Explain.FULL)
            one = long["lines"][7]
            assert {**one, "line_number": 1} != short["lines"][0]  # values of the entry differ
            assert len(long["lines"]) == 30

    run(score())


def test_an_entry_is_answered_degraded_while_its_history_is_not_replayed() -> None:
    class NoReplay(MemoryLedger):
        def facts(self, *_: object) -> Iterator[LedgerFact]:
            raise LedgerUnavailable("cannot be read")

    async def score() -> None:
        with bench(with_policy(RELEASING), ledger=NoReplay()) as at:
            await at.models.reload()
            answer = await at.score(entry())
            assert (answer["degraded"], answer["degraded_groups"]) == (True, ["history"])
            assert (answer["band"], answer["lines"][0]["floors"]) == ("review", ["degraded"])
            assert "history: not available, answered without it" in answer["unknowns"]
            (record,) = at.ledger.records
            assert record.degraded
            assert record.examined_because == "degraded"

    run(score())


def test_a_decision_is_shown_to_its_tenant_alone() -> None:
    async def show() -> None:
        with bench() as at:
            await at.models.reload()
            answer = await at.score(entry())
            kept = await at.desk.decision(TENANT, answer["decision_id"])
            assert StoredResponse(kept.response).body == kept.response
            for tenant, decision_id in (("other", answer["decision_id"]), (TENANT, "D9")):
                with pytest.raises(NotFound):
                    await at.desk.decision(tenant, decision_id)

    run(show())
