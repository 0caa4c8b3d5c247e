"""Versions are kept for ever: staged beside what serves, activated by a pointer, never changed."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.adapters.reference_store import LIVE, MAX_STAGED, ReferenceStore
from app.core.errors import Conflict, NotFound, ReferenceRefused
from app.core.reference.importers import RowChange
from app.core.reference.versions import (
    PackId,
    activation_bytes,
    activation_from,
    import_id,
    list_changes,
    pack_id,
    staged_bytes,
    staged_from,
)
from tests.reference_packs import row, small_pack
from tests.reference_shelf import AS_OF, CAMEL, COTTON, LIST, MOMENT, shelf, staged, uflpa


def activate(store: ReferenceStore, key: str, by: str = "K1") -> str:
    return store.activate(key, by=by, now=MOMENT).after.name


def tables_of(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_without_an_activation_the_first_tables_serve(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    loaded = store.load_live()
    assert (loaded.refused, len(loaded.pack.listed)) == ("", 1)
    assert (store.stamp(), store.activations(), store.imports()) == (None, (), ())
    assert len(ReferenceStore(tmp_path / "none").load_live().pack.listed) > 100


def test_the_first_tables_are_read_once_and_again_when_they_were_touched(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    pack = store.load_live().pack
    assert store.load_live().pack is pack
    touched = tmp_path / "first" / "entities.csv"
    touched.write_bytes(touched.read_bytes() + b"\n")
    with pytest.raises(ReferenceRefused, match="entities"):
        store.load_live()


def test_a_list_is_staged_beside_what_serves(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    assert (made.report.added, made.report.removed, made.report.changed) == (1, 0, 0)
    assert (made.kind, made.as_of, made.staged_at) == ("uflpa", AS_OF, MOMENT)
    assert len(store.load_live().pack.listed) == 1
    assert {each.name for each in store.pack(made.after).listed} == {COTTON, CAMEL["name"]}
    assert store.find(made.import_id) == made
    assert store.imports() == (made,)
    assert store.find("imp-00000000000000000000") is None
    assert store.find("../../etc/passwd") is None


def test_the_same_file_on_the_same_version_is_the_same_import(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made, is_new = store.stage("uflpa", LIST, as_of=AS_OF, by="K1", now=MOMENT)
    again = store.stage("uflpa", LIST, as_of=AS_OF, by="K2", now=MOMENT + timedelta(days=1))
    assert is_new
    assert again == (made, False)
    assert staged(store, as_of=date(2026, 11, 21)).import_id != made.import_id


def test_an_activation_moves_the_pointer_and_keeps_both_versions(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    before = tables_of(tmp_path / "first")
    activation = store.activate(made.import_id, by="K1", now=MOMENT)
    assert (activation.number, activation.import_id) == (1, made.import_id)
    assert activation.activated_at == MOMENT
    assert (tmp_path / "reference" / LIVE).read_text() == f"{made.after.name}\n"
    assert pack_id(store.load_live().pack) == made.after
    assert tables_of(tmp_path / "reference" / made.before.name) == before
    assert store.activations() == (activation,)
    assert store.pack(made.before).digest == made.before.digest
    assert not (tmp_path / "reference" / "staged" / made.import_id).exists()
    assert store.find(made.import_id) == made


def test_an_activation_twice_is_the_same_activation(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    first = store.activate(made.import_id, by="K1", now=MOMENT)
    again = store.activate(made.import_id, by="K2", now=MOMENT + timedelta(days=1))
    assert again == first
    assert len(store.activations()) == 1


def test_the_same_file_after_its_activation_changes_nothing(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    activate(store, staged(store).import_id)
    again = staged(store)
    assert again.before == again.after
    assert (again.report.added, again.report.removed, again.report.changed) == (0, 0, 0)
    with pytest.raises(Conflict, match="changes nothing"):
        activate(store, again.import_id)


def test_an_import_that_began_from_another_version_is_refused(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    one, other = staged(store), staged(store, uflpa(("Another Firm", "May 1, 2026")))
    activate(store, one.import_id)
    with pytest.raises(Conflict, match="began from another"):
        activate(store, other.import_id)


def test_a_discarded_import_is_forgotten_and_an_activated_one_never(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    store.discard(made.import_id)
    assert store.find(made.import_id) is None
    assert list((tmp_path / "reference" / "staged").iterdir()) == []
    for act in (store.discard, lambda key: activate(store, key)):
        with pytest.raises(NotFound):
            act(made.import_id)
    activate(store, staged(store).import_id)
    with pytest.raises(Conflict, match="kept for ever"):
        store.discard(made.import_id)


def test_so_many_may_wait_and_no_more(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    for day in range(MAX_STAGED):
        staged(store, as_of=AS_OF + timedelta(days=day))
    with pytest.raises(Conflict, match="wait"):
        staged(store, as_of=date(2027, 6, 1))


def test_a_list_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    for kind, data in (("uflpa", b"no such form\n"), ("rumours", LIST)):
        with pytest.raises(ReferenceRefused):
            store.stage(kind, data, as_of=AS_OF, by="K1", now=MOMENT)
    assert store.imports() == ()
    assert list((tmp_path / "reference" / "staged").iterdir()) == []


def damage(folder: Path) -> None:
    path = folder / "entities.csv"
    path.write_bytes(path.read_bytes().replace(b"Cotton", b"Flax"))


def test_a_damaged_version_gives_way_to_the_last_good_one(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    first = staged(store)
    activate(store, first.import_id)
    second = staged(store, uflpa((COTTON, "March 1, 2026"), ("Third Firm", "May 1, 2026")))
    activate(store, second.import_id)
    damage(tmp_path / "reference" / second.after.name)
    loaded = shelf(tmp_path).load_live()
    assert pack_id(loaded.pack) == first.after
    assert loaded.refused.startswith(second.after.name)
    damage(tmp_path / "reference" / first.after.name)
    assert pack_id(shelf(tmp_path).load_live().pack) == first.before
    (tmp_path / "reference" / first.before.name / "hts.csv").unlink()
    assert pack_id(shelf(tmp_path).load_live().pack) == first.before  # the first tables themselves


@pytest.mark.parametrize("text", [b"", b"../first\n", b"2026-01-01-abcdef\n", b"\xff\x00"])
def test_a_pointer_to_nothing_gives_way_to_the_first_tables(tmp_path: Path, text: bytes) -> None:
    store = shelf(tmp_path)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / LIVE).write_bytes(text)
    loaded = store.load_live()
    assert loaded.refused
    assert len(loaded.pack.listed) == 1
    assert store.stamp() is None


def test_a_list_is_never_read_on_top_of_tables_that_were_touched(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    activate(store, made.import_id)
    store.load_live()
    damage(tmp_path / "reference" / made.after.name)
    with pytest.raises(ReferenceRefused, match="other tables"):
        staged(store, uflpa((COTTON, "March 1, 2026"), ("Third Firm", "May 1, 2026")))


def test_staged_tables_that_were_touched_are_never_activated(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    damage(tmp_path / "reference" / "staged" / made.import_id)
    with pytest.raises(ReferenceRefused, match="other tables"):
        activate(store, made.import_id)
    assert store.activations() == ()


def test_an_activation_that_a_crash_cut_short_never_counts(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    activate(store, made.import_id)
    (tmp_path / "reference" / LIVE).unlink()  # as if the crash came before the pointer was moved
    assert store.activations() == ()
    other = staged(store, uflpa(("Another Firm", "May 1, 2026")))
    later = store.activate(other.import_id, by="K2", now=MOMENT + timedelta(days=1))
    assert (later.number, store.activations()) == (1, (later,))


def test_the_stamp_changes_with_the_pointer_and_with_the_tables(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    activate(store, made.import_id)
    before = store.stamp()
    assert before is not None
    assert store.stamp() == before
    (tmp_path / "reference" / made.after.name / "hts.csv").write_bytes(b"")
    assert store.stamp() != before


def test_notes_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    store = shelf(tmp_path)
    made = staged(store)
    activation = store.activate(made.import_id, by="K1", now=MOMENT)
    assert staged_from(staged_bytes(made)) == made
    assert activation_from(activation_bytes(activation)) == activation
    assert activation.subject == f"000001-{made.after.name}"


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"import_id": 1}', b"\x00", b"[" * 100, b'{"after": []}']
)
def test_a_damaged_note_is_refused(data: bytes) -> None:
    for read in (staged_from, activation_from):
        with pytest.raises(ReferenceRefused, match="damaged note"):
            read(data)


def test_a_note_that_names_no_version_is_refused(tmp_path: Path) -> None:
    made = staged(shelf(tmp_path))
    data = staged_bytes(made).replace(made.after.version.encode(), b"../../..")
    with pytest.raises(ReferenceRefused, match="ValueError"):
        staged_from(data)


def test_listed_entities_that_differ_are_named_and_confirmed_ones_are_not() -> None:
    ended = row("entities", entity_id="e", name="Ended", status="active")
    gone, plain = row("entities", entity_id="g"), row("entities", entity_id="p")
    before = small_pack(entities=[ended, gone, plain, row("entities", entity_id="c")])
    after = small_pack(
        entities=[
            {**ended, "status": "ended", "effective_to": "2026-01-01"},
            {**plain, "as_of": "2026-02-02"},
            row("entities", entity_id="c", country="HK"),
            row("entities", entity_id="n"),
        ]
    )
    found = [(each.change, each.entity.entity_id) for each in list_changes(before, after)]
    assert found == [("changed", "c"), ("ended", "e"), ("removed", "g"), ("added", "n")]
    assert [(each.fields, each.decisive) for each in list_changes(before, after)] == [
        (("country",), True),
        (("effective_to", "status"), True),
        ((), True),
        ((), True),
    ]
    assert list_changes(before, before) == ()


def test_an_entity_of_which_a_note_alone_differs_alters_no_decision() -> None:
    before = small_pack(entities=[row("entities")])
    after = small_pack(entities=[{**row("entities"), "confidence": "low"}])
    (found,) = list_changes(before, after)
    assert (found.change, found.fields, found.decisive) == ("changed", ("confidence",), False)


def test_a_report_that_names_its_rows_is_kept_and_one_made_before_names_none(
    tmp_path: Path,
) -> None:
    made = staged(shelf(tmp_path))
    change = RowChange("entities", "a", ("verified",))
    named = replace(made, report=replace(made.report, changed=1, changes=(change,)))
    assert staged_from(staged_bytes(named)) == named
    note = json.loads(staged_bytes(named))
    for name in ("changes", "changed_decisive", "changed_notes"):
        del note["report"][name]
    older = staged_from(json.dumps(note).encode())
    assert (older.report.decisive, older.report.changes) == (1, ())


def test_an_import_is_known_by_kind_day_file_and_version() -> None:
    one, other = PackId("2026-01-01", "sha256:" + "a" * 64), PackId("2026-01-01", "sha256:b")
    ids = {
        import_id("uflpa", AS_OF, "f", one),
        import_id("hts", AS_OF, "f", one),
        import_id("uflpa", MOMENT.date(), "f", one),
        import_id("uflpa", AS_OF, "g", one),
        import_id("uflpa", AS_OF, "f", other),
    }
    assert len(ids) == 5
    assert one.name == "2026-01-01-aaaaaa"
