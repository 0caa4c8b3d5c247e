"""The first page: works without script, escapes everything, stores no key."""

import re
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from app.console.example import EXAMPLE_ENTRY
from app.console.pages import Form, read_form
from app.core.document import read_submission
from app.core.errors import BundleTampered, LedgerUnavailable, RequestRefused
from app.core.json_text import parse_json
from tests.apps import ALL, READS, Spoken, spoken
from tests.desks import HOLDING, LISTED, RELEASING, entry, line, served_bundle, with_policy
from tests.fakes import MemoryLedger

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def paste(api: Spoken, text: str, key: str = ALL) -> Any:
    """Send the form."""
    content = urlencode({"entry": text, "key": key})
    return api.client.post("/", content=content, headers=FORM)


def test_the_page_says_what_runs_and_offers_an_example() -> None:
    with spoken() as api:
        page = api.client.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        for shown in (served_bundle().version, "review from 900", "hold from 960", "Dandong"):
            assert shown in page.text
        assert '<label for="entry">' in page.text
        assert '<label for="key">' in page.text


def test_the_example_is_an_entry() -> None:
    assert read_submission(parse_json(EXAMPLE_ENTRY.encode())).entry.lines


def test_nothing_runs_in_the_page_and_nothing_is_loaded_from_elsewhere() -> None:
    with spoken() as api:
        for page in (api.client.get("/"), paste(api, EXAMPLE_ENTRY)):
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|https?://", page.text)
            assert "set-cookie" not in page.headers
            assert page.headers["cache-control"] == "no-store"


def test_an_entry_is_scored_through_the_same_service_and_shown_with_its_reasons() -> None:
    with spoken(with_policy(HOLDING)) as api:
        page = paste(api, EXAMPLE_ENTRY)
        assert page.status_code == 200
        answer = orjson.loads(api.at.ledger.records[0].response)
        assert str(answer["score"]) in page.text
        assert ">hold<" in page.text
        for reason in answer["lines"][0]["reasons"]:
            assert reason["code"] in page.text
        assert answer["decision_id"] in page.text
        assert api.at.ledger.records[0].tenant == "acme"


def test_screening_preflight_floors_and_unknowns_are_shown() -> None:
    document = entry(line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"}))
    with spoken(with_policy(RELEASING)) as api:
        page = paste(api, orjson.dumps(document).decode())
        assert "Band raised by screening" in page.text
        assert "UFLPA" in page.text
        assert "route: no leg declared" in page.text
        assert "/lines/0/manufacturer" in page.text


def test_a_degraded_answer_says_so() -> None:
    class NoReplay(MemoryLedger):
        def facts(self, *_: object) -> Any:
            raise LedgerUnavailable("cannot be read")

    with spoken(with_policy(RELEASING), ledger=NoReplay()) as api:
        assert "Answered without history" in paste(api, EXAMPLE_ENTRY).text


def test_the_key_is_used_once_and_never_shown_or_kept() -> None:
    with spoken() as api:
        page = paste(api, EXAMPLE_ENTRY)
        assert ALL not in page.text
        assert all(ALL.encode() not in each.evidence for each in api.at.ledger.records)


@pytest.mark.parametrize(
    ("text", "key", "status", "shown"),
    [
        (EXAMPLE_ENTRY, "nobody", 401, "unknown, revoked or expired"),
        (EXAMPLE_ENTRY, READS, 403, "score:write"),
        ("{", ALL, 400, "not JSON"),
        ('{"lines":[{"hts":"x"}]}', ALL, 422, "/lines/0/hts"),
        ("[]", ALL, 422, "wanted an object"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_keeps_what_was_pasted(
    text: str, key: str, status: int, shown: str
) -> None:
    with spoken() as api:
        page = paste(api, text, key)
        assert page.status_code == status
        assert shown in page.text
        assert "Nothing was recorded" in page.text
        assert api.at.ledger.records == []


def test_what_was_pasted_is_escaped_everywhere() -> None:
    payload = "<script>alert(1)</script>"
    with spoken(with_policy(HOLDING)) as api:
        good = orjson.dumps(entry(line(description=payload))).decode()
        for text in (good, good.replace('"hts"', f'"{payload}":1,"hts"'), payload):
            assert "<script" not in paste(api, text).text


def test_a_refused_bundle_and_a_missing_model_are_told_of() -> None:
    with spoken(is_loaded=False) as api:
        version = api.at.bundles.name
        assert version is not None
        assert "No verified bundle is loaded" in api.client.get("/").text
        api.at.bundles.broken[version] = BundleTampered("model.txt: other bytes")
        assert api.client.portal is not None
        api.client.portal.call(api.at.models.reload)
        page = api.client.get("/").text
        assert "A model bundle was refused" in page
        assert "Nothing can be scored" in page
        assert paste(api, EXAMPLE_ENTRY).status_code == 503
        other = with_policy(HOLDING)
        api.at.bundles.put_live(other)
        api.client.portal.call(api.at.models.reload)
        api.at.bundles.put_live(served_bundle())
        api.client.portal.call(api.at.models.reload)
        assert "The one before it keeps serving" in api.client.get("/").text


@pytest.mark.parametrize("name", ["console.css", "icon.svg"])
def test_the_sheet_and_the_icon_come_from_the_package(name: str) -> None:
    with spoken() as api:
        answer = api.client.get(f"/static/{name}")
        assert answer.status_code == 200
        assert "max-age" in answer.headers["cache-control"]
        assert api.client.get("/static/pages.py").status_code == 404


def test_a_form_is_read_by_its_two_fields() -> None:
    assert read_form(b"entry=%7B%7D&key=erk_a+b") == Form("{}", "erk_a b")
    assert read_form(b"entry=&key=") == Form("", "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"entry=1",
        b"entry=1&key=2&key=3",
        b"entry=1&key=2&more=3",
        b"entry=\xff&key=1",
        b"a&b",
        b"&".join(b"k%d=1" % at for at in range(20)),
    ],
)
def test_a_form_that_is_another_is_refused(body: bytes) -> None:
    with pytest.raises(RequestRefused):
        read_form(body)


def test_a_form_too_large_or_of_another_type_is_refused_before_it_is_read() -> None:
    with spoken() as api:
        large = api.client.post("/", content=b"x" * 300_000, headers=FORM)
        assert large.status_code == 413
        assert api.client.post("/", json={}).status_code == 415
