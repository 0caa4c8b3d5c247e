from pathlib import Path

import pytest

from app.core.errors import (
    BundleFailedCanary,
    BundleRefused,
    BundleRolledBack,
    BundleTampered,
    BundleUnreadable,
    BundleUnsigned,
)
from app.core.model.canary import Limits
from app.core.model.registry import LIVE, SERVED, Registry, Served
from app.core.model.verify import VerifiedBundle
from tests.bundles import tiny_bundle, trusting, try_in_process


def registry_of(root: Path) -> Registry:
    return Registry(root, trusting(root), trial=try_in_process)


def spoil(folder: Path) -> None:
    (folder / "model.txt").write_bytes(b"tree")


def fail(_verified: VerifiedBundle, _limits: Limits) -> float:
    raise BundleFailedCanary("as told")


def test_an_empty_registry_has_nothing_live(tmp_path: Path) -> None:
    registry = registry_of(tmp_path / "none")

    assert registry.versions() == ()
    assert registry.rows() == ()
    assert registry.live() is None
    assert registry.served() is None
    assert (registry.minimum_sequence(), registry.next_sequence()) == (0, 1)
    with pytest.raises(BundleUnreadable, match="no live bundle"):
        registry.load()


def test_versions_are_the_folders_that_are_named_so(tmp_path: Path) -> None:
    one = tiny_bundle(tmp_path)
    (tmp_path / "README.md").touch()
    (tmp_path / "2026-03-01-abcdef").touch()

    assert registry_of(tmp_path).versions() == (one.name,)


def test_what_is_made_live_is_what_loads(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path), tiny_bundle(tmp_path, sequence=2)
    registry = registry_of(tmp_path)

    assert registry.set_live(one.name).version == one.name
    assert registry.set_live(two.name).version == two.name
    assert registry.live() == two.name
    assert registry.load().version == two.name
    assert registry.served() == Served(version=two.name, minimum=2, highest=2)


def test_an_older_bundle_goes_live_only_with_a_reason_which_is_kept(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path), tiny_bundle(tmp_path, sequence=2)
    registry = registry_of(tmp_path)
    registry.set_live(two.name)

    with pytest.raises(BundleRolledBack):
        registry.set_live(one.name)
    assert registry.live() == two.name

    registry.set_live(one.name, rollback="recall fell")
    assert registry.load().version == one.name
    assert registry.served() == Served(
        version=one.name, minimum=1, highest=2, rollback="recall fell"
    )
    assert registry.next_sequence() == 3


def test_an_older_bundle_put_in_place_by_hand_does_not_load(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path), tiny_bundle(tmp_path, sequence=2)
    registry = registry_of(tmp_path)
    registry.set_live(two.name)
    (tmp_path / LIVE).write_text(one.name)

    with pytest.raises(BundleRolledBack):
        registry.load()


def test_an_older_bundle_is_recalled_but_never_one_that_was_changed(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path), tiny_bundle(tmp_path, sequence=2)
    registry = registry_of(tmp_path)
    registry.set_live(two.name)

    assert registry.recall(one.name).version == one.name
    with (one / "model.txt").open("a") as file:
        file.write("\n")
    with pytest.raises(BundleTampered):
        registry.recall(one.name)


def test_going_forward_after_a_rollback_needs_no_reason(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path), tiny_bundle(tmp_path, sequence=2)
    registry = registry_of(tmp_path)
    registry.set_live(two.name)
    registry.set_live(one.name, rollback="recall fell")

    registry.set_live(two.name)

    assert registry.served() == Served(version=two.name, minimum=2, highest=2)


def test_a_bundle_that_does_not_verify_never_goes_live(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path), tiny_bundle(tmp_path, sequence=2)
    registry = registry_of(tmp_path)
    registry.set_live(one.name)
    spoil(two)

    with pytest.raises(BundleTampered):
        registry.set_live(two.name)
    with pytest.raises(BundleUnsigned):
        Registry(tmp_path).set_live(one.name)
    with pytest.raises(BundleFailedCanary):
        Registry(tmp_path, trusting(tmp_path), trial=fail).set_live(one.name)

    assert registry.load().version == one.name


def test_a_bundle_under_the_name_of_another_is_refused(tmp_path: Path) -> None:
    one = tiny_bundle(tmp_path)
    one.rename(tmp_path / "2026-03-02-abcdef")

    with pytest.raises(BundleRolledBack, match="under the name 2026-03-02-abcdef"):
        registry_of(tmp_path).set_live("2026-03-02-abcdef")


@pytest.mark.parametrize("name", ["2026-03-01-000000", "../elsewhere", "", "keys"])
def test_a_version_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    tiny_bundle(tmp_path)

    with pytest.raises(BundleUnreadable, match="found no bundle"):
        registry_of(tmp_path).set_live(name)


def test_the_list_says_of_each_bundle_what_it_is_or_why_it_is_refused(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path), tiny_bundle(tmp_path, sequence=2)
    registry = registry_of(tmp_path)
    registry.set_live(one.name)
    spoil(two)

    rows = {row.version: row for row in registry.rows()}

    assert rows[one.name].live
    manifest = rows[one.name].manifest
    assert manifest is not None
    assert manifest.sequence == 1
    assert (rows[two.name].live, rows[two.name].manifest) == (False, None)
    assert rows[two.name].refused.startswith("bundle-tampered: model.txt")


def test_a_bundle_is_added_as_it_was_verified(tmp_path: Path) -> None:
    made = tiny_bundle(tmp_path / "training")
    registry = Registry(tmp_path / "models", trusting(tmp_path / "training"), trial=try_in_process)

    assert {registry.add(made) for _ in range(2)} == {made.name}
    assert registry.set_live(made.name).version == made.name


def test_a_bundle_that_does_not_pass_is_not_added(tmp_path: Path) -> None:
    made = tiny_bundle(tmp_path / "training")
    spoil(made)
    registry = Registry(tmp_path / "models", trusting(tmp_path / "training"), trial=try_in_process)

    with pytest.raises(BundleRefused):
        registry.add(made)
    assert registry.versions() == ()


def test_numbering_passes_over_a_damaged_bundle(tmp_path: Path) -> None:
    one, two = tiny_bundle(tmp_path, sequence=4), tiny_bundle(tmp_path, sequence=9)
    (two / "manifest.json").write_bytes(b"{")
    assert registry_of(tmp_path).next_sequence() == 5
    (one / "manifest.json").unlink()
    assert registry_of(tmp_path).next_sequence() == 1


@pytest.mark.parametrize("text", ["", "../../etc", "2026-03-01-abcdefg", "\xff"])
def test_a_live_pointer_to_no_name_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / LIVE).write_text(text, encoding="latin-1")

    with pytest.raises(BundleUnreadable, match="LIVE"):
        registry_of(tmp_path).live()


@pytest.mark.parametrize("text", ["", "[]", '{"version": "a"}', '{"a": 1, "a": 1}'])
def test_a_damaged_note_of_what_served_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / SERVED).write_text(text)

    with pytest.raises(BundleUnreadable, match=SERVED):
        registry_of(tmp_path).minimum_sequence()
