"""GET /v1/decisions/{id}/evidence and its check over the application."""

from typing import Any

import pytest

from app.api.evidence import DATES, MAX_INDEX
from app.api.evidence_examples import checked, evidence_examples, filled_examples
from tests.apps import READS, STRANGER, WRITES, Spoken, spoken
from tests.desks import HOLDING, LISTED, entry, line, with_policy
from tests.json_schema import DOCUMENT, faults

PATH = "/v1/decisions/{decision_id}/evidence"
MAKER = {"name": "<b>Example & Sons</b>", "country": "CN", "city": "Dandong"}


def decided(api: Spoken, **changes: Any) -> str:
    """Return the path of the evidence of a held decision."""
    hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
    document = entry(line(manufacturer=MAKER), hair, arrival_date="2026-11-16", **changes)
    return PATH.format(decision_id=api.score(document).json()["decision_id"])


def schema_of(path: str, method: str, status: str = "200") -> Any:
    content = DOCUMENT["paths"][path][method]["responses"][status]["content"]
    return content["application/json"]["schema"]


def test_what_is_answered_is_as_published() -> None:
    with spoken(with_policy(HOLDING)) as api:
        path = decided(api)
        answer = api.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        document = answer.json()
        assert faults(document, schema_of(PATH, "get")) == []
        assert document["letters"][0]["html"].startswith("<!doctype html>")
        assert "&lt;b&gt;Example &amp; Sons&lt;/b&gt;" in document["letters"][0]["html"]
        assert api.get(path, key=READS).json() == document


def test_examples_are_as_published() -> None:
    for example in evidence_examples().values():
        assert faults(example, schema_of(PATH, "get")) == []
    check = DOCUMENT["paths"][f"{PATH}/check"]["post"]
    body = check["requestBody"]["content"]["application/json"]["schema"]
    for name, example in filled_examples().items():
        assert faults(example, body) == []
        assert faults(checked()[name], schema_of(f"{PATH}/check", "post")) == []


def test_a_page_to_print_loads_nothing_and_escapes_everything() -> None:
    with spoken(with_policy(HOLDING)) as api:
        path = decided(api)
        page = api.get(path, params={"format": "html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "style-src 'sha256-" in page.headers["content-security-policy"]
        assert "<script" not in page.text
        assert "http" not in page.text.replace("<!doctype html>", "")
        assert "&lt;b&gt;Example &amp; Sons&lt;/b&gt;" in page.text
        assert "<b>Example" not in page.text
        for part in ("Clocks", "Documents that would settle it", "Index to fill", "Letter 1"):
            assert part in page.text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json, text/html", "application/json"),
        ("*/*", "application/json"),
    ],
)
def test_the_accept_header_chooses_the_form(accept: str, kind: str) -> None:
    with spoken(with_policy(HOLDING)) as api:
        path = decided(api)
        headers = {"Authorization": "Bearer key-for-all", "Accept": accept}
        answer = api.client.get(path, headers=headers)
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["vary"] == "Accept"


def test_a_release_is_told_that_nothing_is_needed() -> None:
    with spoken() as api:
        document = api.score(entry(line(hts="9609100000", origin_country="DE"))).json()
        path = PATH.format(decision_id=document["decision_id"])
        page = api.get(path, params={"format": "html"}).text
        if document["band"] == "release":
            assert "Nothing fired that a document would settle." in page
        assert faults(api.get(path).json(), schema_of(PATH, "get")) == []


def test_days_that_are_known_start_their_clocks() -> None:
    with spoken(with_policy(HOLDING)) as api:
        path = decided(api)
        clocks = api.get(path, params={"presented_on": "2026-11-18"}).json()["clocks"]
        first = next(each for each in clocks if each["code"] == "RELEASE_OR_DETAIN")
        assert (first["starts_on"], first["due_on"]) == ("2026-11-18", "2026-11-25")
        assert first["stands_in"] is None
        assert "presented_on" in DATES


@pytest.mark.parametrize(
    "query",
    ["format=pdf", "presented_on=2026-13-01", "presented_on=20261118", "presented_on=2026-W47-1",
     "presented_on=2026-11-18&presented_on=2026-11-19", "on=2026-11-18"],
)  # fmt: skip
def test_another_query_is_refused(query: str) -> None:
    with spoken(with_policy(HOLDING)) as api:
        answer = api.get(f"{decided(api)}?{query}")
        assert answer.status_code in {400, 422}
        pointer = f"/query/{query.split('=', maxsplit=1)[0]}"
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_days_that_contradict_each_other_are_refused_at_the_later_one() -> None:
    with spoken(with_policy(HOLDING)) as api:
        days = {"detained_on": "2026-11-20", "noticed_on": "2026-11-19"}
        answer = api.get(decided(api), params=days)
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/query/noticed_on", "contradicts")
        assert "detained_on" in error["message"]


def test_only_the_own_tenant_with_the_scope_sees_it() -> None:
    with spoken(with_policy(HOLDING)) as api:
        path = decided(api)
        for suffix in ("", "?format=html"):
            assert api.get(path + suffix, key=STRANGER).status_code == 404
            assert api.get(path + suffix, key=WRITES).status_code == 403
            assert api.get(path + suffix, key=None).status_code == 401
        assert api.get(PATH.format(decision_id="none")).status_code == 404
        check = f"{path}/check"
        assert api.post(check, {"filled": []}, key=STRANGER).status_code == 404
        assert api.post(check, {"filled": []}, key=WRITES).status_code == 403


def test_a_filled_index_is_told_exactly_what_it_lacks() -> None:
    with spoken(with_policy(HOLDING)) as api:
        path = decided(api)
        rows = api.get(path).json()["index"]
        filled = [
            {"row": row["row"], "file": "a.pdf", "pages": "1-2",
             "line_numbers": row["line_numbers"],
             "statements": list(range(1, len(row["shows"]) + 1))}
            for row in rows
        ]  # fmt: skip
        check = f"{path}/check"
        whole = api.post(check, {"filled": filled})
        assert whole.json() == {"complete": True, "missing": []}
        partial = [*filled[:-1], {**filled[-1], "statements": []}]
        answer = api.post(check, {"filled": partial}).json()
        wanted = [
            {"row": rows[-1]["row"], "lack": "statement", "item": item}
            for item in filled[-1]["statements"]
        ]
        assert answer == {"complete": False, "missing": wanted}
        assert faults(answer, schema_of(f"{PATH}/check", "post")) == []


def test_a_body_that_is_no_index_is_refused() -> None:
    with spoken(with_policy(HOLDING)) as api:
        check = f"{decided(api)}/check"
        assert api.post(check, {"filled": [{}]}).json()["type"] == "/errors/invalid-index"
        assert api.post(check, content=b"{").status_code == 400
        text = {"Content-Type": "text/plain"}
        assert api.post(check, content=b"{}", headers=text).status_code == 415
        large = b" " * (MAX_INDEX.max_bytes + 1)
        assert api.post(check, content=large).status_code == 413

        def chunks() -> Any:
            for _ in range(5):
                yield b" " * (MAX_INDEX.max_bytes // 4)

        assert api.post(check, content=chunks()).status_code == 413
