"""Acceptance 2: everything that serves is swapped, and every replay and receipt still holds."""

from pathlib import Path

import pytest

from app.adapters.reference_store import ReferenceStore
from app.core.receipt import receipt_problem
from app.core.reference import load_reference
from tests.desks import LISTED, RELEASING, Bench, bench, entry, line, run, with_policy
from tests.proofs import SIGNER, receipts_at, replays_at
from tests.reference_packs import write_pack

ORIGINS = ("CN", "VN", "IT", "KR", "US", "BD")


@pytest.mark.parametrize("count", [30, pytest.param(1000, marks=pytest.mark.nightly)])
def test_every_replay_is_bit_identical_and_every_signature_valid(
    count: int, tmp_path: Path
) -> None:
    async def work(at: Bench) -> None:
        await at.models.reload()
        ids = []
        for number in range(count):
            maker = {"name": LISTED if number % 7 == 0 else f"Maker {number}", "country": "CN"}
            value, origin = f"{100 + 37 * number}.50", ORIGINS[number % len(ORIGINS)]
            goods = line(entered_value_usd=value, origin_country=origin, manufacturer=maker)
            ids.append((await at.score(entry(goods)))["decision_id"])
        at.bundles.put_live(with_policy(RELEASING, "2026-04-02-bbbbbb"))
        await at.models.reload()
        write_pack(tmp_path / "other")
        await at.models.use_reference(load_reference(tmp_path / "other"))
        replays, receipts = replays_at(at, ReferenceStore(tmp_path)), receipts_at(at)
        for each in ids:
            assert (await replays.replay("acme", each))["state"] == "identical"
            signed = await receipts.receipt("acme", each)
            assert receipt_problem(signed, [SIGNER.public_key]) is None

    with bench() as at:
        run(work(at))
