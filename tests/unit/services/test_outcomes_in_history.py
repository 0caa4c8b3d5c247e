"""An outcome moves history on from the day after it became known; a correction takes it back."""

from typing import Any

import orjson

from app.core.history import LineHistory, line_history_from_json
from app.services.assessed import Explain
from app.services.desk import Asked
from app.services.outcomes import OutcomeService
from tests.desks import CALLER, NUMBERS, RELEASING, Bench, bench, entry, filed, run, with_policy

MAKER = {"name": "Example Trading Garment Co., Ltd.", "city": "Dandong", "country": "CN"}


def garments(**changes: Any) -> dict[str, Any]:
    """A line of one maker."""
    return {
        "hts": "6201407511",
        "origin_country": "CN",
        "entered_value_usd": "48250.00",
        "manufacturer": MAKER,
    } | changes


async def tell(at: Bench, **changes: Any) -> str:
    """Record an outcome of the first entry and return its id."""
    document = {
        "entry_number": NUMBERS[0],
        "line_numbers": [1],
        "code": "excluded",
        "source": "government",
        "event_at": "2026-11-24",
        "known_at": "2026-11-24",
    } | changes
    answer = await OutcomeService(at.desk, at.models).record(
        Asked(CALLER, Explain.NONE, None), document
    )
    outcome_id: str = orjson.loads(answer.body)["outcome_id"]
    return outcome_id


async def read_by(at: Bench, *lines: dict[str, Any]) -> tuple[LineHistory, int]:
    """Score a draft and return the history its line was read against, and its position."""
    await at.settled()
    await at.score(entry(*(lines or (garments(),))))
    record = at.ledger.records[-1]
    (line, *_) = orjson.loads(record.evidence)["lines"]
    return line_history_from_json(line["history"]), record.history_seq


def supplier(history: LineHistory) -> tuple[float, float, float]:
    """What is known of the maker: detained, denied, cleared."""
    assert history.supplier is not None
    state = history.supplier
    return round(state.detained, 2), round(state.denied, 2), round(state.cleared, 2)


def test_an_outcome_is_seen_from_the_day_after_it_became_known() -> None:
    async def use() -> None:
        with bench(with_policy(RELEASING)) as at:
            await at.models.reload()
            await at.score(filed(NUMBERS[0], garments()))
            await tell(at)
            same_day, seq = await read_by(at)
            assert (supplier(same_day), seq) == ((0, 0, 0), 2)
            at.clock.move(days=1)
            assert supplier((await read_by(at))[0]) == (0, 1, 0)

    run(use())


def test_a_correction_takes_back_what_it_corrects() -> None:
    async def use() -> None:
        with bench(with_policy(RELEASING)) as at:
            await at.models.reload()
            await at.score(filed(NUMBERS[0], garments()))
            wrong = await tell(at)
            at.clock.move(days=1)
            assert supplier((await read_by(at))[0]) == (0, 1, 0)
            await tell(at, code="examined_clear", known_at="2026-11-25", corrects=wrong)
            at.clock.move(days=1)
            assert supplier((await read_by(at))[0]) == (0, 0, 1)

    run(use())


def test_a_pending_detention_and_what_follows_it_are_both_known() -> None:
    async def use() -> None:
        with bench(with_policy(RELEASING)) as at:
            await at.models.reload()
            await at.score(filed(NUMBERS[0], garments()))
            await tell(at, code="detained_pending")
            await tell(at, code="abandoned")
            at.clock.move(days=1)
            assert supplier((await read_by(at))[0]) == (1, 0.5, 0)

    run(use())


def test_an_outcome_of_a_whole_entry_of_several_makers_is_no_makers() -> None:
    async def use() -> None:
        with bench(with_policy(RELEASING)) as at:
            await at.models.reload()
            other = garments(manufacturer=MAKER | {"name": "Another Garment Co., Ltd."})
            await at.score(filed(NUMBERS[0], garments(), other))
            await tell(at, line_numbers=None)
            at.clock.move(days=1)
            history, _ = await read_by(at)
            assert supplier(history) == (0, 0, 0)
            assert history.everyone is not None
            assert history.everyone.denied > 0

    run(use())


def test_a_revision_is_counted_once_and_its_outcome_too() -> None:
    async def use() -> None:
        with bench(with_policy(RELEASING)) as at:
            await at.models.reload()
            await at.score(filed(NUMBERS[0], garments()))
            await at.score(filed(NUMBERS[0], garments(quantity=7), revision=2))
            await tell(at)
            at.clock.move(days=1)
            history, _ = await read_by(at)
            assert history.supplier is not None
            assert (history.supplier.entries, supplier(history)) == (1, (0, 1, 0))

    run(use())


def test_a_fresh_start_knows_what_was_known_before() -> None:
    async def use() -> None:
        with bench(with_policy(RELEASING)) as at:
            await at.models.reload()
            await at.score(filed(NUMBERS[0], garments()))
            wrong = await tell(at)
            await tell(at, code="seized", corrects=wrong)
            at.clock.move(days=1)
            live = await read_by(at)
        with bench(with_policy(RELEASING), ledger=at.ledger) as again:
            again.clock.move(days=1)
            await again.models.reload(["acme"])
            assert await read_by(again) == live

    run(use())
