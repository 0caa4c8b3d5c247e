"""Importers: a published list or a fact file becomes a complete new reference pack."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from app.core.errors import ReferenceRefused
from app.core.reference.importers.cbp import import_cbp_orders
from app.core.reference.importers.facts_codes import import_hs_codes, import_hts_facts
from app.core.reference.importers.facts_entities import import_entity_facts
from app.core.reference.importers.facts_goods import import_goods_facts
from app.core.reference.importers.facts_places import import_port_facts, import_schedule_d_facts
from app.core.reference.importers.ofac import import_alt, import_sdn
from app.core.reference.importers.staging import (
    Imported,
    ImportReport,
    Reject,
    RowChange,
    is_note,
    stage,
)
from app.core.reference.importers.uflpa import import_uflpa
from app.core.reference.importers.usitc import import_hts

__all__ = ["KINDS", "ImportReport", "Reject", "RowChange", "import_published", "is_note"]

Importer = Callable[[bytes, Path, date], Imported]

KINDS: Mapping[str, Importer] = {
    "uflpa": import_uflpa,
    "cbp-orders": import_cbp_orders,
    "hts": import_hts,
    "ofac-sdn": import_sdn,
    "ofac-alt": import_alt,
    "facts-entities": import_entity_facts,
    "facts-goods": import_goods_facts,
    "facts-hs": import_hs_codes,
    "facts-hts": import_hts_facts,
    "facts-ports": import_port_facts,
    "facts-schedule-d": import_schedule_d_facts,
}


def import_published(kind: str, data: bytes, base: Path, out: Path, *, as_of: date) -> ImportReport:
    """Read `data` in its published form and write a complete new pack to `out`.

    `base` is the directory of the pack it begins from, `out` must not exist, `as_of` is the day
    the publication was in force (its own date, else the day it was fetched). All or nothing.
    Raises ReferenceRefused naming file and row.
    """
    importer = KINDS.get(kind)
    if importer is None:
        raise ReferenceRefused(f"kind is {kind[:40]!r}, wanted one of {', '.join(sorted(KINDS))}")
    return stage(kind, importer(data, base, as_of), base, out)
