"""Look after a ledger from outside the service: verify its chains, make its index again."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.checkpoint_heads import SqlHeads
from app.adapters.ledger_database import Database, open_database
from app.adapters.ledger_reading import decisions_after, find_break
from app.adapters.ledger_rows import record_of
from app.adapters.ledger_schema import Row, chain, decision_index, decisions
from app.adapters.migration import migrate
from app.core.chain import GENESIS, Break
from app.core.checkpoint import Checkpoint, Head, newest_heads
from app.core.errors import LedgerUnavailable
from app.core.records import DecisionRecord

PAGE = 500  # decisions indexed in one transaction


def verify_ledger(url: str) -> Iterator[tuple[str, Break | None]]:
    """Yield each tenant of the ledger at `url` with its first broken link, None if all is whole.

    Reads only, so the service may run meanwhile; on SQLite a ledger that was never opened by this
    version has to be opened first. Blocking; raises LedgerUnavailable.
    """
    with _told():
        reader = open_database(url).reader()
        try:
            with reader.connect() as connection:
                tenants = connection.scalars(select(chain.c.tenant).distinct()).all()
            for tenant in sorted(tenants):
                yield tenant, find_break(reader, tenant)
        finally:
            reader.dispose()


def check_heads(
    url: str, checkpoints: Iterable[Checkpoint]
) -> Iterator[tuple[Head, str, str | None, int]]:
    """Yield the newest head of each chain in `checkpoints`, when, what is wrong, and its tail.

    None is wrong where the ledger has that very link; the tail is how many links came after it,
    which only the next checkpoint proves. Blocking; raises LedgerUnavailable.
    """
    ledger = SqlHeads(url)
    try:
        ends = {(each.tenant, each.stream): each.number for each in ledger.heads(0)}
        for key, (head, at) in sorted(newest_heads(checkpoints).items()):
            found = ledger.hash_at(head)
            problem = None
            if found is None:
                end = ends.get(key, 0)
                problem = f"links {end + 1} to {head.number} are gone"
            elif found != head.hash:
                problem = f"link {head.number} is not that of the checkpoint"
            yield head, at, problem, max(0, ends.get(key, 0) - head.number)
        known = {(head.tenant, head.stream) for head, _ in newest_heads(checkpoints).values()}
        for tenant, stream in sorted(ends.keys() - known):
            yield Head(tenant, stream, 0, 0, GENESIS), "never", None, ends[tenant, stream]
    finally:
        ledger.close()


def rebuild_index(
    url: str, keys_of: Callable[[DecisionRecord], Iterable[str]]
) -> Iterator[tuple[int, int]]:
    """Give every decision of the ledger at `url` the keys that `keys_of` says; yield (done, all).

    A page a transaction: stopped midway, it is begun again. An erased decision keeps no key.
    Blocking; SettingsRefused where another process writes to the file, LedgerUnavailable.
    """
    database = open_database(url)
    database.lock()
    engine = None
    try:
        with _told():
            migrate(url)
            engine = database.writer()
            with engine.connect() as connection:
                yield from _rebuild(database, connection, keys_of)
    finally:
        if engine is not None:
            engine.dispose()
        database.unlock()


def _rebuild(
    database: Database,
    connection: Connection,
    keys_of: Callable[[DecisionRecord], Iterable[str]],
) -> Iterator[tuple[int, int]]:
    with connection.begin():
        total = connection.scalar(select(func.count()).select_from(decisions)) or 0
    done, after_seq = 0, 0
    while True:
        with connection.begin():
            page = connection.execute(decisions_after(after_seq, PAGE)).mappings().all()
            if not page:
                return
            seqs = [row["seq"] for row in page]
            through = decision_index.c.seq.between(seqs[0], seqs[-1])
            connection.execute(delete(decision_index).where(through))
            rows: list[Row] = []
            for row in page:
                record = record_of(dict(row))
                keys = dict.fromkeys(keys_of(record)) if record.request else ()
                rows += [{"tenant": record.tenant, "key": key, "seq": row["seq"]} for key in keys]
            if rows:
                database.insert(connection, decision_index, rows)
        done, after_seq = done + len(page), seqs[-1]
        yield done, total


@contextmanager
def _told() -> Iterator[None]:
    """Turn the database's errors into the one that callers know."""
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger cannot be read: {type(error).__name__}") from error
