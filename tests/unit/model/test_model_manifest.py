from datetime import date
from typing import Any

import orjson
import pytest

from app.core.canonical import digest
from app.core.errors import BundleIncompatible, BundleUnreadable
from app.core.model.manifest import FORMAT, Manifest, version_of
from app.core.model.runtime import BINDING, Runtime, compare
from app.core.model.strict_json import parse_strict

SHA = "sha256:" + "0" * 64


def manifest_document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "format": FORMAT,
        "label": "nexus",
        "trained_at": "2026-03-01T12:00:00Z",
        "sequence": 3,
        "files": {"model.txt": {"sha256": "0" * 64, "size": 12}},
        "libraries": {
            "joblib": "1.6.0",
            "lightgbm": "4.7.0",
            "scikit-learn": "1.9.1",
            "numpy": "2.4.6",
        },
        "python": "3.11.7",
        "feature_names": ["a", "b"],
        "feature_digest": SHA,
        "reference_digest": SHA,
        "snapshot_digest": SHA,
        "calibration": "platt",
        "gates": [{"name": "ap", "limit": ">= 0.8", "value": "0.83", "verdict": "pass"}],
        "signer": {"key_id": "0" * 16, "dev": False},
    }
    return document | changes


def manifest(**changes: Any) -> Manifest:
    return Manifest.from_bytes(orjson.dumps(manifest_document(**changes)))


def test_a_manifest_survives_its_bytes() -> None:
    made = manifest()

    assert Manifest.from_bytes(made.to_bytes()) == made


def test_a_version_is_the_day_and_the_start_of_the_digest() -> None:
    made = manifest()
    data = made.to_bytes()

    assert made.trained_on == date(2026, 3, 1)
    assert version_of(made, data) == f"2026-03-01-{digest(data)[7:13]}"


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"sequence": 0},
        {"sequence": "3"},
        {"sequence": True},
        {"label": "../up"},
        {"trained_at": "2026-03-01"},
        {"trained_at": "2026-02-30T12:00:00Z"},
        {"feature_names": []},
        {"feature_names": ["a", "a"]},
        {"feature_digest": "0" * 64},
        {"files": {"model.txt": {"sha256": "0" * 64, "size": -1}}},
        {"files": {"model.txt": {"sha256": "A" * 64, "size": 1}}},
        {"gates": [{"name": "ap", "limit": "1", "value": "1", "verdict": "waived"}]},
        {"signer": {"key_id": "0" * 16}},
    ],
)
def test_a_manifest_that_says_something_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BundleUnreadable, match=r"manifest\.json: "):
        manifest(**changes)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1} {"b": 2}',
        b"\xff\xfe{}",
        b'{"a": "\xed\xa0\x80"}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)
def test_json_that_can_be_read_two_ways_is_refused(data: bytes) -> None:
    with pytest.raises(BundleUnreadable, match=r"odd\.json: "):
        parse_strict(data, "odd.json")


def test_a_plain_object_is_read() -> None:
    assert parse_strict(b'{"a": [1, 2.5, null, "b"]}', "a") == {"a": [1, 2.5, None, "b"]}


def runtime_of(made: Manifest, **changes: str) -> Runtime:
    python = changes.pop("python", made.python)
    return Runtime(python, {**made.libraries, **changes})


def test_the_same_versions_have_nothing_to_note() -> None:
    assert compare(manifest(), runtime_of(manifest())) == ()


@pytest.mark.parametrize("name", BINDING)
def test_another_version_of_a_binding_library_is_refused(name: str) -> None:
    with pytest.raises(BundleIncompatible, match=f"made with {name}"):
        compare(manifest(), runtime_of(manifest(), **{name: "0.1"}))


def test_a_manifest_without_a_binding_library_is_refused() -> None:
    with pytest.raises(BundleIncompatible, match="made with joblib None"):
        compare(manifest(libraries={}), runtime_of(manifest()))


def test_another_numpy_or_python_minor_is_noted_and_another_patch_is_not() -> None:
    other = runtime_of(manifest(), numpy="2.9.0", python="3.12.1")

    assert compare(manifest(), other) == (
        "made with numpy 2.4.6, this server has 2.9.0",
        "made with Python 3.11.7, this server has 3.12.1",
    )
    assert compare(manifest(), runtime_of(manifest(), python="3.11.9")) == ()


def test_another_format_is_refused() -> None:
    with pytest.raises(BundleIncompatible, match="format 2, wanted 1"):
        compare(manifest(format=2), Runtime.current())
