"""Secrets of webhooks: made, kept encrypted under the service's own key, and signed with."""

import base64
import os
from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from standardwebhooks.webhooks import Webhook as Signer

from app.core.refusals import JobsUnavailable
from app.core.webhooks import Delivery, Webhook

SECRET_BYTES = 32  # Standard Webhooks: 24 to 64
PREFIX = "whsec_"
_NONCE = 12  # bytes, AES-GCM's own size


class SealedSecrets:
    """The port WebhookSecrets: AES-256-GCM under `key`, bound to the endpoint's id."""

    def __init__(self, key: bytes) -> None:
        """Seal under `key`, 32 bytes."""
        self._cipher = AESGCM(key)

    def make(self, webhook_id: str) -> tuple[str, bytes]:
        """Return a new secret as it is shown once, whsec_ and base64, and sealed."""
        raw, nonce = os.urandom(SECRET_BYTES), os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, raw, webhook_id.encode())
        return PREFIX + base64.b64encode(raw).decode(), sealed

    def sign(self, webhook: Webhook, delivery: Delivery, at: datetime) -> Mapping[str, str]:
        """Return the headers of Standard Webhooks for one attempt, signed by every live secret.

        Raises JobsUnavailable for a secret that was sealed under another key.
        """
        moment, payload = at.astimezone(UTC), delivery.payload.decode()
        signatures = [
            Signer(self._open(webhook.webhook_id, sealed)).sign(
                delivery.delivery_id, moment, payload
            )
            for sealed in webhook.sealed
        ]
        return {
            "webhook-id": delivery.delivery_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _open(self, webhook_id: str, sealed: bytes) -> bytes:
        nonce, text = sealed[:_NONCE], sealed[_NONCE:]
        try:
            return self._cipher.decrypt(nonce, text, webhook_id.encode())
        except InvalidTag:
            detail = "a webhook's secret was sealed under another key: give it a new one"
            raise JobsUnavailable(detail) from None
