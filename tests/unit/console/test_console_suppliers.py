"""The supplier pages: found by name, drawn without script, and told to nobody else."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from app.api.supplier_schema import supplier_example
from app.console.supplier_view import CHART_HEIGHT, chart_of, dollars, supplier_view
from app.console.suppliers import MAX_FORM, SUPPLIERS_PATH, Form, read_form
from app.core.errors import RequestRefused
from app.services.suppliers import MAX_FACTS
from tests.apps import ALL, STRANGER, WRITES, Spoken, spoken
from tests.desks import LISTED, NUMBERS, entry, filed, line

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NAME = "Example <Trading> Garment Co., Ltd."
MAKER = {"name": NAME, "city": "Dandong", "country": "CN"}


def ask(api: Spoken, key: str = ALL, **fields: str) -> Any:
    """Send the form."""
    content = urlencode({"key": key} | fields)
    return api.client.post(SUPPLIERS_PATH, content=content, headers=FORM)


def path_of(page: str) -> str:
    """Return where the first supplier that was found is shown."""
    found = re.search(rf'href="({SUPPLIERS_PATH}/supplier:[0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def test_a_supplier_is_found_and_its_page_asks_for_the_key() -> None:
    with spoken() as api:
        api.score(filed(NUMBERS[0], line(manufacturer=MAKER)))
        assert "Find a supplier" in api.client.get(SUPPLIERS_PATH).text
        found = ask(api, name=NAME, country="CN")
        assert found.status_code == 200
        assert "1 found" in found.text
        page = api.client.get(path_of(found.text))
        assert "Show a supplier" in page.text
        assert "Dandong" not in page.text
        assert "0 found" in ask(api, name="Nobody").text


def test_a_supplier_is_shown_with_a_chart_in_words_and_figures() -> None:
    with spoken() as api:
        api.score(filed(NUMBERS[0], line(manufacturer=MAKER)))
        assert api.client.portal is not None
        api.client.portal.call(api.at.settled)
        key = path_of(ask(api, name=NAME).text).rpartition("/")[2]
        for at in ("", "2026-11-24"):
            page = ask(api, supplier=key, at=at)
            assert page.status_code == 200
            for shown in ("&lt;Trading&gt;", "Dandong, CN", "as of 2026-11-24", "6201", "$48.2k"):
                assert shown in page.text
            assert 'role="img"' in page.text
            assert "Entered value by month, 2026-11 to 2026-11: 1 entry," in page.text
            assert '<th scope="row">2026-11</th>' in page.text


def test_lists_and_what_changed_are_shown() -> None:
    with spoken() as api:
        maker = {"name": LISTED, "country": "CN"}
        hair = line(hts="6703000000", manufacturer=maker)
        api.score(filed(NUMBERS[0], hair, entry_date="2026-08-03"))
        api.score(filed(NUMBERS[1], hair, line(hts="6402990000", manufacturer=maker)))
        key = path_of(ask(api, name=LISTED).text).rpartition("/")[2]
        page = ask(api, supplier=key).text
        assert "UFLPA" in page
        assert "NEW_GOODS" in page


def test_a_draft_alone_is_shown_without_a_chart() -> None:
    with spoken() as api:
        api.score(entry(line(manufacturer=MAKER)))
        key = path_of(ask(api, name=NAME).text).rpartition("/")[2]
        page = ask(api, supplier=key)
        assert page.status_code == 200
        assert "<svg" not in page.text
        assert "None filed." in page.text


def test_the_pages_run_nothing_load_nothing_and_keep_no_key() -> None:
    with spoken() as api:
        api.score(filed(NUMBERS[0], line(manufacturer=MAKER)))
        found = ask(api, name=NAME)
        shown = ask(api, supplier=path_of(found.text).rpartition("/")[2])
        for page in (api.client.get(SUPPLIERS_PATH), found, shown):
            assert "default-src 'none'" in page.headers["content-security-policy"]
            assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|https?://", page.text)
            assert "set-cookie" not in page.headers
            assert page.headers["cache-control"] == "no-store"
            assert ALL not in page.text


@pytest.mark.parametrize(
    ("key", "fields", "status", "shown"),
    [
        ("nobody", {"name": NAME}, 401, "unknown, revoked or expired"),
        (WRITES, {"name": NAME}, 403, "decision:read"),
        (ALL, {"name": ""}, 422, "wanted a text that is not blank"),
        (ALL, {"name": NAME, "country": "XX"}, 422, "country"),
        (ALL, {"supplier": "supplier:0"}, 404, "No supplier of that key"),
        (ALL, {"supplier": "supplier:0", "at": "2099-01-01"}, 422, "up to 2026-11-24"),
    ],
)
def test_a_refusal_says_what_is_wrong(
    key: str, fields: dict[str, str], status: int, shown: str
) -> None:
    with spoken() as api:
        page = ask(api, key, **fields)
        assert page.status_code == status
        assert shown in page.text


def test_another_tenant_is_shown_nothing() -> None:
    with spoken() as api:
        api.score(filed(NUMBERS[0], line(manufacturer=MAKER)))
        key = path_of(ask(api, name=NAME).text).rpartition("/")[2]
        assert "0 found" in ask(api, STRANGER, name=NAME).text
        assert ask(api, STRANGER, supplier=key).status_code == 404


def test_a_form_is_read_by_its_fields() -> None:
    assert read_form(b"name=A+B&key=k") == Form(name="A B", key="k")
    assert read_form(b"supplier=x&at=&key=k") == Form(supplier="x", key="k")


@pytest.mark.parametrize("body", [b"name=1&name=2", b"other=1", b"name=\xff", b"a&b"])
def test_a_form_that_is_another_is_refused(body: bytes) -> None:
    with pytest.raises(RequestRefused):
        read_form(body)


def test_a_form_is_limited_before_it_is_read() -> None:
    with spoken() as api:
        large = api.client.post(SUPPLIERS_PATH, content=b"x" * (MAX_FORM + 1), headers=FORM)
        assert large.status_code == 413
        assert api.client.post(SUPPLIERS_PATH, json={}).status_code == 415
        broken = api.client.post(SUPPLIERS_PATH, content=b"x", headers=FORM)
        assert broken.status_code == 400


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "$0"), ("999.4", "$999"), ("97500.5", "$97.5k"), (1234567, "$1.23M"), (1000, "$1k")],
)
def test_amounts_are_short(amount: str | float, shown: str) -> None:
    assert dollars(amount) == shown


def month(name: str, entries: int, value: Decimal | int) -> dict[str, Any]:
    """Return a month as the API gives it."""
    return {"month": name, "entries": entries, "lines": entries, "value_usd": str(value)}


def test_the_highest_month_fills_the_chart_and_the_least_is_still_seen() -> None:
    chart = chart_of([month("2026-09", 1, 1), month("2026-10", 0, 0), month("2026-11", 2, 9000)])
    assert chart is not None
    least, none, most = chart.bars
    assert (most.height, most.y) == (CHART_HEIGHT, 0)
    assert least.height > 0
    assert none.height == 0
    assert [each.text for each in chart.labels] == ["2026-09", "2026-10", "2026-11"]
    assert "3 entries" in chart.summary


def test_a_long_chart_names_some_months_alone() -> None:
    chart = chart_of([month(f"2025-{at:02}", 1, 5) for at in range(1, 13)])
    assert chart is not None
    assert len(chart.labels) == 6


def test_without_a_month_there_is_no_chart() -> None:
    assert chart_of([]) is None


def test_a_supplier_known_by_its_mid_is_titled_by_it_and_outcomes_are_counted() -> None:
    example = supplier_example()
    spelling = example["spellings"][0] | {"name": None, "city": None}
    outcomes = {"by_kind": example["outcomes"]["by_kind"] | {"review_nexus": 2}, "newest": []}
    history = example["history"] | {
        "outcome_weights": example["history"]["outcome_weights"] | {"denied": 1.25}
    }
    view = supplier_view(
        example | {"spellings": [spelling], "outcomes": outcomes, "history": history}
    )
    assert (view.title, view.place) == ("CNEXATRA12DAN", "CN")
    assert view.outcomes == (("review nexus", 2),)
    assert dict(view.facts)["Outcomes, faded over a year"] == "denied 1.2"
    assert dict(supplier_view(example).facts)["Outcomes, faded over a year"] == "none known"


def test_what_is_missing_is_said() -> None:
    with spoken() as api:
        api.score(filed(NUMBERS[0], line(manufacturer=MAKER)))
        first = api.at.ledger.records[0]
        key = next(each for each in first.index_keys if each.startswith("supplier:"))
        api.at.ledger.kept += [
            first.__class__(**{**_fields(first), "decision_id": f"X{at}", "entry_number": f"N{at}"})
            for at in range(MAX_FACTS)
        ]
        page = ask(api, supplier=key, at="2026-11-24").text
        assert "the newest are shown" in page
        assert "Shown without history" in page


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
