"""Export a ledger: every link with what it covers, a table of decisions, and who can verify it."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.checkpoint_file import FILE as CHECKPOINTS
from app.adapters.ledger_database import open_database
from app.adapters.ledger_reading import iterate_links
from app.adapters.ledger_rows import TABLES, canonical_row
from app.adapters.ledger_schema import chain, decisions
from app.core.chain import Link, canonical, link_fields
from app.core.errors import LedgerUnavailable

EXPORT, TABLE, KEYS, VERIFIER = "ledger.jsonl", "decisions.csv", "keys.txt", "verify_ledger.py"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS = tuple(column.name for column in decisions.c)
_PARTS = ("request", "evidence", "response")


def export_ledger(
    url: str,
    folder: Path,
    *,
    tenant: str | None = None,
    checkpoints: Iterable[bytes] = (),
    keys: Iterable[str] = (),
) -> int:
    """Write the ledger at `url` into `folder` and return how many links it has (blocking).

    Beside it a table of decisions for spreadsheets, the checkpoints, the public keys (hex) and the
    verifier. `tenant` None: all. Raises LedgerUnavailable, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KEYS).write_text("".join(f"{each}\n" for each in keys), "ascii")
    (folder / CHECKPOINTS).write_bytes(b"".join(each + b"\n" for each in checkpoints))
    verifier = Path(__file__).with_name("ledger_verifier.py")
    (folder / VERIFIER).write_bytes(verifier.read_bytes())
    with _read(url) as engine:
        tenants = _tenants(engine) if tenant is None else [tenant]
        with (folder / EXPORT).open("wb") as out, _table(folder) as cells:
            table = csv.writer(cells)
            table.writerow([*_COLUMNS, "hash"])
            return sum(_written(engine, each, out.write, table.writerow) for each in tenants)


def _table(folder: Path) -> TextIO:
    return (folder / TABLE).open("w", newline="", encoding="utf-8")


def _written(engine: Engine, tenant: str, line: Any, row: Any) -> int:
    count = 0
    for link, found in iterate_links(engine, tenant):
        line(export_line(link, found) + b"\n")
        if TABLES.get(link.kind) is decisions:
            values = [_text(found[f"decisions_{name}"]) for name in _COLUMNS]
            row([safe_cell(each) for each in (*values, link.hash)])
        count += 1
    return count


def export_line(link: Link, row: Mapping[str, Any]) -> bytes:
    """Return a link with the record and payload it covers, the bytes that were hashed in place."""
    table = TABLES[link.kind]
    record = canonical_row({column.name: row[f"{table.name}_{column.name}"] for column in table.c})
    head = f'{{"hash":{json.dumps(link.hash)},"link":'.encode()
    payload = _payload(row)
    parts = (head, canonical(link_fields(link)), b',"record":', record, b',"payload":', payload)
    return b"".join(parts) + b"}"


def _payload(row: Mapping[str, Any]) -> bytes:
    if row["payloads_erased_at"] is not None:
        return b"null"
    parts = [bytes(row[f"payloads_{name}"] or b"") for name in _PARTS]
    salt = bytes(row["payloads_salt"] or b"").hex()
    lengths = ",".join(str(len(each)) for each in parts)
    written = [
        f'"{name}":'.encode() + (each or b"null") for name, each in zip(_PARTS, parts, strict=True)
    ]
    return f'{{"salt":"{salt}","lengths":[{lengths}],'.encode() + b",".join(written) + b"}"


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: such get a leading apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return "" if value is None else str(value)


def _tenants(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(select(chain.c.tenant).distinct()).all())


@contextmanager
def _read(url: str) -> Iterator[Engine]:
    engine = open_database(url).reader()
    try:
        yield engine
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger cannot be read: {type(error).__name__}") from error
    finally:
        engine.dispose()
