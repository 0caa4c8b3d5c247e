"""Bundles are loaded first and swapped whole; a refused one leaves the old one serving."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.core.document import read_submission
from app.core.errors import BundleTampered, ModelUnavailable
from app.core.features import AttributeRole, AttributeSpec, FeatureSchema
from app.core.history import History
from app.core.model.registry import LIVE, Registry
from app.core.records import LedgerFact
from app.services.bundles import RegistryBundles
from app.services.models import LIVE_POINTER
from tests.bundles import tiny_bundle, trusting, try_in_process
from tests.desks import (
    NUMBERS,
    RELEASING,
    TENANT,
    Bench,
    bench,
    changed,
    entry,
    filed,
    line,
    run,
    served_bundle,
    until,
    with_policy,
)
from tests.fakes import MemoryLedger
from tests.reference_packs import row, small_pack


def test_without_a_bundle_nothing_serves() -> None:
    async def empty() -> None:
        with bench() as at:
            at.bundles.name = None
            assert not await at.models.reload()
            assert not at.models.is_loaded
            assert at.models.refusal is None
            await at.models.close()
            with pytest.raises(ModelUnavailable):
                _ = at.models.serving
            with pytest.raises(ModelUnavailable):
                await at.score(entry())
            assert at.ledger.records == []

    run(empty())


def test_what_live_names_is_loaded_and_swapped_whole() -> None:
    async def swap() -> None:
        with bench() as at:
            assert await at.models.reload()
            first = await at.score(entry())
            other = with_policy(RELEASING)
            at.bundles.put_live(other)
            assert await at.models.reload()
            second = await at.score(entry())
            assert first["model"]["version"] == served_bundle().version
            assert second["model"] == {"version": other.version, "digest": other.digest}
            assert second["band"] == "release"
            await at.models.close()

    run(swap())


def test_the_same_bundle_is_verified_again_but_not_swapped() -> None:
    async def again() -> None:
        with bench() as at:
            await at.models.reload()
            before = at.models.serving
            assert not await at.models.reload()
            assert at.models.serving is before
            assert at.bundles.loads == 2

    run(again())


def refused_after(at: Bench, error: Exception) -> None:
    version = at.bundles.name
    assert version is not None
    at.bundles.broken[version] = error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BundleTampered("model.txt: found other bytes"), "bundle-tampered"),
        (OSError("disk"), "bundle-unreadable"),
    ],
)
def test_a_refused_bundle_leaves_the_old_one_serving_and_says_why(
    error: Exception, code: str
) -> None:
    async def refuse() -> None:
        with bench() as at:
            await at.models.reload()
            at.bundles.put_live(with_policy(RELEASING))
            refused_after(at, error)
            with capture_logs() as logs:
                assert not await at.models.reload()
            assert [(each["event"], each["code"]) for each in logs] == [("bundle_refused", code)]
            assert at.models.refusal is not None
            assert at.models.refusal.code == code
            answer = await at.score(entry())
            assert answer["model"]["version"] == served_bundle().version
            meta = (await at.status.describe())["model"]
            assert meta["version"] == served_bundle().version
            assert meta["refused"]["version"] == at.bundles.name
            assert meta["refused"]["at"] == "2026-11-24T02:31:07.412Z"

    run(refuse())


def test_a_refusal_is_forgotten_once_live_names_a_good_bundle() -> None:
    async def mend() -> None:
        with bench() as at:
            await at.models.reload()
            refused_after(at, BundleTampered("x"))
            await at.models.reload()
            assert at.models.refusal is not None
            at.bundles.broken.clear()
            assert not await at.models.reload()
            assert at.models.refusal is None

    run(mend())


def test_a_pointer_that_cannot_be_read_is_a_refusal_of_its_own() -> None:
    async def broken() -> None:
        with bench() as at:
            at.bundles.pointer_broken = True
            await at.models.reload()
            assert at.models.refusal is not None
            assert at.models.refusal.version == LIVE_POINTER

    run(broken())


def test_a_bundle_with_an_unknown_reason_is_refused() -> None:
    async def refuse() -> None:
        bundle = served_bundle()
        bad = changed(bundle, "2026-04-01-bbbbbb", reason_map={})
        with bench(bad) as at:
            await at.models.reload()
            assert at.models.refusal is not None
            assert at.models.refusal.code == "bundle-incompatible"

    run(refuse())


def test_the_watch_follows_live_and_tries_what_was_refused_once() -> None:
    async def watch() -> None:
        with bench() as at:
            await at.models.reload()
            watching = asyncio.create_task(at.models.watch(0.001))
            at.bundles.put_live(with_policy(RELEASING))
            refused_after(at, BundleTampered("x"))
            await until(lambda: at.models.refusal is not None)
            loads = at.bundles.loads
            await asyncio.sleep(0.02)
            assert at.bundles.loads == loads
            at.bundles.broken.clear()
            at.bundles.touched += 1
            await until(lambda: at.models.serving.bundle.version == at.bundles.name)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    run(watch())


def test_a_swap_replays_the_histories_seen_so_far_and_those_named() -> None:
    async def swap() -> None:
        with bench() as at:
            await at.models.reload([TENANT])
            assert at.models.serving.histories.tenants == (TENANT,)
            await at.score(filed(NUMBERS[0]))
            at.bundles.put_live(with_policy(RELEASING))
            await at.models.reload()
            answer = await at.score(filed(NUMBERS[1]))
            assert answer["history_seq"] == 1
            assert not any("importer history" in text for text in answer["unknowns"])

    run(swap())


class GatedLedger(MemoryLedger):
    """A ledger whose replay can be stopped half way: after reading, before handing on."""

    def __init__(self) -> None:
        super().__init__()
        self.open_gate = threading.Event()
        self.open_gate.set()
        self.reading = threading.Event()

    def facts(self, tenant: str, after_seq: int, limit: int | None = None) -> Iterator[LedgerFact]:
        found = list(super().facts(tenant, after_seq, limit))
        self.reading.set()
        self.open_gate.wait()
        return iter(found)


def test_a_filing_during_a_swap_is_neither_lost_nor_counted_twice() -> None:
    async def swap() -> None:
        ledger = GatedLedger()
        with bench(ledger=ledger) as at:
            await at.models.reload()
            await at.score(filed(NUMBERS[0]))
            await at.settled()  # what is gated from here on is the swap's reading
            ledger.open_gate.clear()
            ledger.reading.clear()
            at.bundles.put_live(with_policy(RELEASING))
            swapping = asyncio.create_task(at.models.reload())
            await until(ledger.reading.is_set)
            await at.score(filed(NUMBERS[1]))
            ledger.open_gate.set()
            assert await swapping
            asked = read_submission(filed(NUMBERS[1])).entry
            known = await at.known(asked)
            (read,) = known.read(asked, at.clock.now().date())
            assert read.importer is not None
            assert read.importer.entries == 2
            assert known.seq == 2

    run(swap())


def test_histories_in_service_look_for_what_others_filed() -> None:
    async def followed() -> None:
        with bench() as at:
            following = asyncio.create_task(at.models.follow_histories(0.001, 0.001))
            await at.models.reload()
            await at.score(filed(NUMBERS[0]))
            assert (await at.known()).seq == 1
            at.ledger.kept.append(replace(at.ledger.records[0], entry_number=NUMBERS[1]))
            for _ in range(2000):
                if (await at.known()).seq == 2:
                    break
                await asyncio.sleep(0.001)
            assert (await at.known()).seq == 2
            following.cancel()

    run(followed())


def test_a_bundle_brings_its_history_and_its_attributes() -> None:
    async def load() -> None:
        history = History()
        schema = served_bundle().schema
        declared = FeatureSchema(schema.columns, (AttributeSpec("tax", AttributeRole.TREATMENT),))
        bundle = changed(
            served_bundle(), "2026-04-01-cccccc", history=history.snapshot(), schema=declared
        )
        with bench(bundle) as at:
            await at.models.reload()
            assert at.models.serving.attributes == {"tax"}

    run(load())


def test_another_reference_is_served_whole_and_histories_stay() -> None:
    async def swap() -> None:
        with bench() as at:
            await at.models.reload()
            await at.score(filed(NUMBERS[0]))
            before = at.models.serving
            pack = small_pack(entities=[row("entities", name="Made Up Cotton", country="CN")])
            scoring = [asyncio.create_task(at.score(entry(COTTON))) for _ in range(3)]
            await at.models.use_reference(pack)
            after = at.models.serving
            assert (after.reference, after.encoder.reference) == (pack, pack)
            assert at.models.reference is pack
            assert after.histories is before.histories
            assert after.bundle is before.bundle
            answers = [*await asyncio.gather(*scoring), await at.score(entry(COTTON))]
            for answer in answers:
                is_new = answer["reference"]["digest"] == pack.digest
                assert bool(answer["screening"]) is is_new
            assert answers[-1]["screening"]
            await at.models.reload()
            assert at.models.serving is after

    run(swap())


COTTON = line(manufacturer={"name": "Made Up Cotton", "country": "CN"})


def test_a_reference_before_any_bundle_is_what_the_bundle_is_served_with() -> None:
    async def early() -> None:
        with bench() as at:
            pack = small_pack()
            await at.models.use_reference(pack, lists_missing=True)
            assert not at.models.is_loaded
            assert at.models.missing_groups == ("lists",)
            await at.models.reload()
            assert at.models.serving.reference is pack
            before = at.models.serving
            assert before.missing_groups == ("lists",)
            await at.models.use_reference(pack)
            after = at.models.serving
            assert after.missing_groups == ()
            assert after.screener is before.screener

    run(early())


def test_filings_before_any_model_are_left_to_the_replay() -> None:
    with bench() as at:
        at.models.observe(TENANT, 1, read_submission(filed()).entry)
        assert not at.models.is_loaded


def test_the_stamp_changes_with_the_pointer_and_with_any_file_of_the_live_bundle(
    tmp_path: Path,
) -> None:
    root = tmp_path / "models"
    registry = Registry(root, trusting(root), trial=try_in_process)
    followed = RegistryBundles(registry)
    assert followed.live() is None
    assert followed.stamp() == ()
    made = tiny_bundle(root)
    registry.set_live(made.name)
    before = followed.stamp()
    assert followed.live() == made.name
    assert followed.load(made.name).version == made.name
    assert followed.stamp() == before != ()
    with (made / "model.txt").open("ab") as file:
        file.write(b"\n")
    touched = followed.stamp()
    assert touched != before
    (root / LIVE).write_text("\n")
    assert followed.stamp() != touched
