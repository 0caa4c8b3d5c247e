"""What runs, whether it may be used, and what everything means."""

import pytest

from app.core.errors import BundleTampered
from app.core.features import FEATURES
from tests.apps import spoken
from tests.desks import served_bundle, with_policy


def test_it_lives_and_is_ready_with_model_policy_ledger_and_disk() -> None:
    with spoken() as api:
        assert api.get("/livez", key=None).text == "ok\n"
        ready = api.get("/readyz", key=None)
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        api.at.ledger.fails = True
        unready = api.get("/readyz", key=None)
        assert unready.status_code == 503
        assert not unready.json()["conditions"]["ledger"]


def test_meta_says_what_serves_and_what_was_refused_and_why() -> None:
    with spoken() as api:
        other = with_policy({"review_at": 1, "hold_at": 2})
        api.at.bundles.put_live(other)
        api.at.bundles.broken[other.version] = BundleTampered("model.txt: other bytes")
        assert api.client.portal is not None
        api.client.portal.call(api.at.models.reload)
        meta = api.get("/v1/meta", key=None).json()
        assert meta["model"]["version"] == served_bundle().version
        assert meta["model"]["refused"]["code"] == "bundle-tampered"
        assert "entry_risk_model_refused 1.0" in api.get("/metrics").text


@pytest.mark.parametrize("is_loaded", [True, False])
def test_the_catalogue_has_every_feature_and_says_which_are_used(is_loaded: bool) -> None:
    with spoken(is_loaded=is_loaded) as api:
        features = api.get("/v1/features", key=None).json()["features"]
        names = [each["name"] for each in features]
        assert names[: len(FEATURES)] == [each.name for each in FEATURES]
        assert all(each["text"] and each["unit"] for each in features)
        used = [each["name"] for each in features if each["used"]]
        assert bool(used) is is_loaded
        if is_loaded:
            assert set(used) == set(served_bundle().schema.names)


def test_the_type_of_a_problem_explains_itself() -> None:
    with spoken() as api:
        problem = api.get("/v1/nothing").json()
        page = api.get(problem["type"], key=None)
        assert page.status_code == 200
        assert "not-found" in page.text
        assert api.get("/errors/none").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/v1/score", 405, "POST"),
        ("OPTIONS", "/v1/score", 204, "POST, OPTIONS"),
        ("DELETE", "/v1/meta", 405, "GET, HEAD"),
        ("HEAD", "/v1/meta", 200, None),
        ("HEAD", "/livez", 200, None),
        ("OPTIONS", "/nowhere", 404, None),
        ("GET", "/livez/", 404, None),
    ],
)
def test_other_methods_are_answered_sanely(
    method: str, path: str, status: int, allow: str | None
) -> None:
    with spoken() as api:
        answer = api.client.request(method, path)
        assert answer.status_code == status
        if allow is not None:
            assert set(answer.headers["allow"].split(", ")) == set(allow.split(", "))
