"""Lists are staged, rehearsed and activated; what was shown is what is touched."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.core.errors import (
    Conflict,
    ListRefused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    ReferenceRefused,
)
from app.core.outcomes import OutcomeCode
from app.core.records import EventKind
from app.core.reference.versions import Activation, ImportState, LoadedReference, activation_from
from app.core.rehearsal import Change
from app.services.callers import Caller
from app.services.references import ANY, INSTALLATION, ImportView
from tests.desks import NUMBERS, entry, filed, line, run, until
from tests.fakes import MemoryLedger
from tests.ledger_records import event_of_outcome, outcome
from tests.reference_shelf import (
    ADMIN,
    AS_OF,
    COTTON,
    LIST,
    Library,
    library,
    shelf,
    uflpa,
)

OTHER = Caller("other", "K2")


def made_by(number: str, name: str = COTTON, **changes: Any) -> dict[str, Any]:
    maker = {"name": name, "country": "CN"}
    changes = {"arrival_date": "2026-11-16"} | changes
    return filed(number, line(manufacturer=maker), **changes)


def touched(view: ImportView) -> list[tuple[str, list[Change]]]:
    return [
        (each.decision_id, [change.change for change in each.changes])
        for each in view.rehearsal.entries
    ]


async def stage(it: Library, data: bytes = LIST, caller: Caller = ADMIN) -> ImportView:
    return (await it.references.stage(caller, "uflpa", AS_OF, data))[0]


async def activate(it: Library, view: ImportView, caller: Caller = ADMIN) -> ImportView:
    return await it.references.activate(caller, view.staged.import_id, view.etag)


def test_what_was_staged_is_exactly_what_an_activation_touches(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            await it.at.score(made_by(NUMBERS[0]))
            await it.at.score(made_by(NUMBERS[1], "Somebody Else"))
            await it.at.score(made_by(NUMBERS[2], arrival_date="2026-02-28"))
            await it.at.score(entry(line(manufacturer={"name": COTTON})))  # a draft
            view = await stage(it)
            assert (view.state, view.activation) == (ImportState.STAGED, None)
            assert touched(view) == [("D1", [Change.GAINED])]
            assert view.rehearsal.screened == 3
            assert [(each.change, each.entity.name) for each in view.changes] == [("added", COTTON)]
            assert (await it.at.score(made_by("B76-0324530-2")))["screening"] == []
            it.at.clock.move(seconds=1)
            view = await it.references.show(ADMIN, view.staged.import_id)
            assert [each for each, _ in touched(view)] == ["D1", "D5"]
            done = await activate(it, view)
            assert done.state is ImportState.ACTIVATED
            assert done.rehearsal.entries == view.rehearsal.entries
            assert done.rehearsal.digest == view.rehearsal.digest
            assert done.activation is not None
            assert done.activation.activated_by == ADMIN.key_id

    run(go())


def test_after_an_activation_the_next_answer_knows_the_list(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            before = await it.at.score(made_by(NUMBERS[0]))
            done = await activate(it, await stage(it))
            after = await it.at.score(made_by(NUMBERS[1]))
            assert (before["screening"], before["reference"]["digest"]) == (
                [],
                done.staged.before.digest,
            )
            assert [each["list"] for each in after["screening"]] == ["UFLPA"]
            assert after["band"] == "hold"
            assert after["reference"]["digest"] == done.staged.after.digest
            again = await it.at.score(made_by(NUMBERS[0]))
            assert again["supersedes"] == before["decision_id"]

    run(go())


def test_an_activation_twice_gives_the_same_answer_whatever_came_after(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            await it.at.score(made_by(NUMBERS[0]))
            view = await stage(it)
            done = await activate(it, view)
            it.at.clock.move(days=1)
            await it.at.score(made_by(NUMBERS[0], revision=2))
            filed_then = await it.at.ledger.last_filed("acme", "B7603245278", 1)
            assert filed_then is not None
            late = outcome(filed_then, recorded_at=it.at.clock.now(), line_numbers=None)
            await it.at.ledger.append_event(event_of_outcome(late))
            for if_match in (view.etag, None, '"another"'):
                again = await it.references.activate(ADMIN, view.staged.import_id, if_match)
                assert again == done
            assert len(it.store.activations()) == 1

    run(go())


def test_the_newest_revision_counts_and_what_is_settled_does_not(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            await it.at.score(made_by(NUMBERS[0]))
            await it.at.score(made_by(NUMBERS[0], "Somebody Else", revision=2))
            await it.at.score(made_by(NUMBERS[1], "Somebody Else"))
            await it.at.score(made_by(NUMBERS[1], revision=2))
            await it.at.score(made_by(NUMBERS[2]))
            settled = await it.at.ledger.decision("acme", "D5")
            assert settled is not None
            wrong = outcome(
                settled,
                code=OutcomeCode.NOT_EXAMINED,
                line_numbers=None,
                recorded_at=it.at.clock.now(),
            )
            await it.at.ledger.append_event(event_of_outcome(wrong))
            assert [each for each, _ in touched(await stage(it))] == ["D4", "D5"]
            right = outcome(
                settled, line_numbers=None, corrects=wrong.outcome_id, recorded_at=it.at.clock.now()
            )
            await it.at.ledger.append_event(event_of_outcome(right))
            assert [each for each, _ in touched(await stage(it))] == ["D4"]

    run(go())


def test_the_same_file_again_changes_nothing_and_touches_nobody(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            await it.at.score(made_by(NUMBERS[0]))
            first = await stage(it)
            again, is_new = await it.references.stage(ADMIN, "uflpa", AS_OF, LIST)
            assert (is_new, again) == (False, first)
            await activate(it, first)
            unchanged = await stage(it)
            assert (unchanged.state, touched(unchanged), unchanged.changes) == (
                ImportState.UNCHANGED,
                [],
                (),
            )
            assert await activate(it, unchanged) == unchanged
            later, _ = await it.references.stage(ADMIN, "uflpa", date(2026, 11, 23), LIST)
            assert (later.state, touched(later), later.changes) == (ImportState.STAGED, [], ())
            report = later.staged.report
            assert (report.added, report.removed, report.changed) == (0, 0, 0)

    run(go())


def test_each_tenant_sees_its_own_entries_alone(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            await it.at.score(made_by(NUMBERS[0]))
            await it.at.score(made_by(NUMBERS[1]), caller=OTHER)
            view = await stage(it)
            theirs = await it.references.show(OTHER, view.staged.import_id)
            assert [each for each, _ in touched(view)] == ["D1"]
            assert [each for each, _ in touched(theirs)] == ["D2"]
            assert view.etag != theirs.etag
            await activate(it, view)
            done = await it.references.show(OTHER, view.staged.import_id)
            assert (done.state, touched(done)) == (ImportState.ACTIVATED, touched(theirs))

    run(go())


def test_a_change_needs_the_tag_of_what_is_there_now(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            view = await stage(it)
            key = view.staged.import_id
            for act in (it.references.activate, it.references.discard):
                with pytest.raises(PreconditionRequired):
                    await act(ADMIN, key, None)
                with pytest.raises(PreconditionFailed):
                    await act(ADMIN, key, '"another"')
            await it.at.score(made_by(NUMBERS[0]))
            with pytest.raises(PreconditionFailed, match="other entries"):
                await it.references.activate(ADMIN, key, view.etag)
            with pytest.raises(PreconditionFailed):
                await it.references.activate(ADMIN, key, ANY)
            await it.references.discard(ADMIN, key, ANY)
            for ask in (it.references.show(ADMIN, key), it.references.activate(ADMIN, key, "x")):
                with pytest.raises(NotFound):
                    await ask

    run(go())


def test_an_import_is_stale_once_another_version_is_live(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            one, other = await stage(it), await stage(it, uflpa(("Another Firm", "May 1, 2026")))
            await activate(it, one)
            stale = await it.references.show(ADMIN, other.staged.import_id)
            assert stale.state is ImportState.STALE
            with pytest.raises(PreconditionFailed, match="stage the file anew"):
                await activate(it, stale)
            await it.references.discard(ADMIN, stale.staged.import_id, stale.etag)
            with pytest.raises(Conflict):
                await it.references.discard(ADMIN, one.staged.import_id, ANY)

    run(go())


def test_who_comes_second_among_processes_is_told_to_read_again(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            one, other = await stage(it), await stage(it, uflpa(("Another Firm", "May 1, 2026")))
            elsewhere = shelf(tmp_path)  # another process, which this one has not followed yet
            elsewhere.activate(one.staged.import_id, by="cli", now=it.at.clock.now())
            with pytest.raises(PreconditionFailed, match="began from another"):
                await activate(it, other)

    run(go())


def test_a_list_that_does_not_parse_is_refused_with_file_and_row(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            data = b"Entity Name,Effective Date\nA Firm,midsummer\n"
            with pytest.raises(ListRefused, match="first row 2"):
                await stage(it, data)
            with pytest.raises(ListRefused, match="wanted one of"):
                await it.references.stage(ADMIN, "rumours", AS_OF, LIST)

    run(go())


def test_what_serves_what_served_and_what_waits_is_described(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            one, other = await stage(it), await stage(it, uflpa(("Another Firm", "May 1, 2026")))
            done = await activate(it, one)
            view = await it.references.describe()
            assert view.pack.digest == one.staged.after.digest
            assert view.refused == ""
            assert view.activations == (done.activation,)
            assert view.waiting == ((other.staged, ImportState.STALE),)

    run(go())


def test_an_activation_is_recorded_once_in_the_chain_of_the_installation(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            it.at.ledger.fails = True
            it.store.activate(
                it.store.stage("uflpa", LIST, as_of=AS_OF, by="K1", now=it.at.clock.now())[
                    0
                ].import_id,
                by="cli",
                now=it.at.clock.now(),
            )
            with capture_logs() as logs:
                await it.references.follow()
            assert logs[-1]["event"] == "reference_not_followed"
            assert len(it.at.models.reference.listed) == 2  # the ledger is down, the list serves
            it.at.ledger.fails = False
            for _ in range(2):
                await it.references.follow()
            (kept,) = await it.at.ledger.events(INSTALLATION, EventKind.REFERENCE)
            assert activation_from(kept.event.document) == it.store.activations()[0]
            again = library(tmp_path, it.at.ledger)
            with again as other:
                await other.start()
                assert len(await it.at.ledger.events(INSTALLATION, EventKind.REFERENCE)) == 1

    run(go())


def test_of_two_hosts_with_folders_of_their_own_the_first_tells_the_chain(tmp_path: Path) -> None:
    async def go() -> None:
        ledger = MemoryLedger()
        for host, later in (("a", 0), ("b", 60)):
            with library(tmp_path / host, ledger) as it:
                await it.start()
                it.at.clock.move(seconds=later)
                await activate(it, await stage(it))
                await it.references.follow()
        assert len(await ledger.events(INSTALLATION, EventKind.REFERENCE)) == 1

    run(go())


def test_lists_that_were_damaged_leave_the_last_good_ones_and_degrade_answers(
    tmp_path: Path,
) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            done = await activate(it, await stage(it))
            table = tmp_path / "reference" / done.staged.after.name / "entities.csv"
            whole = table.read_bytes()
            table.write_bytes(whole[:-20])
        with library(tmp_path) as it:
            with capture_logs() as logs:
                await it.start()
                await it.references.follow()
            assert [each["event"] for each in logs].count("reference_refused") == 1
            assert it.at.models.reference.digest == done.staged.before.digest
            answer = await it.at.score(made_by(NUMBERS[0]))
            assert answer["degraded_groups"] == ["lists"]
            assert answer["degraded"] is True
            assert answer["band"] != "release"
            assert "lists: not available, answered without it" in answer["unknowns"]
            assert done.staged.after.name in (await it.references.describe()).refused
            table.write_bytes(whole)
            await it.references.follow()
            healed = await it.at.score(made_by(NUMBERS[1]))
            assert healed["degraded_groups"] == []
            assert healed["reference"]["digest"] == done.staged.after.digest

    run(go())


def test_the_watch_follows_the_pointer(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            watching = asyncio.create_task(it.references.watch(0.001))
            made = it.store.stage("uflpa", LIST, as_of=AS_OF, by="K1", now=it.at.clock.now())[0]
            it.store.activate(made.import_id, by="cli", now=it.at.clock.now())
            await until(lambda: it.at.models.reference.digest == made.after.digest)
            await asyncio.sleep(0.01)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    run(go())


class Broken:
    """A shelf whose folder cannot be read."""

    def stamp(self) -> object:
        raise OSError("disk")

    def load_live(self) -> LoadedReference:
        raise ReferenceRefused("hts.csv: gone")

    def activations(self) -> tuple[Activation, ...]:
        return ()


def test_a_folder_that_cannot_be_read_leaves_what_serves(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            serving = it.at.models.serving
            it.references._shelf = Broken()  # type: ignore[assignment]  # what is asked of it
            with capture_logs() as logs:
                await it.references.follow()
            assert [(each["event"], each["detail"]) for each in logs] == [
                ("reference_not_followed", "OSError")
            ]
            assert it.at.models.serving is serving

    run(go())


def test_a_decision_under_way_when_the_list_changed_is_looked_at_too(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            view = await stage(it)
            it.store.activate(view.staged.import_id, by="cli", now=it.at.clock.now())
            it.at.clock.move(seconds=1)
            await it.at.score(made_by(NUMBERS[0]))  # by the old lists: not followed yet
            await it.references.follow()
            await it.at.score(made_by(NUMBERS[1]))
            done = await it.references.show(ADMIN, view.staged.import_id)
            assert touched(done) == [("D1", [Change.GAINED])]
            it.at.clock.move(days=1)
            assert await it.references.show(ADMIN, view.staged.import_id) == done

    run(go())


NAMES = (COTTON, "Made Up Flax Ltd", "Made Up Silk Co., Ltd.")
DAYS = ("2026-01-15", "2026-03-01", "2026-06-30")
published = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(DAYS), min_size=1)
entries = st.lists(
    st.tuples(st.sampled_from((*NAMES, "Nobody")), st.sampled_from(DAYS)), max_size=4
)


@settings(max_examples=max(8, settings().max_examples // 20))
@given(published, published, entries)
def test_staged_set_and_activated_set_are_one_for_any_lists(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[str, str],
    second: dict[str, str],
    goods: list[tuple[str, str]],
) -> None:
    async def go() -> None:
        with library(tmp_path_factory.mktemp("lists")) as it:
            await it.start()
            await activate(it, await stage(it, uflpa(*first.items())))
            it.at.clock.move(minutes=30)
            answers = [
                await it.at.score(
                    {
                        **entry(line(manufacturer={"name": name, "country": "CN"})),
                        "intent": "filed",
                        "arrival_date": day,
                    }
                )
                for name, day in goods
            ]
            view, _ = await it.references.stage(
                ADMIN, "uflpa", date(2026, 11, 24), uflpa(*second.items())
            )
            done = await activate(it, view)
            assert done.rehearsal == view.rehearsal
            for at, answer in enumerate(answers):
                name, day = goods[at]
                was = name in first and first[name] <= day
                is_now = name in second and second[name] <= day
                is_now = is_now or (was and name not in second and day < "2026-11-24")
                gained = [
                    change.change
                    for each in done.rehearsal.entries
                    if each.decision_id == answer["decision_id"]
                    for change in each.changes
                ]
                assert (Change.GAINED in gained) is (is_now and not was)
                assert (Change.LOST in gained) is (was and not is_now)

    run(go())


def test_entries_older_than_the_window_are_not_looked_at(tmp_path: Path) -> None:
    async def go() -> None:
        with library(tmp_path) as it:
            await it.start()
            await it.at.score(made_by(NUMBERS[0]))
            it.at.clock.moment += timedelta(days=366)
            await it.at.score(made_by(NUMBERS[1]))
            view = await stage(it)
            assert [each for each, _ in touched(view)] == ["D2"]

    run(go())
