"""A webhook reaches the endpoint it was checked for, signed, and nothing else on the way."""

import asyncio
import base64
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from app.adapters.webhook_post import CheckedPost, resolve
from app.adapters.webhook_secrets import SealedSecrets
from app.core.refusals import JobsUnavailable
from app.core.webhooks import Delivery, Sent, read_networks
from tests.desks import run
from tests.fakes import NOW
from tests.job_records import webhook

LOOPBACK = read_networks("127.0.0.0/8")
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
KEY = b"k" * 32


@dataclass
class Endpoint:
    """A server on this machine that gives one answer, or none."""

    answer: bytes = OK
    tls: ssl.SSLContext | None = None
    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        self.requests.append(head + await reader.readexactly(length))
        writer.write(self.answer)
        try:
            await writer.drain()
            await reader.read()  # until the other side goes
        except OSError:
            pass
        finally:
            writer.transport.abort()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Endpoint"]:
        """Listen while inside."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


def send(endpoint: Endpoint, way: CheckedPost, url: str = "http://127.0.0.1:{port}/in?a=b") -> Sent:
    async def sending() -> Sent:
        async with endpoint.serving():
            return await way.post(url.format(port=endpoint.port), {"webhook-id": "m"}, b"{}")

    sent: Sent = run(sending())
    return sent


def finds(*answers: Sequence[str]) -> object:
    """A resolver that gives each of these once, the last one for ever."""
    left = list(answers)

    async def find(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return find


def test_the_body_and_headers_arrive_and_the_status_comes_back() -> None:
    endpoint = Endpoint()
    assert send(endpoint, CheckedPost(LOOPBACK)) == Sent(204)
    (request,) = endpoint.requests
    assert request.startswith(b"POST /in?a=b HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n{}")
    for line in (f"host: 127.0.0.1:{endpoint.port}", "webhook-id: m", "connection: close"):
        assert line.encode() in request.lower()


def test_nothing_on_this_machine_is_called_unless_it_was_named() -> None:
    endpoint = Endpoint()
    assert send(endpoint, CheckedPost()).error is not None
    for host in ("localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]", "0.0.0.0"):  # noqa: S104
        sent = send(endpoint, CheckedPost(), f"https://{host}:{{port}}/")
        assert (sent.status, endpoint.requests) == (None, [])


def test_a_name_that_changes_its_mind_reaches_nothing() -> None:
    endpoint = Endpoint()
    way = CheckedPost(find=finds(["8.8.8.8"], ["127.0.0.1"]))  # type: ignore[arg-type]  # as one
    assert run(way.may_call("https://hooks.example.com/"))
    sent = send(endpoint, way, "https://hooks.example.com:{port}/")
    assert sent.error == "the host was not found, or has an address not allowed"
    assert endpoint.requests == []


def test_the_name_is_looked_up_once_an_attempt() -> None:
    endpoint = Endpoint()
    way = CheckedPost(LOOPBACK, find=finds(["127.0.0.1"], ["8.8.8.8"]))  # type: ignore[arg-type]  # as one
    assert send(endpoint, way, "http://hooks.example.com:{port}/") == Sent(204)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    inside = b"HTTP/1.1 %d See\r\nLocation: http://127.0.0.1:1/\r\n\r\n" % status
    endpoint = Endpoint(inside)
    assert send(endpoint, CheckedPost(LOOPBACK)) == Sent(status)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"no HTTP at all\r\n\r\n", "no HTTP answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000, "no HTTP answer"),
        (b"HTTP/1.1 200", "no answer in time"),
        (b"", "no answer in time"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "no answer in time"),
    ],
)
def test_an_endpoint_that_does_not_answer_is_given_up_in_time(answer: bytes, error: str) -> None:
    began = monotonic()
    assert send(Endpoint(answer), CheckedPost(LOOPBACK, timeout_s=0.3)) == Sent(error=error)
    assert monotonic() - began < 5


def test_a_provisional_answer_is_passed_over() -> None:
    answer = b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK
    assert send(Endpoint(answer), CheckedPost(LOOPBACK)) == Sent(204)


def test_a_port_that_nobody_listens_on_is_said() -> None:
    assert run(CheckedPost(LOOPBACK).post("http://127.0.0.1:1/", {}, b"")) == Sent(
        error="no connection"
    )
    assert run(CheckedPost(LOOPBACK).post("ftp://127.0.0.1/", {}, b"")).status is None


def test_a_name_that_is_not_there_may_not_be_called() -> None:
    assert not run(CheckedPost(LOOPBACK).may_call("https://name.invalid/"))
    assert not run(CheckedPost(LOOPBACK).may_call("gopher://name.invalid/"))
    assert run(CheckedPost(LOOPBACK).may_call("http://127.0.0.1/"))
    assert "127.0.0.1" in run(resolve("127.0.0.1", 80))


def test_the_certificate_has_to_be_that_of_the_name(tmp_path: Path) -> None:
    serves, trusts = certified(tmp_path, "hooks.example.com")
    found = finds(["127.0.0.1"])
    endpoint = Endpoint(tls=serves)
    way = CheckedPost(LOOPBACK, tls=trusts, find=found)  # type: ignore[arg-type]  # as one
    assert send(endpoint, way, "https://hooks.example.com:{port}/") == Sent(204)
    wrong = send(endpoint, way, "https://other.example.com:{port}/")
    assert wrong == Sent(error="no trusted TLS connection")
    strict = CheckedPost(LOOPBACK, find=found)  # type: ignore[arg-type]  # as one
    assert send(endpoint, strict, "https://hooks.example.com:{port}/").status is None
    assert len(endpoint.requests) == 1


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of its own for `name`, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "server.pem"
    file.write_bytes(pem + secret)
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(file)
    return serves, ssl.create_default_context(cadata=pem.decode())


def delivery() -> Delivery:
    return Delivery(
        delivery_id="msg_1",
        webhook_id="W1",
        tenant="acme",
        event="job.succeeded",
        payload=b'{"type":"job.succeeded"}',
        created_at=NOW,
    )


def test_a_signature_is_that_of_standard_webhooks_by_every_live_secret() -> None:
    secrets = SealedSecrets(KEY)
    (new, sealed), (old, before) = secrets.make("W1"), secrets.make("W1")
    now = dt.datetime.now(dt.UTC)
    headers = dict(secrets.sign(webhook(sealed=(sealed, before)), delivery(), now))
    for secret in (new, old):
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
        assert Verifier(secret).verify(delivery().payload, headers) == {"type": "job.succeeded"}
        with pytest.raises(WebhookVerificationError):
            Verifier(secret).verify(delivery().payload + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(secrets.make("W1")[0]).verify(delivery().payload, headers)


def test_a_secret_lies_encrypted_and_bound_to_its_endpoint() -> None:
    secret, sealed = SealedSecrets(KEY).make("W1")
    assert base64.b64decode(secret.removeprefix("whsec_")) not in sealed
    with pytest.raises(JobsUnavailable):
        SealedSecrets(KEY).sign(webhook("W2", sealed=(sealed,)), delivery(), NOW)
    with pytest.raises(JobsUnavailable):
        SealedSecrets(b"x" * 32).sign(webhook(sealed=(sealed,)), delivery(), NOW)
