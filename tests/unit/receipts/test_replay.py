"""A decision is computed again from what was stored, to the last bit, whatever serves now."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.adapters.reference_store import ReferenceStore
from app.core.errors import NotFound
from app.core.policy import Band
from app.core.records import DecisionRecord
from app.core.reference import load_reference
from app.services.assessed import Explain
from app.services.replay import Replays, is_same
from tests.desks import (
    HOLDING,
    LISTED,
    RELEASING,
    Bench,
    bench,
    entry,
    filed,
    line,
    run,
    with_policy,
)
from tests.proofs import KeptBundles, replays_at, screening
from tests.reference_packs import write_pack

LISTED_LINE = line(manufacturer={"name": LISTED, "country": "CN"})
Json = dict[str, Any]
Change = Callable[[Json], None]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ReferenceStore:
    return ReferenceStore(tmp_path_factory.mktemp("store"))


def replayed(
    store: ReferenceStore,
    document: Json,
    *,
    change: Change | None = None,
    explain: Explain = Explain.CODES,
) -> Json:
    """Score, then let `change` work on the stored evidence, then replay."""

    async def work(at: Bench) -> Json:
        await at.models.reload()
        await at.score(document, explain)
        kept = at.ledger.kept[0]
        assert isinstance(kept, DecisionRecord)
        if change is not None:
            evidence = json.loads(kept.evidence)
            change(evidence)
            at.ledger.kept[0] = replace(kept, evidence=json.dumps(evidence).encode())
        return await replays_at(at, store).replay("acme", "D1")

    with bench() as at:
        found: Json = run(work(at))
    return found


@pytest.mark.parametrize("explain", list(Explain))
def test_what_was_stored_gives_the_same_bits(store: ReferenceStore, explain: Explain) -> None:
    document = filed("B76-0324527-8", line(), LISTED_LINE, line(origin_country="VN"))
    found = replayed(store, document, explain=explain)
    assert found["state"] == "identical"
    assert found["differences"] == found["missing"] == []
    assert [each["line_number"] for each in found["lines"]] == [1, 2, 3]


def test_after_model_lists_and_policy_were_swapped_every_replay_is_the_same(
    store: ReferenceStore, tmp_path: Path
) -> None:
    async def work(at: Bench) -> None:
        await at.models.reload()
        documents = [
            filed("B76-0324527-8", LISTED_LINE),
            filed("B76-0324528-6", line(), line(origin_country="VN")),
            entry(line(entered_value_usd="1")),
        ]
        before = [await at.score(each) for each in documents]
        at.bundles.put_live(with_policy(RELEASING, "2026-04-02-bbbbbb"))
        await at.models.reload()
        write_pack(tmp_path / "other")
        await at.models.use_reference(load_reference(tmp_path / "other"))
        after = await at.score(entry(LISTED_LINE))
        assert after["band"] == "release"
        replays = replays_at(at, store)
        for each in before:
            found = await replays.replay("acme", each["decision_id"])
            assert found["state"] == "identical"
            assert found["lines"][0]["score"] == each["lines"][0]["score"]
        assert at.models.serving.bundle.version == "2026-04-02-bbbbbb"

    with bench() as at:
        run(work(at))


def test_a_degraded_decision_keeps_its_floor(store: ReferenceStore) -> None:
    async def work(at: Bench) -> Json:
        await at.models.reload()
        await at.models.use_reference(at.models.reference, lists_missing=True)
        answer = await at.score(filed())
        assert answer["lines"][0]["floors"] == ["degraded"]
        return await replays_at(at, store).replay("acme", "D1")

    with bench(with_policy(RELEASING)) as at:
        found = run(work(at))
    assert found["state"] == "identical"
    assert found["lines"][0]["band"] != Band.RELEASE


def bent(name: str, value: Any) -> Change:
    def change(evidence: Json) -> None:
        evidence["lines"][0][name] = value

    return change


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("raw_score", bent("raw_score", 0.25)),
        ("row", lambda evidence: evidence["lines"][0]["row"].__setitem__(0, 77.5)),
        ("row", lambda evidence: evidence["lines"][0]["row"].pop()),
        ("hits", bent("hits", [["nobody", "manufacturer", "strong"]])),
        ("contributions", lambda evidence: evidence["lines"][0]["contributions"].reverse()),
    ],
)
def test_what_differs_is_named(store: ReferenceStore, what: str, change: Change) -> None:
    found = replayed(store, filed(), change=change, explain=Explain.FULL)
    assert found["state"] == "different"
    assert [each["what"] for each in found["differences"]] == [what]
    assert found["differences"][0]["line_number"] == 1


def test_another_policy_than_that_of_the_decision_gives_another_band(
    store: ReferenceStore,
) -> None:
    def change(evidence: Json) -> None:
        evidence["policy"] |= HOLDING

    found = replayed(store, filed(), change=change)
    assert {each["what"] for each in found["differences"]} >= {"band"}


def test_a_list_version_that_is_gone_is_named_exactly(store: ReferenceStore) -> None:
    def change(evidence: Json) -> None:
        evidence["reference"] = {"version": "2020-01-01", "digest": "sha256:" + "0" * 64}

    found = replayed(store, filed(), change=change)
    assert found["state"] == "not_replayable"
    assert found["lines"] == []
    (missing,) = found["missing"]
    assert (missing["what"], missing["version"]) == ("reference", "2020-01-01")
    assert missing["digest"] == "sha256:" + "0" * 64


def test_a_history_of_another_form_is_named(store: ReferenceStore) -> None:
    found = replayed(store, filed(), change=bent("history", {"form": "of old"}))
    assert [each["what"] for each in found["missing"]] == ["history"]


@pytest.mark.parametrize("is_other", [False, True])
def test_a_model_that_is_gone_or_another_is_named_exactly(
    store: ReferenceStore, is_other: bool
) -> None:
    async def work(at: Bench) -> Json:
        await at.models.reload()
        answer = await at.score(filed())
        version = answer["model"]["version"]
        kept = at.bundles.bundles.pop(version)
        if is_other:
            at.bundles.bundles[version] = replace(kept, digest="sha256:other")
        found = await replays_at(at, store).replay("acme", "D1")
        (missing,) = found["missing"]
        assert (missing["what"], missing["version"]) == ("model", version)
        assert missing["digest"] == answer["model"]["digest"]
        return found

    with bench() as at:
        assert run(work(at))["state"] == "not_replayable"


def test_versions_are_recalled_once_for_many_replays(store: ReferenceStore) -> None:
    async def work(at: Bench) -> None:
        await at.models.reload()
        await at.score(filed())
        bundles = KeptBundles(at.bundles)
        replays = Replays(at.desk, bundles, store, screening)
        for _ in range(3):
            await replays.replay("acme", "D1")
        assert bundles.recalled == 1

    with bench() as at:
        run(work(at))


def test_a_decision_is_replayed_for_its_own_tenant_alone(store: ReferenceStore) -> None:
    async def work(at: Bench) -> None:
        await at.models.reload()
        await at.score(filed())
        await replays_at(at, store).replay("zenith", "D1")

    with bench() as at, pytest.raises(NotFound):
        run(work(at))


def test_minus_nothing_is_not_nothing() -> None:
    assert not is_same(0.0, -0.0)
    assert is_same(None, None)
