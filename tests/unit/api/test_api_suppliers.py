"""Suppliers over HTTP: found by name, shown by key, and only to whose entries name them."""

from typing import Any

import pytest

from tests.apps import READS, STRANGER, WRITES, Spoken, spoken
from tests.desks import NUMBERS, filed, line
from tests.json_schema import DOCUMENT, faults

MAKER = {"name": "Example Trading Garment Co., Ltd.", "city": "Dandong", "country": "CN"}
SCHEMAS = DOCUMENT["components"]["schemas"]


def found(api: Spoken, **query: str) -> list[dict[str, Any]]:
    """Return the suppliers of a name."""
    answer = api.get("/v1/suppliers", params={"name": MAKER["name"]} | query).json()
    assert faults(answer, SCHEMAS["FoundSuppliers"]) == []
    suppliers: list[dict[str, Any]] = answer["suppliers"]
    return suppliers


def test_a_supplier_is_found_by_name_and_shown_by_its_key() -> None:
    with spoken() as api:
        api.score(filed(NUMBERS[0], line(manufacturer=MAKER)))
        assert api.client.portal is not None
        api.client.portal.call(api.at.settled)
        (one,) = found(api)
        assert found(api, country="VN") == []
        for query in ({}, {"at": "2026-11-24"}):
            answer = api.get(f"/v1/suppliers/{one['key']}", params=query)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            shown = answer.json()
            assert faults(shown, SCHEMAS["Supplier"]) == []
            assert (shown["filings"], shown["history"]["entries"]) == (1, 1)
            assert shown["spellings"][0]["name"] == MAKER["name"]


def test_another_tenant_finds_and_is_shown_nothing() -> None:
    with spoken() as api:
        api.score(filed(NUMBERS[0], line(manufacturer=MAKER)))
        (one,) = found(api)
        answer = api.get("/v1/suppliers", key=STRANGER, params={"name": MAKER["name"]})
        assert answer.json() == {"suppliers": []}
        assert api.get(f"/v1/suppliers/{one['key']}", key=STRANGER).status_code == 404
        assert api.get("/v1/suppliers/name:0", key=READS).status_code == 404


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/suppliers", "invalid_text"),
        ("/v1/suppliers?name=%20", "invalid_text"),
        ("/v1/suppliers?name=" + "x" * 201, "text_too_long"),
        ("/v1/suppliers?name=%ff", "invalid_text"),
        ("/v1/suppliers?name=x&country=XX", "invalid_country"),
        ("/v1/suppliers?name=x&name=y", "repeated_parameter"),
        ("/v1/suppliers?name=x&sort=y", "unknown_parameter"),
        ("/v1/suppliers/supplier:0?at=yesterday", "invalid_date"),
        ("/v1/suppliers/supplier:0?at=2026-02-30", "invalid_date"),
        ("/v1/suppliers/supplier:0?at=2026-11-25", "in_the_future"),
        ("/v1/suppliers/supplier:0?on=2026-11-24", "unknown_parameter"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(path: str, code: str) -> None:
    with spoken() as api:
        answer = api.get(path)
        assert answer.status_code == (400 if code.endswith("_parameter") else 422)
        assert answer.json()["errors"][0]["pointer"].startswith("/query/")
        assert answer.json()["errors"][0]["code"] == code


@pytest.mark.parametrize("path", ["/v1/suppliers?name=x", "/v1/suppliers/supplier:0"])
def test_a_key_that_may_not_read_decisions_is_told_nothing(path: str) -> None:
    with spoken() as api:
        assert api.get(path, key=None).status_code == 401
        assert api.get(path, key=WRITES).status_code == 403


def test_the_published_examples_hold() -> None:
    for path in ("/v1/suppliers", "/v1/suppliers/{key}"):
        answer = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        for example in answer["examples"].values():
            assert faults(example["value"], answer["schema"]) == []
