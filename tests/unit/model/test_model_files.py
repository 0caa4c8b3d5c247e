import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import BundleUnreadable
from app.core.model.files import (
    CAPS,
    HISTORY,
    REQUIRED,
    create_once,
    read_files,
    replace_file,
    write_folder,
)


def folder_of_empty_files(root: Path) -> Path:
    folder = root / "bundle"
    folder.mkdir()
    for name in REQUIRED:
        (folder / name).touch()
    return folder


def test_every_file_is_read_by_name(tmp_path: Path) -> None:
    folder = folder_of_empty_files(tmp_path)
    (folder / "model.txt").write_bytes(b"tree")

    found = read_files(folder)

    assert found.keys() == REQUIRED
    assert found["model.txt"] == b"tree"


def test_the_history_is_the_only_file_that_may_be_left_out(tmp_path: Path) -> None:
    assert set(CAPS) - REQUIRED == {HISTORY}
    folder = folder_of_empty_files(tmp_path)
    (folder / HISTORY).touch()

    assert HISTORY in read_files(folder)


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    folder = folder_of_empty_files(tmp_path)
    (folder / name).unlink()

    with pytest.raises(BundleUnreadable, match=f"{name}: missing"):
        read_files(folder)


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "MODEL.TXT", "manifest.json.bak"])
def test_a_file_no_bundle_has_is_refused(tmp_path: Path, name: str) -> None:
    folder = folder_of_empty_files(tmp_path)
    (folder / name).touch()

    with pytest.raises(BundleUnreadable, match="which no bundle has"):
        read_files(folder)


def test_a_file_over_its_cap_is_refused_before_it_is_read(tmp_path: Path) -> None:
    folder = folder_of_empty_files(tmp_path)
    os.truncate(folder / "model.txt", 1 << 30)  # a hole of 1 GiB, which takes no disk

    with pytest.raises(BundleUnreadable, match=f"wanted at most {CAPS['model.txt']}"):
        read_files(folder)


def test_a_link_to_a_file_is_refused(tmp_path: Path) -> None:
    folder = folder_of_empty_files(tmp_path)
    (folder / "model.txt").rename(tmp_path / "elsewhere")
    (folder / "model.txt").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(BundleUnreadable, match=r"model\.txt: .*not a link"):
        read_files(folder)


def test_a_link_to_a_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder_of_empty_files(tmp_path))

    with pytest.raises(BundleUnreadable, match="link: "):
        read_files(tmp_path / "link")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_pipe_or_a_folder_in_place_of_a_file_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    folder = folder_of_empty_files(tmp_path)
    (folder / "model.txt").unlink()
    make(folder / "model.txt")

    with pytest.raises(BundleUnreadable, match="wanted a regular file"):
        read_files(folder)


def test_no_bundle_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleUnreadable, match="nowhere: "):
        read_files(tmp_path / "nowhere")


def test_a_folder_is_written_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "models" / "one", {"a": b"1", "b": b"2"})

    assert {each.name: each.read_bytes() for each in (tmp_path / "models" / "one").iterdir()} == {
        "a": b"1",
        "b": b"2",
    }
    assert [each.name for each in (tmp_path / "models").iterdir()] == ["one"]


def test_the_same_folder_written_twice_is_one(tmp_path: Path) -> None:
    for _ in range(2):
        write_folder(tmp_path / "one", {"a": b"1"})

    assert [each.name for each in tmp_path.iterdir()] == ["one"]


def test_a_folder_with_other_bytes_is_never_replaced(tmp_path: Path) -> None:
    write_folder(tmp_path / "one", {"a": b"1"})

    with pytest.raises(FileExistsError, match="one is there already"):
        write_folder(tmp_path / "one", {"a": b"2"})

    assert (tmp_path / "one" / "a").read_bytes() == b"1"
    assert [each.name for each in tmp_path.iterdir()] == ["one"]


def test_a_folder_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_folder(tmp_path / "one", {"a": b"1", "no/such/folder": b"2"})

    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    replace_file(tmp_path / "LIVE", b"one")
    replace_file(tmp_path / "LIVE", b"two")

    assert (tmp_path / "LIVE").read_bytes() == b"two"
    assert [each.name for each in tmp_path.iterdir()] == ["LIVE"]


def test_a_file_created_once_keeps_its_first_bytes_and_mode(tmp_path: Path) -> None:
    first = create_once(tmp_path / "key", b"one", 0o600)
    second = create_once(tmp_path / "key", b"two", 0o644)

    assert (first, second) == (True, False)
    assert (tmp_path / "key").read_bytes() == b"one"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
