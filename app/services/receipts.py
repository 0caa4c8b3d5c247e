"""Receipts of decisions: signed proof of what was asked, known, searched and answered."""

from collections.abc import Sequence
from typing import Any, Protocol

from app.core.chain import Link
from app.core.errors import LedgerUnavailable, NotFound
from app.core.model.signing import PublicKey, Signer
from app.core.receipt import ALGORITHM, receipt_document, signed_receipt
from app.core.records import DecisionRecord
from app.services.desk import Desk
from app.services.workers import Lane


class Links(Protocol):
    """Where a decision's place in the chain is read."""

    async def link(self, tenant: str, decision_id: str) -> Link | None:
        """Return the link of the tenant's own decision, or None; LedgerUnavailable."""
        ...


class Receipts:
    """The use cases behind /v1/decisions/{id}/receipt and /v1/receipt-keys."""

    def __init__(
        self, desk: Desk, links: Links, signer: Signer, retired: Sequence[PublicKey] = ()
    ) -> None:
        """Sign with `signer`; `retired` keys signed earlier receipts and are still shown."""
        self._desk = desk
        self._links = links
        self._signer = signer
        self._retired = retired

    async def receipt(self, tenant: str, decision_id: str) -> bytes:
        """Return the receipt of the tenant's decision: the same bytes every time, for one key.

        Raises NotFound for any other tenant's decision or one that was erased, LedgerUnavailable.
        """
        record = await self._desk.decision(tenant, decision_id)
        link = await self._links.link(tenant, decision_id)
        if link is None:
            raise LedgerUnavailable("the decision has no link in the chain")
        return await self._desk.workers.run(Lane.BATCH, lambda: self._signed(record, link))

    def _signed(self, record: DecisionRecord, link: Link) -> bytes:
        if not (record.request and record.evidence and record.response):
            raise NotFound("The entry of that decision was erased.")
        return signed_receipt(receipt_document(record, link), self._signer)

    def keys(self) -> dict[str, Any]:
        """Return the public keys that receipts can be checked with, the one in use first."""
        now = self._signer.public_key
        older = [each for each in self._retired if each.raw != now.raw]
        return {
            "keys": [
                {
                    "key_id": each.key_id,
                    "algorithm": ALGORITHM,
                    "public_key": each.raw.hex(),
                    "is_current": each is now,
                }
                for each in (now, *older)
            ]
        }
