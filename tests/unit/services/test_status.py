"""What runs and whether it may be used."""

from dataclasses import replace

import pytest

from app.adapters.memory_history import MemoryHistoryStore
from app.core.access import Scope
from app.core.errors import Forbidden, Unauthenticated
from app.core.reference import ReferencePack
from app.services.callers import Caller, caller_of
from app.services.models import Models
from tests.desks import (
    RELEASING,
    bench,
    changed,
    keys_of,
    reference,
    run,
    served_bundle,
    with_policy,
)
from tests.fakes import DictKeys, HandBundles


def test_it_is_ready_when_model_policy_ledger_and_disk_are() -> None:
    async def ready() -> None:
        with bench() as at:
            assert await at.status.check() == {
                "model": False,
                "policy": False,
                "ledger": True,
                "disk": True,
                "lists": True,
            }
            await at.models.reload()
            assert all((await at.status.check()).values())
            at.ledger.fails = True
            assert not (await at.status.check())["ledger"]
            full = replace(at.status, min_free_disk_percent=100.1)
            assert not (await full.check())["disk"]

    run(ready())


def test_it_describes_what_runs_and_no_tenant_or_path() -> None:
    async def describe() -> None:
        with bench(with_policy(RELEASING)) as at:
            empty = await at.status.describe()
            assert empty["model"] == {"version": None, "digest": None, "refused": None}
            assert empty["policy"] is None
            await at.models.reload()
            status = await at.status.describe()
            assert status["model"]["evaluation"] == {"ap": 0.5, "n": 400}
            assert status["model"]["signer"]["dev"]
            assert status["model"]["refused"] is None
            assert status["policy"] == {
                "version": 0,
                "source": "bundle",
                "review_at": 1001,
                "hold_at": 1001,
                "exploration_rate": 0.0,
            }
            assert status["reference"]["version"] == reference().version
            assert status["reference"]["age_days"] > 0
            assert status["ledger"] == {"kind": "memory", "writable": True}
            assert str(at.status.data_dir) not in str(status)

    run(describe())


@pytest.mark.parametrize(
    ("card", "source"),
    [
        ({"data": {"source": "Demo world, synthetic."}}, "Demo world, synthetic."),
        ({"data": {}}, None),
        ({"data": "files"}, None),
        ({}, None),
    ],
)
def test_it_says_what_the_model_learned_from_if_its_card_does(
    card: dict[str, object], source: str | None
) -> None:
    async def describe() -> None:
        learned = changed(served_bundle(), "2026-04-02-bbbbbb", model_card=card)
        with bench(learned) as at:
            await at.models.reload()
            assert (await at.status.describe())["model"]["learned_from"] == source

    run(describe())


def test_a_reference_version_that_is_no_date_has_no_age() -> None:
    async def describe() -> None:
        with bench() as at:
            odd: ReferencePack = replace(reference(), version="draft")
            models = Models(
                HandBundles(served_bundle()),
                odd,
                at.ledger,
                at.clock,
                history_store=MemoryHistoryStore(),
            )
            status = await replace(at.status, models=models).describe()
            assert status["reference"]["age_days"] is None

    run(describe())


def test_a_key_says_who_asks_and_what_may_be_done() -> None:
    key, _ = DictKeys().create("acme", "desk", keys_of(Scope.SCORE_WRITE))
    assert caller_of(key, Scope.SCORE_WRITE) == Caller("acme", "K1")
    with pytest.raises(Forbidden):
        caller_of(key, Scope.DECISION_READ)
    with pytest.raises(Unauthenticated):
        caller_of(None, Scope.SCORE_WRITE)
