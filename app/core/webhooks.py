"""Who is told that a job ended: endpoints, deliveries, when to try again, and where not to call."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from app.core.canonical import canonical_json
from app.core.errors import FieldProblem
from app.core.jobs import Job, job_document, moment_shown
from app.core.refusals import InvalidWebhook

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Standard Webhooks recommends this schedule: seconds before the next attempt, 10 attempts in all.
RETRY_AFTER_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2  # of a delay, to both sides
MAX_URL = 2048
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)
# 6to4, Teredo and NAT64 carry an IPv4 address inside that a gateway may call.
_TUNNELS = tuple(map(ipaddress.ip_network, ("2002::/16", "2001::/32", "64:ff9b::/96")))


class DeliveryState(StrEnum):
    """Where a delivery is: to be tried, taken by the endpoint, or given up."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An endpoint of a tenant; `sealed` are its secrets, encrypted, the newest first."""

    webhook_id: str
    tenant: str
    url: str
    created_at: datetime
    created_by: str
    sealed: tuple[bytes, ...] = field(repr=False)
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint; `delivery_id` is the `webhook-id` of each attempt.

    `last_status` is the HTTP status that was answered last, `last_error` why there was none; None
    before the first attempt. `due_at` is when it is tried next, None once it is final.
    """

    delivery_id: str
    webhook_id: str
    tenant: str
    event: str
    payload: bytes
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    due_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Which deliveries of an endpoint are asked for, newest first; None narrows nothing."""

    webhook_id: str
    state: DeliveryState | None = None
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one attempt: a status, or the reason why there is none."""

    status: int | None = None
    error: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants no more (410, as Standard Webhooks has it)."""
        return self.status == 410


@dataclass(frozen=True, slots=True)
class Target:
    """Where to call: parts of a checked URL; `path` carries the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def event_of(job: Job) -> tuple[str, bytes]:
    """Return the type and payload that tell of a job's end: its document, no entry, no party."""
    name = f"job.{job.state}"
    moment = moment_shown(job.finished_at)
    return name, canonical_json({"type": name, "timestamp": moment, "data": job_document(job)})


def read_target(url: object) -> Target:
    """Return the parts of an endpoint's URL; raise InvalidWebhook for one that is not called.

    https, or http (which `allowed` lets through only to networks that were named); a host name or
    address; no user, no fragment.
    """
    if not isinstance(url, str) or not 0 < len(url) <= MAX_URL:
        raise invalid("/url", "invalid_url", f"wanted a URL of at most {MAX_URL} characters")
    if not (url.isascii() and url.isprintable() and " " not in url):
        raise invalid("/url", "invalid_url", "wanted printable ASCII, other letters encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise invalid("/url", "invalid_url", "found no host and port that can be read") from None
    if parts.scheme not in {"http", "https"}:
        raise invalid("/url", "invalid_url", "wanted https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise invalid("/url", "invalid_url", "wanted no user, password or fragment")
    host = (parts.hostname or "").rstrip(".")
    if not (_HOST.fullmatch(host) or _address(host)):
        raise invalid("/url", "invalid_url", "wanted a host name or an IP address")
    if port == 0:
        raise invalid("/url", "invalid_url", "wanted a port from 1 to 65535")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def allowed(target: Target, addresses: Sequence[str], private: Sequence[Network]) -> list[str]:
    """Return the addresses that may be called for `target`: all of them, or none.

    An address is fit if it is public and the scheme is https, or if it lies in a network of
    `private`, which the operator named. One that is not fit spoils the name: it may not be called.
    """
    found = [_address(each) for each in addresses]
    fit = [
        each is not None and (_in(each, private) or (target.scheme == "https" and is_public(each)))
        for each in found
    ]
    return list(addresses) if found and all(fit) else []


def is_public(address: Address) -> bool:
    """Say whether an address is reachable by anyone, and by nothing but itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.is_site_local or _in(address, _TUNNELS):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def read_networks(text: str) -> tuple[Network, ...]:
    """Return networks written as CIDRs with commas between; ValueError for anything else."""
    return tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip())


def delay_s(attempts: int, draw: float) -> float | None:
    """Return the seconds before the next attempt after so many, `draw` in [0, 1); None: give up."""
    if not 1 <= attempts <= len(RETRY_AFTER_S):
        return None
    return RETRY_AFTER_S[attempts - 1] * (1 + JITTER * (2 * draw - 1))


def read_webhook(document: object) -> str:
    """Return the URL of `{"url": ...}`; raise InvalidWebhook, naming the field."""
    if not isinstance(document, dict):
        raise invalid("", "wrong_type", "wanted an object")
    if any(name != "url" for name in document):
        raise invalid("", "unknown_field", "found another field than `url`")
    if "url" not in document:
        raise invalid("/url", "missing", "not there, but it is required")
    read_target(document["url"])
    return str(document["url"])


def invalid(pointer: str, code: str, message: str) -> InvalidWebhook:
    """Return the refusal of an endpoint, naming the field."""
    return InvalidWebhook("The webhook has 1 problem.", [FieldProblem(pointer, code, message)])


def webhook_document(webhook: Webhook) -> dict[str, Any]:
    """Return an endpoint as it is shown: never a secret."""
    return {
        "webhook_id": webhook.webhook_id,
        "url": webhook.url,
        "created_at": moment_shown(webhook.created_at),
        "created_by": webhook.created_by,
        "disabled_at": moment_shown(webhook.disabled_at),
    }


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as it is shown."""
    return {
        "delivery_id": delivery.delivery_id,
        "webhook_id": delivery.webhook_id,
        "event": delivery.event,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "created_at": moment_shown(delivery.created_at),
        "due_at": moment_shown(delivery.due_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
    }


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    scoped = isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None
    return None if scoped else address


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == each.version and address in each for each in networks)
