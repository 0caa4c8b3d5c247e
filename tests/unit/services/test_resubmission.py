"""Goods declared again otherwise keep their band until a person explains, in scripted sequences."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.core.errors import Conflict, InvalidExplanation, LedgerUnavailable, NotFound
from app.core.resubmission import WINDOW_DAYS
from app.core.resubmitted import RESUBMISSION_CODE
from app.services.callers import Caller
from app.services.explanations import Explanations
from app.services.resubmission import MAX_EARLIER
from tests.desks import (
    CALLER,
    HOLDING,
    NUMBERS,
    RELEASING,
    REVIEWING,
    Bench,
    bench,
    line,
    parsed,
    run,
    with_policy,
)
from tests.fakes import MemoryLedger

MAKER = {
    "name": "Example Trading Garment Co., Ltd.",
    "mid": "CNEXATRA12NIN",
    "city": "Ningbo",
    "country": "CN",
}
TOLD = {"kind": "corrected_error", "reason": "The invoice named the wrong origin."}
OTHER = Caller("other", "K9")


def shipped(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a draft on the one bill of these tests."""
    return {
        "importer": {"number": "12-3456789AB", "name": "Harbor Outfitters LLC"},
        "bills_of_lading": ["OOLU2634418870"],
        "lines": list(lines or [goods()]),
    } | changes


def goods(**changes: Any) -> dict[str, Any]:
    """Return a line with a maker and a quantity."""
    usual = {"manufacturer": MAKER, "quantity": 2500, "quantity_unit": "NO"}
    return line(**(usual | changes))


