"""Webhooks call public addresses by https, and nothing that an operator did not name."""

import ipaddress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.jobs import JobState
from app.core.refusals import InvalidWebhook
from app.core.webhooks import (
    JITTER,
    RETRY_AFTER_S,
    Sent,
    Target,
    allowed,
    delay_s,
    event_of,
    is_public,
    read_networks,
    read_target,
    read_webhook,
)
from tests.fakes import NOW
from tests.job_records import job

HTTPS = Target("https", "hooks.example.com", 443, "/")
HTTP = Target("http", "hooks.example.com", 80, "/")
NEVER = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104  # to be refused
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2001:0:1::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", NEVER)
def test_private_loopback_and_link_local_addresses_are_never_called(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert allowed(HTTPS, [address], ()) == []


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_called_by_https_alone(address: str) -> None:
    assert allowed(HTTPS, [address], ()) == [address]
    assert allowed(HTTP, [address], ()) == []


def test_one_private_address_spoils_a_name() -> None:
    assert allowed(HTTPS, ["8.8.8.8", "10.0.0.1"], ()) == []
    assert allowed(HTTPS, ["8.8.8.8", "fe80::1%eth0"], ()) == []
    assert allowed(HTTPS, [], ()) == []


def test_a_network_that_was_named_is_called_also_by_http() -> None:
    private = read_networks("10.1.0.0/16, fd00::/8")
    assert allowed(HTTP, ["10.1.2.3", "fd00::1"], private) == ["10.1.2.3", "fd00::1"]
    assert allowed(HTTP, ["10.2.0.1"], private) == []
    assert allowed(HTTPS, ["10.1.2.3", "8.8.8.8"], private) == ["10.1.2.3", "8.8.8.8"]


@given(st.ip_addresses())
def test_no_address_of_a_private_network_passes(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if is_public(address):
        assert address.is_global
        assert not any([address.is_private, address.is_loopback, address.is_link_local])


def test_networks_that_cannot_be_read_are_refused() -> None:
    assert read_networks("") == ()
    with pytest.raises(ValueError, match=r"10\.0\.0\.1"):
        read_networks("10.0.0.1/8")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", HTTPS),
        ("https://HOOKS.example.com./", HTTPS),
        ("http://hooks.example.com", HTTP),
        ("https://[2606:4700::1]:8443/a?b=c", Target("https", "2606:4700::1", 8443, "/a?b=c")),
        ("https://8.8.8.8/a", Target("https", "8.8.8.8", 443, "/a")),
    ],
)
def test_a_url_is_read(url: str, target: Target) -> None:
    assert read_target(url) == target


@pytest.mark.parametrize(
    ("target", "authority"),
    [
        (HTTPS, "hooks.example.com"),
        (HTTP, "hooks.example.com"),
        (Target("https", "2606:4700::1", 8443, "/"), "[2606:4700::1]:8443"),
    ],
)
def test_the_host_header_is_that_of_the_url(target: Target, authority: str) -> None:
    assert target.authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "",
        7,
        "ftp://hooks.example.com/",
        "https:///path",
        "https://user:secret@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://[::1/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX: y",
        "https://höoks.example.com/",
        "https://-bad/",
        "https://under_score/",
        "https://hooks.example.com/" + "a" * 2048,
    ],
)
def test_other_urls_are_refused(url: object) -> None:
    with pytest.raises(InvalidWebhook) as refused:
        read_target(url)
    assert refused.value.problems[0].pointer == "/url"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "wrong_type"),
        ({}, "missing"),
        ({"url": "https://a.example", "x": 1}, "unknown_field"),
        ({"url": "x"}, "invalid_url"),
    ],
)
def test_a_document_that_names_no_endpoint_is_refused(document: object, code: str) -> None:
    with pytest.raises(InvalidWebhook) as refused:
        read_webhook(document)
    assert refused.value.problems[0].code == code


def test_a_document_that_names_one_is_read() -> None:
    assert read_webhook({"url": "https://a.example/b"}) == "https://a.example/b"


@given(st.floats(0, 1, exclude_max=True))
def test_attempts_are_spread_and_end(draw: float) -> None:
    for attempts, usual in enumerate(RETRY_AFTER_S, 1):
        delay = delay_s(attempts, draw)
        assert delay is not None
        assert usual * (1 - JITTER) <= delay <= usual * (1 + JITTER)
    assert delay_s(len(RETRY_AFTER_S) + 1, draw) is None


def test_an_event_tells_the_job_and_no_entry() -> None:
    name, payload = event_of(job(state=JobState.FAILED, finished_at=NOW, problem="stalled"))
    told = orjson.loads(payload)
    assert name == told["type"] == "job.failed"
    assert told["timestamp"] == "2026-11-24T02:31:07.412Z"
    assert told["data"]["problem"] == "stalled"


@pytest.mark.parametrize(
    ("sent", "is_taken", "is_gone"),
    [
        (Sent(200), True, False),
        (Sent(204), True, False),
        (Sent(302), False, False),
        (Sent(410), False, True),
        (Sent(error="no connection"), False, False),
    ],
)
def test_a_2xx_is_taken_and_a_redirect_is_not(sent: Sent, is_taken: bool, is_gone: bool) -> None:
    assert (sent.is_taken, sent.is_gone) == (is_taken, is_gone)
