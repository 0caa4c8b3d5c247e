"""What proves decisions in tests: a chain over a ledger in memory, packs and bundles kept."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.adapters.reference_store import ReferenceStore
from app.core.chain import GENESIS, Link, link_hash
from app.core.errors import BundleUnreadable
from app.core.model.bundle import Bundle
from app.core.model.signing import KeySigner
from app.core.reference import ReferencePack
from app.core.screening import Screener
from app.services.receipts import Receipts
from app.services.replay import Replays
from tests.desks import Bench
from tests.fakes import HandBundles, MemoryLedger

SIGNER = KeySigner(Ed25519PrivateKey.from_private_bytes(b"receipts of the tests, 32 bytes."))


@cache
def screening(pack: ReferencePack) -> Screener:
    """Return a screener over a pack, made once for all tests."""
    return Screener(pack)


class MemoryLinks:
    """A link for each decision of a ledger in memory, alone in its stream."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    async def link(self, tenant: str, decision_id: str) -> Link | None:
        for seq, each in enumerate(self._ledger.records, 1):
            if (each.tenant, each.decision_id) == (tenant, decision_id):
                return link_at(seq, tenant, decision_id)
        return None


def link_at(seq: int, tenant: str = "acme", subject: str = "D1") -> Link:
    """Return a link that is whole by itself."""
    fields = {
        "tenant": tenant,
        "stream": "main",
        "epoch": 1,
        "number": 1,
        "seq": seq,
        "kind": "decision",
        "subject": subject,
        "record_digest": "a" * 64,
        "payload_digest": "b" * 64,
        "prev_hash": GENESIS,
    }
    return Link(**fields, hash=link_hash(Link(**fields)))  # type: ignore[arg-type]


class KeptBundles:
    """The bundles of a hand, recalled by version."""

    def __init__(self, bundles: HandBundles) -> None:
        self._bundles = bundles
        self.recalled = 0

    def recall(self, version: str) -> Bundle:
        self.recalled += 1
        if version not in self._bundles.bundles:
            raise BundleUnreadable(f"found no bundle {version!r} here")
        return self._bundles.bundles[version]


def receipts_at(at: Bench) -> Receipts:
    """Return the receipts of a bench."""
    return Receipts(at.desk, MemoryLinks(at.ledger), SIGNER)


def replays_at(at: Bench, store: ReferenceStore) -> Replays:
    """Return the replays of a bench whose lists are kept in `store`."""
    return Replays(at.desk, KeptBundles(at.bundles), store, screening)
