"""What is known of a supplier, now and as of a day, and to whom it is told."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.core.document import read_submission
from app.core.errors import NotFound
from app.core.history import NOTHING, Record, after_filing, after_outcome
from app.core.outcome_document import outcome_bytes
from app.core.outcomes import OutcomeCode, OutcomeKind
from app.core.records import EventKind, EventRecord, OutcomeRecord
from app.services.history_view import Base
from app.services.supplier_document import MOST_SHARES
from app.services.supplier_history import state_on
from app.services.suppliers import MAX_FACTS, MAX_SPELLINGS, Suppliers
from tests.desks import LISTED, TENANT, Bench, bench, entry, filed, line, run
from tests.fakes import NOW

TODAY = NOW.date()
MAKER = {
    "name": "Example Trading Garment Co., Ltd.",
    "mid": "CNEXATRA12DAN",
    "city": "Dandong",
    "country": "CN",
}
EMPTY = Base(0, {})


def made(**changes: Any) -> dict[str, Any]:
    """Return a line of the maker of these tests."""
    return line(**({"manufacturer": MAKER} | changes))


class Shown:
    """A bench and its suppliers."""

    def __init__(self, at: Bench) -> None:
        self.at = at
        self.suppliers = Suppliers(at.ledger, at.workers)

    async def file(self, number: int, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """File an entry of the maker."""
        document = filed(f"B76-{number:07}-1", *(lines or [made()]), **changes)
        return await self.at.score(document)

    async def key(self, name: str = MAKER["name"]) -> str:
        """Return the key of the first supplier of that name."""
        found = await self.suppliers.search(TENANT, name)
        key: str = found["suppliers"][0]["key"]
        return key

    async def show(self, key: str | None = None, at: date | None = None) -> dict[str, Any]:
        """Return what is known of a supplier, by default the maker."""
        await self.at.settled()
        today = self.at.clock.now().date()
        wanted = key or await self.key()
        return await self.suppliers.show(TENANT, wanted, self.at.models.serving, today, at)

    async def tell(
        self, answer: dict[str, Any], code: OutcomeCode, outcome_id: str = "O1", **changes: Any
    ) -> OutcomeRecord:
        """Record an outcome of a decision, as the ledger keeps it."""
        fields: dict[str, Any] = {
            "outcome_id": outcome_id,
            "tenant": TENANT,
            "decision_id": answer["decision_id"],
            "entry_number": None,
            "line_numbers": None,
            "code": code,
            "source": code.source,
            "regime": None,
            "event_at": self.at.clock.now().date(),
            "known_at": self.at.clock.now().date(),
            "recorded_at": self.at.clock.now(),
            "recorded_by": "K1",
            "corrects": None,
            "held_by_us": False,
        }
        outcome = OutcomeRecord(**(fields | changes))
        event = EventRecord(
            kind=EventKind.OUTCOME,
            subject=outcome_id,
            tenant=TENANT,
            recorded_at=outcome.recorded_at,
            document=outcome_bytes(outcome),
            decision_id=outcome.decision_id,
            corrects=outcome.corrects,
        )
        seq = await self.at.ledger.append_event(event)
        self.at.models.serving.histories.observe(TENANT, seq)
        return outcome


def shown(use: Callable[[Shown], Awaitable[None]]) -> None:
    """Use suppliers over a fresh bench."""

    async def used() -> None:
        with bench() as at:
            await at.models.reload()
            await use(Shown(at))

    run(used())


def test_a_supplier_is_found_by_any_spelling_of_its_name_in_its_country() -> None:
    async def use(at: Shown) -> None:
        await at.file(1)
        await at.file(2, made(manufacturer=MAKER | {"name": "EXAMPLE TRADING GARMENT"}), made())
        await at.at.score(entry(made(manufacturer=MAKER | {"country": "VN", "mid": None})))
        found = (await at.suppliers.search(TENANT, "example trading garment ltd"))["suppliers"]
        assert [(each["country"], each["decisions"], each["lines"]) for each in found] in (
            [("CN", 2, 3), ("VN", 1, 1)],
            [("VN", 1, 1), ("CN", 2, 3)],
        )
        (only,) = (await at.suppliers.search(TENANT, MAKER["name"], "CN"))["suppliers"]
        assert only["name"] == "EXAMPLE TRADING GARMENT"
        assert (only["city"], only["last_seen"]) == ("Dandong", TODAY.isoformat())
        assert only["key"].startswith("supplier:")

    shown(use)


def test_one_who_only_sells_is_no_supplier_and_others_find_nothing() -> None:
    async def use(at: Shown) -> None:
        seller = {"name": "Quay Sourcing", "country": "HK"}
        nameless = made(manufacturer={"mid": "CNEXATRA12DAN"}, seller=seller)
        await at.file(1, made(seller=seller), line(), nameless)
        assert (await at.suppliers.search(TENANT, "Quay Sourcing"))["suppliers"] == []
        assert (await at.suppliers.search("other", MAKER["name"]))["suppliers"] == []
        assert (await at.suppliers.search(TENANT, "Nobody"))["suppliers"] == []

    shown(use)


def test_what_is_known_now_is_what_the_history_served() -> None:
    async def use(at: Shown) -> None:
        first = await at.file(1, made(), made(hts="6403990000", origin_country="VN"))
        await at.file(2, made(entered_value_usd="1000.50"), export_country="CN")
        await at.at.score(entry(made()))
        await at.tell(first, OutcomeCode.SEIZED)
        at.at.clock.move(days=1)
        await at.file(3)
        found = await at.show()
        assert (found["filings"], found["drafts"], found["is_complete"]) == (3, 1, True)
        assert found["at"] == (TODAY + timedelta(days=1)).isoformat()
        assert found["degraded_groups"] == []
        history = found["history"]
        assert (history["lines"], history["entries"]) == (4, 3)
        assert history["outcome_weights"]["denied"] == pytest.approx(1.0, abs=0.01)
        assert history["distinct"] == {"goods": 2, "origins": 2, "routes": 1, "importers": 1}
        (spelling,) = found["spellings"]
        assert (spelling["name"], spelling["entries"]) == (MAKER["name"], 4)
        assert [each["name"] for each in found["goods"]] == ["6201", "6403"]
        assert [each["name"] for each in found["origins"]] == ["CN", "VN"]
        assert [each["name"] for each in found["routes"]] == ["CN"]
        (month,) = found["months"]
        assert (month["month"], month["entries"]) == ("2026-11", 3)
        assert found["goods"][0]["value_usd"] == "97500.5"
        assert found["outcomes"]["by_kind"]["denied"] == 1
        (outcome,) = found["outcomes"]["newest"]
        assert (outcome["code"], outcome["line_numbers"]) == ("seized", None)

    shown(use)


def test_what_was_known_on_a_day_is_replayed_from_the_facts_of_that_day() -> None:
    async def use(at: Shown) -> None:
        first = await at.file(1)
        at.at.clock.move(days=1)
        await at.file(2)
        await at.at.score(entry(made()))
        then = await at.show(at=TODAY)
        assert then["drafts"] == 0
        now = await at.show()
        assert (then["filings"], now["filings"]) == (1, 2)
        assert then["history"]["entries"] == 1
        await at.tell(first, OutcomeCode.SEIZED)
        at.at.clock.move(days=1)
        again = await at.show(at=TODAY)
        assert again == then
        later = await at.show(at=TODAY + timedelta(days=1))
        assert later["outcomes"]["by_kind"]["denied"] == 1
        assert later["history"]["outcome_weights"]["denied"] == 0.0  # known that day, seen the next
        today = TODAY + timedelta(days=2)
        assert (await at.show(at=today))["history"] == (await at.show())["history"]
        assert (await at.show(at=today))["history"]["outcome_weights"]["denied"] > 0

    shown(use)


def test_an_outcome_that_was_corrected_or_of_other_lines_is_not_counted() -> None:
    async def use(at: Shown) -> None:
        other = line(manufacturer={"name": "Harbor Knitting Mill", "country": "CN"})
        answer = await at.file(1, made(), other)
        await at.tell(answer, OutcomeCode.SEIZED, "O1", line_numbers=(2,))
        await at.tell(answer, OutcomeCode.SEIZED, "O2", line_numbers=(1,))
        await at.tell(
            answer,
            OutcomeCode.EXAMINED_CLEAR,
            "O3",
            line_numbers=(1,),
            corrects="O2",
            regime="UFLPA",
        )
        found = await at.show()
        assert [each["outcome_id"] for each in found["outcomes"]["newest"]] == ["O3"]
        assert found["outcomes"]["by_kind"]["cleared"] == 1
        assert found["outcomes"]["by_kind"]["denied"] == 0

    shown(use)


def test_the_spellings_are_screened_as_of_the_day_with_their_goods() -> None:
    async def use(at: Shown) -> None:
        hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
        await at.file(1, hair, hair)
        key = await at.key(LISTED)
        found = await at.show(key)
        assert {each["list"] for each in found["screening"]} >= {"UFLPA"}
        assert "line_number" not in found["screening"][0]
        assert len({(each["list"], each["entity_id"]) for each in found["screening"]}) == len(
            found["screening"]
        )

    shown(use)


def test_of_many_goods_the_newest_are_screened() -> None:
    async def use(at: Shown) -> None:
        many = [made(hts=f"62{number:02}40") for number in range(1, MAX_SPELLINGS + 3)]
        await at.file(1, *many)
        found = await at.show()
        assert len(found["goods"]) == MOST_SHARES

    shown(use)


def test_drafts_alone_are_shown_without_a_history() -> None:
    async def use(at: Shown) -> None:
        await at.at.score(entry(made()))
        found = await at.show()
        assert (found["filings"], found["drafts"], found["history"]) == (0, 1, None)
        assert found["months"] == []
        assert (await at.show(at=TODAY))["history_seq"] == 0

    shown(use)


@pytest.mark.parametrize("tenant", [TENANT, "other"])
def test_a_key_that_is_not_the_tenants_is_not_found(tenant: str) -> None:
    async def use(at: Shown) -> None:
        await at.file(1)
        key = await at.key()
        wanted = key if tenant == "other" else "supplier:" + "0" * 32
        with pytest.raises(NotFound):
            await at.suppliers.show(tenant, wanted, at.at.models.serving, TODAY)
        with pytest.raises(NotFound):
            await at.show(key, at=TODAY - timedelta(days=1))

    shown(use)


def test_an_erased_decision_is_passed_over() -> None:
    async def use(at: Shown) -> None:
        await at.at.score(entry(made()))
        await at.file(1)
        key = await at.key()
        at.at.ledger.kept[0] = replace(at.at.ledger.records[0], request=b"")
        assert (await at.show(key))["drafts"] == 0
        assert (await at.suppliers.search(TENANT, MAKER["name"]))["suppliers"][0]["lines"] == 1

    shown(use)


def test_of_more_facts_than_are_read_the_newest_are_shown() -> None:
    async def use(at: Shown) -> None:
        await at.file(1)
        first = at.at.ledger.records[0]
        for number in range(MAX_FACTS):
            changed: dict[str, Any] = {"decision_id": f"X{number}", "entry_number": f"N{number}"}
            at.at.ledger.kept.append(replace(first, **changed))
        found = await at.show()
        assert (found["is_complete"], found["filings"]) == (False, MAX_FACTS)
        then = await at.show(at=TODAY)
        assert (then["history"], then["degraded_groups"]) == (None, ["history"])

    shown(use)


def facts_and_key(at: Shown) -> Any:
    """Return the facts of the maker and its key."""
    key = at.at.ledger.records[0].index_keys[0]
    return list(at.at.ledger.facts_of(TENANT, key)), key


def test_a_replay_starts_from_the_snapshot_where_that_is_older() -> None:
    async def use(at: Shown) -> None:
        await at.file(1)
        facts, key = facts_and_key(at)
        old = read_submission(filed("B76-0000009-1", made())).entry
        records: dict[str, Record] = after_filing(old, TODAY - timedelta(days=40), {})
        seized = (None, OutcomeKind.DENIED, 1.0, TODAY - timedelta(days=30))
        records |= after_outcome(old, *seized, records)
        known = state_on(Base(0, records), key, facts, TODAY)
        assert known.state is not None
        assert known.state.entries == 2
        assert known.state.denied > 0
        held = state_on(Base(5, records), key, facts, TODAY)
        assert held.state is not None
        assert held.state.entries == 1
        late = state_on(Base(0, records), key, facts, TODAY - timedelta(days=50))
        assert (late.state, late.missing_groups) == (None, ("history",))
        assert state_on(EMPTY, key, [], TODAY).state is None
        assert state_on(Base(0, {key: NOTHING}), key, [], TODAY).seq == 0

    shown(use)