class Script:
    """A bench whose policy moves between the steps of a sequence."""

    def __init__(self, at: Bench) -> None:
        self.at = at
        self._policies = 1

    async def under(self, policy: dict[str, Any]) -> None:
        """Serve the same model with another policy."""
        self._policies += 1
        self.at.bundles.put_live(with_policy(policy, f"2026-04-0{self._policies}-aaaaaa"))
        await self.at.models.reload()

    async def explain(self, answer: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Explain a decision."""
        explanations = Explanations(self.at.ledger, self.at.clock)
        return await explanations.explain(CALLER, answer["decision_id"], TOLD | changes)


Step = Callable[[Script], Awaitable[None]]


def play(step: Step, ledger: MemoryLedger | None = None) -> None:
    """Play a sequence that starts under a policy that holds everything."""

    async def played() -> None:
        with bench(with_policy(HOLDING), ledger=ledger) as at:
            await at.models.reload()
            await step(Script(at))

    run(played())


async def first_held_then(script: Script, now: dict[str, Any], **then: Any) -> dict[str, Any]:
    """Return the answer for `now` under a mild policy, after the usual goods were held."""
    held = await script.at.score(shipped(**then))
    assert (held["band"], held["resubmission"]) == ("hold", None)
    await script.under(RELEASING)
    return await script.at.score(now)


CHANGES: dict[str, dict[str, Any]] = {
    "origin_country": shipped(goods(origin_country="VN")),
    "hts": shipped(goods(hts="6403990000")),
    "manufacturer": shipped(goods(manufacturer={"name": "Harbor Knitting Mill", "country": "CN"})),
    "route": shipped(export_country="VN"),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_a_changed_origin_code_maker_or_route_keeps_the_band(changed: str) -> None:
    async def step(script: Script) -> None:
        answer = await first_held_then(script, CHANGES[changed], export_country="CN")
        assert answer["band"] == "hold"
        assert changed in answer["resubmission"]["changed"]
        assert answer["resubmission"] | {"changed": 0} == {"of": "D1", "changed": 0, "band": "hold"}
        (only,) = answer["lines"]
        assert only["floors"] == ["resubmission"]
        reason = next(each for each in only["reasons"] if each["code"] == RESUBMISSION_CODE)
        assert (reason["kind"], reason["source"]) == ("rule", "decision:D1")
        assert (reason["contribution"], reason["regime"]) == (0.0, None)
        record = script.at.ledger.records[-1]
        assert record.examined_because == "resubmission"
        assert orjson.loads(record.evidence)["resubmission"] == answer["resubmission"]

    play(step)


def test_what_was_changed_is_all_that_was_changed() -> None:
    async def step(script: Script) -> None:
        answer = await first_held_then(script, shipped(goods(origin_country="VN")))
        assert answer["resubmission"]["changed"] == ["origin_country"]

    play(step)


@pytest.mark.parametrize(
    "now",
    [
        shipped(goods(manufacturer=MAKER | {"name": "Example Trading Garmnet Co"})),
        shipped(goods(hts="6201407599")),
        shipped(revision=2, entry_number=NUMBERS[0]),
        shipped(goods(entered_value_usd="48999.00")),
        shipped(goods(gross_weight_kg=1890, description="jackets")),
    ],
)
def test_a_corrected_typo_or_a_completed_entry_keeps_nothing(now: dict[str, Any]) -> None:
    async def step(script: Script) -> None:
        answer = await first_held_then(script, now)
        assert (answer["band"], answer["resubmission"]) == ("release", None)

    play(step)


@pytest.mark.parametrize(
    "now",
    [
        shipped(goods(origin_country="VN"), bills_of_lading=["MSCU7712345"]),
        shipped(goods(origin_country="VN"), bills_of_lading=[]),
        shipped(goods(origin_country="VN", entered_value_usd="90000")),
        shipped(goods(origin_country="VN", entered_value_usd="48000"), importer={"number": "9"}),
    ],
)
def test_other_goods_are_not_held_against(now: dict[str, Any]) -> None:
    async def step(script: Script) -> None:
        assert (await first_held_then(script, now))["resubmission"] is None

    play(step)


def test_a_sparse_entry_has_no_floor_and_asks_nothing_of_the_ledger() -> None:
    class Unasked(MemoryLedger):
        async def find_many(self, *_: Any, **__: Any) -> Any:
            raise AssertionError

    async def step(script: Script) -> None:
        sparse = shipped(bills_of_lading=[])
        await script.at.score(sparse)
        assert (await script.at.score(sparse))["resubmission"] is None

    play(step, Unasked())


def test_a_line_that_was_split_and_lines_in_another_order_are_seen_through() -> None:
    half = goods(entered_value_usd="24125", quantity=1250)

    async def step(script: Script) -> None:
        shoes = line(hts="6403990000", entered_value_usd="9000")
        await script.at.score(shipped(goods(), shoes))
        await script.under(RELEASING)
        swapped = await script.at.score(shipped(shoes, goods()))
        assert swapped["resubmission"] is None
        moved = half | {"origin_country": "VN"}
        split = await script.at.score(shipped(shoes, half, moved))
        assert split["resubmission"]["changed"] == ["origin_country"]
        assert [each["floors"] for each in split["lines"]] == [[], *[["resubmission"]] * 2]

    play(step)


def test_drafts_bind_a_filing_and_a_filing_binds_drafts() -> None:
    async def step(script: Script) -> None:
        moved = shipped(goods(origin_country="VN"))
        answer = await first_held_then(
            script, moved | {"intent": "filed", "entry_number": NUMBERS[0]}
        )
        assert answer["resubmission"]["of"] == "D1"
        drafted = await script.at.score(shipped(goods(origin_country="MY")))
        assert drafted["band"] == "hold"

    play(step)


def test_a_chain_of_small_steps_does_not_launder() -> None:
    async def step(script: Script) -> None:
        at = script.at
        await at.score(shipped())
        await script.under(RELEASING)
        second = await at.score(shipped(goods(origin_country="VN"), containers=["OOLU9182736"]))
        assert second["band"] == "hold"
        third = await at.score(
            shipped(goods(origin_country="MY"), bills_of_lading=[], containers=["OOLU9182736"])
        )
        assert third["resubmission"] == {
            "of": "D2",
            "changed": ["origin_country"],
            "band": "hold",
        }

    play(step)


def test_a_flood_of_other_decisions_on_the_bill_hides_nothing() -> None:
    async def step(script: Script) -> None:
        await script.at.score(shipped())
        await script.under(RELEASING)
        for number in range(MAX_EARLIER + 3):
            await script.at.score(shipped(goods(entered_value_usd=str(100 + number))))
        answer = await script.at.score(shipped(goods(origin_country="VN")))
        assert answer["resubmission"]["of"] == "D1"

    play(step)


def test_the_window_ends() -> None:
    async def step(script: Script) -> None:
        await script.at.score(shipped())
        await script.under(RELEASING)
        script.at.clock.move(days=WINDOW_DAYS + 1)
        answer = await script.at.score(shipped(goods(origin_country="VN")))
        assert answer["resubmission"] is None

    play(step)


def test_an_explanation_lifts_that_change_and_no_other() -> None:
    async def step(script: Script) -> None:
        at = script.at
        changed = await first_held_then(script, shipped(goods(origin_country="VN")))
        kept = await script.explain(changed)
        assert kept == TOLD | {
            "decision_id": "D2",
            "of": "D1",
            "changed": ["origin_country"],
            "recorded_by": CALLER.key_id,
            "recorded_at": "2026-11-24T02:31:07.412Z",
        }
        at.clock.move(hours=1)
        again = await at.score(shipped(goods(origin_country="VN")))
        assert (again["band"], again["resubmission"]) == ("release", None)
        further = await at.score(shipped(goods(origin_country="MY")))
        assert (further["band"], further["resubmission"]["of"]) == ("hold", "D1")

    play(step)


def test_what_was_explained_holds_no_later_change_by_its_lifted_floor() -> None:
    async def step(script: Script) -> None:
        at = script.at
        await at.score(shipped(containers=["OOLU9182736"]))
        await script.under(RELEASING)
        changed = await at.score(shipped(goods(origin_country="VN"), containers=["MSCU1234566"]))
        await script.explain(changed)
        at.clock.move(hours=1)
        apart = shipped(goods(origin_country="MY"), bills_of_lading=[], containers=["MSCU1234566"])
        answer = await at.score(apart)
        assert answer["band"] == "release"

    play(step)


def test_an_explanation_is_kept_once_and_never_overwritten() -> None:
    async def step(script: Script) -> None:
        changed = await first_held_then(script, shipped(goods(origin_country="VN")))
        first = await script.explain(changed)
        script.at.clock.move(hours=1)
        assert await script.explain(changed) == first
        with pytest.raises(Conflict):
            await script.explain(changed, reason="Quite another story than before.")
        explanations = Explanations(script.at.ledger, script.at.clock)
        assert await explanations.given(CALLER.tenant, "D2") == [first]
        assert await explanations.given(CALLER.tenant, "D1") == []

    play(step)


def test_only_what_is_held_can_be_explained_by_its_tenant_in_words() -> None:
    async def step(script: Script) -> None:
        changed = await first_held_then(script, shipped(goods(origin_country="VN")))
        explanations = Explanations(script.at.ledger, script.at.clock)
        with pytest.raises(Conflict, match="nothing to explain"):
            await explanations.explain(CALLER, "D1", TOLD)
        with pytest.raises(NotFound):
            await explanations.explain(OTHER, changed["decision_id"], TOLD)
        with pytest.raises(NotFound):
            await explanations.given("other", changed["decision_id"])
        with pytest.raises(InvalidExplanation):
            await explanations.explain(CALLER, changed["decision_id"], {})
        erase(script.at.ledger, 1, response=b"")
        with pytest.raises(Conflict):
            await explanations.explain(CALLER, changed["decision_id"], TOLD)

    play(step)


def erase(ledger: MemoryLedger, place: int, **parts: Any) -> None:
    """Erase parts of a stored decision, as retention does."""
    ledger.kept[place] = replace(ledger.records[place], **parts)


def test_another_tenant_never_counts() -> None:
    async def step(script: Script) -> None:
        await script.at.score(shipped(), caller=OTHER)
        await script.under(RELEASING)
        answer = await script.at.score(shipped(goods(origin_country="VN")))
        assert answer["resubmission"] is None

    play(step)


def degraded(ledger: MemoryLedger, place: int) -> None:
    """Change a stored release into a review that missing data alone raised."""
    response = orjson.loads(ledger.records[place].response)
    evidence = orjson.loads(ledger.records[place].evidence)
    for each in response["lines"]:
        each.update(band="review", floors=["degraded"])
    for each in evidence["lines"]:
        each.update(floors=[["degraded", "review"]])
    erase(ledger, place, response=orjson.dumps(response), evidence=orjson.dumps(evidence))


def test_a_band_that_only_missing_data_raised_is_not_kept() -> None:
    async def step(script: Script) -> None:
        at = script.at
        await script.under(RELEASING)
        await at.score(shipped())
        degraded(at.ledger, 0)
        answer = await at.score(shipped(goods(origin_country="VN")))
        assert answer["band"] == "release"
        erase(at.ledger, 0, evidence=b"")
        without = await at.score(shipped(goods(origin_country="MY")))
        assert (without["band"], without["resubmission"]["of"]) == ("review", "D1")

    play(step)


def test_a_decision_that_was_erased_or_cannot_be_read_is_passed_over() -> None:
    async def step(script: Script) -> None:
        await script.at.score(shipped())
        await script.under(RELEASING)
        for request in (b"", b'{"lines":[]}'):
            erase(script.at.ledger, 0, request=request)
            answer = await script.at.score(shipped(goods(origin_country="VN")))
            assert answer["resubmission"] is None

    play(step)


def test_an_earlier_review_is_the_floor_of_a_release() -> None:
    async def step(script: Script) -> None:
        await script.under(REVIEWING)
        await script.at.score(shipped())
        await script.under(RELEASING)
        answer = await script.at.score(shipped(goods(origin_country="VN")))
        assert (answer["band"], answer["resubmission"]["band"]) == ("review", "review")

    play(step)


def test_entries_of_one_batch_are_held_against_the_ledger_and_not_each_other() -> None:
    async def step(script: Script) -> None:
        at = script.at
        await at.score(shipped())
        await script.under(RELEASING)
        elsewhere = {"bills_of_lading": ["MSCU7712345"]}
        answer = await at.score_all(
            shipped(goods(origin_country="VN")),
            shipped(goods(origin_country="MY")),
            shipped(**elsewhere),
            shipped(goods(origin_country="VN"), **elsewhere),
        )
        held, too, first, second = parsed(answer)["results"]
        assert held["resubmission"]["of"] == too["resubmission"]["of"] == "D1"
        assert first["resubmission"] is second["resubmission"] is None

    play(step)


def test_nothing_is_decided_while_the_ledger_cannot_be_asked() -> None:
    class Mute(MemoryLedger):
        async def find_many(self, *_: Any, **__: Any) -> Any:
            await asyncio.sleep(0)
            raise LedgerUnavailable("cannot be read")

    async def step(script: Script) -> None:
        with pytest.raises(LedgerUnavailable):
            await script.at.score(shipped())
        assert script.at.ledger.records == []

    play(step, Mute())
