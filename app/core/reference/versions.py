"""Versions of the reference that are kept for ever: what was staged, and what was activated when.

Two dates are kept of everything: the law's are in the rows of the tables, ours are here. What a
version was known to be at a moment can so be told apart from what it says was in force.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from app.core.canonical import canonical_json, sha256_hex
from app.core.errors import EntryRiskError, ReferenceRefused
from app.core.json_text import parse_json
from app.core.reference.importers import ImportReport, Reject, RowChange, is_note
from app.core.reference.kinds import ListedEntity
from app.core.reference.pack import ReferencePack

IMPORT_ID = re.compile(r"imp-[0-9a-f]{20}", re.ASCII)
VERSION_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{6}", re.ASCII)


class ImportState(StrEnum):
    """Where an import stands.

    `staged` may be activated; `unchanged` would change nothing; `stale` began from a version that
    is live no more, and is to be staged anew; `activated` is, or was, what serves.
    """

    STAGED = "staged"
    UNCHANGED = "unchanged"
    STALE = "stale"
    ACTIVATED = "activated"


@dataclass(frozen=True, slots=True)
class PackId:
    """A pack by its newest date and the digest of its tables; `name` is its folder."""

    version: str
    digest: str

    @property
    def name(self) -> str:
        """Name that the version is kept under: <version>-<first six digits of the digest>."""
        return f"{self.version}-{self.digest.removeprefix('sha256:')[:6]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedImport:
    """A published list that was read, beside the live pack it began from; nothing serves it yet.

    `as_of` is the publication's own day, `staged_at` the moment it became known here.
    """

    import_id: str
    kind: str
    as_of: date
    file_digest: str
    file_bytes: int
    staged_at: datetime
    staged_by: str
    before: PackId
    after: PackId
    report: ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """The moment from which a version was known here and served; numbered from 1, never changed."""

    number: int
    import_id: str
    before: PackId
    after: PackId
    activated_at: datetime
    activated_by: str

    @property
    def subject(self) -> str:
        """Id of the event that the ledger keeps of it."""
        return f"{self.number:06}-{self.after.name}"


@dataclass(frozen=True, slots=True)
class LoadedReference:
    """The pack to serve. `refused` says why what should serve does not; "" where it does."""

    pack: ReferencePack
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ListChange:
    """A listed entity that an import adds, ends or changes, with its dates in law.

    `fields` are the columns that differ where it was there before and is still.
    """

    change: str
    entity: ListedEntity
    fields: tuple[str, ...] = ()

    @property
    def decisive(self) -> bool:
        """Whether it can alter a decision: something other than notes and sources differs."""
        return not self.fields or not all(is_note("entities", each) for each in self.fields)


def pack_id(pack: ReferencePack) -> PackId:
    """Return what a pack is known by."""
    return PackId(pack.version, pack.digest)


def import_id(kind: str, as_of: date, file_digest: str, before: PackId) -> str:
    """Return the id of an import: the same file on the same pack is the same import."""
    parts = "\x1f".join((kind, as_of.isoformat(), file_digest, before.digest))
    return f"imp-{sha256_hex(parts.encode())[:20]}"


def list_changes(before: ReferencePack, after: ReferencePack) -> tuple[ListChange, ...]:
    """Return the listed entities that differ, by id; one only confirmed again is not named."""
    old = {entity.entity_id: entity for entity in before.listed}
    new = {entity.entity_id: entity for entity in after.listed}
    found = [ListChange("removed", old[key]) for key in old.keys() - new.keys()]
    for key, entity in new.items():
        was = old.get(key)
        if was is None:
            found.append(ListChange("added", entity))
        elif not _CONFIRMED.issuperset(names := _differing(was, entity)):
            ended = was.status == "active" and entity.status == "ended"
            found.append(ListChange("ended" if ended else "changed", entity, names))
    return tuple(sorted(found, key=lambda each: each.entity.entity_id))


_CONFIRMED = frozenset({"source", "as_of"})


def _differing(was: ListedEntity, now: ListedEntity) -> tuple[str, ...]:
    names = (each.name for each in fields(ListedEntity))
    return tuple(name for name in names if getattr(was, name) != getattr(now, name))


def staged_bytes(staged: StagedImport) -> bytes:
    """Return the note that is kept of an import."""
    report = staged.report
    return canonical_json(
        {
            "import_id": staged.import_id,
            "kind": staged.kind,
            "as_of": staged.as_of.isoformat(),
            "file_digest": staged.file_digest,
            "file_bytes": staged.file_bytes,
            "staged_at": _moment(staged.staged_at),
            "staged_by": staged.staged_by,
            "before": _pack(staged.before),
            "after": _pack(staged.after),
            "report": report_document(report),
        }
    )


def report_document(report: ImportReport) -> dict[str, Any]:
    """Return what an import would change, as a document."""
    return {
        "tables": list(report.tables),
        "rows_read": report.rows_read,
        "added": report.added,
        "removed": report.removed,
        "changed": report.changed,
        "changed_decisive": report.decisive,
        "changed_notes": report.changed - report.decisive,
        "changes": [
            {
                "table": each.table,
                "row": each.row,
                "fields": list(each.fields),
                "decisive": each.decisive,
            }
            for each in report.changes
        ],
        "rejects": [{"row": each.row, "reason": each.reason} for each in report.rejects],
    }


def staged_from(data: bytes) -> StagedImport:
    """Return the import of a note; raises ReferenceRefused for one that is damaged."""
    note = _read(data, "import")
    try:
        after, report = _pack_from(note["after"]), note["report"]
        return StagedImport(
            import_id=note["import_id"],
            kind=note["kind"],
            as_of=date.fromisoformat(note["as_of"]),
            file_digest=note["file_digest"],
            file_bytes=note["file_bytes"],
            staged_at=datetime.fromisoformat(note["staged_at"]),
            staged_by=note["staged_by"],
            before=_pack_from(note["before"]),
            after=after,
            report=_report_from(note["kind"], report, after),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReferenceRefused(f"import: damaged note: {type(error).__name__}") from None


def _report_from(kind: str, report: Mapping[str, Any], after: PackId) -> ImportReport:
    """Return the report of a note; one made before rows were named names none."""
    return ImportReport(
        kind=kind,
        tables=tuple(report["tables"]),
        rows_read=report["rows_read"],
        added=report["added"],
        removed=report["removed"],
        changed=report["changed"],
        rejects=tuple(Reject(each["row"], each["reason"]) for each in report["rejects"]),
        version=after.version,
        digest=after.digest,
        decisive=report.get("changed_decisive", report["changed"]),
        changes=tuple(
            RowChange(each["table"], each["row"], tuple(each["fields"]))
            for each in report.get("changes", ())
        ),
    )


def activation_bytes(activation: Activation) -> bytes:
    """Return the note that is kept of an activation, here and in the ledger."""
    return canonical_json(
        {
            "number": activation.number,
            "import_id": activation.import_id,
            "before": _pack(activation.before),
            "after": _pack(activation.after),
            "activated_at": _moment(activation.activated_at),
            "activated_by": activation.activated_by,
        }
    )


def activation_from(data: bytes) -> Activation:
    """Return the activation of a note; raises ReferenceRefused for one that is damaged."""
    note = _read(data, "activation")
    try:
        return Activation(
            number=int(note["number"]),
            import_id=note["import_id"],
            before=_pack_from(note["before"]),
            after=_pack_from(note["after"]),
            activated_at=datetime.fromisoformat(note["activated_at"]),
            activated_by=note["activated_by"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReferenceRefused(f"activation: damaged note: {type(error).__name__}") from None


def _read(data: bytes, what: str) -> Mapping[str, Any]:
    try:
        note = parse_json(data)
    except EntryRiskError as error:
        raise ReferenceRefused(f"{what}: damaged note: {type(error).__name__}") from None
    if not isinstance(note, dict):
        raise ReferenceRefused(f"{what}: damaged note: wanted an object")
    return note


def _pack(pack: PackId) -> dict[str, str]:
    return {"version": pack.version, "digest": pack.digest}


def _pack_from(note: Mapping[str, Any]) -> PackId:
    found = PackId(str(note["version"]), str(note["digest"]))
    if not VERSION_NAME.fullmatch(found.name):
        raise ValueError("wanted a version and a digest")
    return found


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
