"""Verify an export of the ledger: python verify_ledger.py EXPORT [CHECKPOINTS KEYS [TABLE]]

In the folder of an export the words are ledger.jsonl checkpoints.jsonl keys.txt decisions.csv, and
--tenant NAME where only that tenant was exported. Needs nothing of the project that wrote it: the
standard library, and `cryptography` where checkpoints are given. Exit code 0: all is as it was
written; 1: something is not, and is named.

A line of the export is {"hash":"...","link":{...},"record":{...},"payload":{...}}. The link's hash
is the SHA-256 of its bytes; it holds the digest of the record's bytes, that of the payload (salt,
then each part behind its length) and the hash of the link before, "0" * 64 for the first. A payload
that was erased is null and leaves its digest; a later erasure of that tenant names it, who had it
erased and why, or it is not as it was written. Whatever is cut off the end is missed without a
checkpoint; with one, what comes after it is named as unproven. The table has nothing of its own:
each of its rows is made again from the export.
"""

import argparse
import csv
import hashlib
import io
import json
import re
import struct
import sys
from binascii import hexlify, unhexlify
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import IO, Any, NamedTuple

GENESIS = "0" * 64
_HEX, _TEXT, _INT = rb'"(.{64})"', rb'"([^"\\]*(?:\\.[^"\\]*)*)"', rb"(0|[1-9][0-9]*)"
# The one spelling of a line up to its record: read in place, which is faster than parsing JSON.
LINE = re.compile(
    rb'{"hash":%b,"link":({"epoch":%b,"kind":%b,"number":%b,"payload_digest":%b,"prev_hash":%b,'
    rb'"record_digest":%b,"seq":%b,"stream":%b,"subject":%b,"tenant":%b}),"record":'
    % (_HEX, _INT, _TEXT, _INT, _HEX, _HEX, _HEX, _INT, _TEXT, _TEXT, _TEXT),
    re.DOTALL,
)
SALT = re.compile(rb'{"salt":"([0-9a-f]{32})","lengths":\[%b,%b,%b\],"request":' % ((_INT,) * 3))
LONG = 8192  # bytes from which a copy costs more than it saves
PAYLOAD, EVIDENCE, RESPONSE = b',"payload":', b',"evidence":', b',"response":'
NULL = b"null"
CHECKPOINT = re.compile(
    rb'{"checkpoint":({.*}),"signature":{"key_id":"([0-9a-f]{16})","value":"([0-9a-f]{128})"}}'
)
KEY = re.compile(rb"[0-9a-f]{64}\n")
Chain = tuple[str, str]
Head = tuple[int, str, str]  # number, hash, when it was signed
_salted, _behind = struct.Struct(">16sQ").pack, struct.Struct(">Q").pack
_begun = hashlib.sha256()  # copied: cheaper than begun anew


class Broken(Exception):
    """Something is not as it was written."""


class Line(NamedTuple):
    """A line of the export, its link read: hashes as hex digits, names as they are spelled."""

    chain: Chain
    hash: bytes
    kind: bytes
    subject: bytes
    number: int
    seq: int
    is_erased: bool
    whole: bytes


def sha256(data: bytes) -> bytes:
    """Return the SHA-256 of `data` in hex."""
    digest = _begun.copy()
    digest.update(data)
    return hexlify(digest.digest())


def payload_digest(data: bytes, start: int = 0, end: int | None = None) -> bytes:
    """Return the digest of a payload as it stands in `data`; Broken if in another spelling.

    Parts of a long one are hashed where they lie: a copy takes a fifth of the time of its hash.
    """
    end = len(data) if end is None else end
    found = SALT.match(data, start, end)
    if found is None:
        raise Broken("the payload is not in its form")
    salt, *lengths = found.groups()
    one, two, three = map(int, lengths)
    at = found.end()
    second = at + (one or 4) + 12  # nothing is written as null
    third = second + (two or 4) + 12
    is_formed = (
        data[second - 12 : second] == EVIDENCE
        and data[third - 12 : third] == RESPONSE
        and data[end - 1 : end] == b"}"
        and third + (three or 4) == end - 1
    )
    if not (one and two and three):  # of an event
        parts = (one, at), (two, second), (three, third)
        is_formed = is_formed and all(n or data[each : each + 4] == NULL for n, each in parts)
    if not is_formed:
        raise Broken("the payload is not in its form")
    head = _salted(unhexlify(salt), one)
    if end - start < LONG:
        request, evidence = data[at : at + one], data[second : second + two]
        response = data[third : third + three]
        return sha256(b"".join((head, request, _behind(two), evidence, _behind(three), response)))
    digest, view = _begun.copy(), memoryview(data)
    for each in (head, view[at : at + one], _behind(two), view[second : second + two]):
        digest.update(each)
    digest.update(_behind(three))
    digest.update(view[third : third + three])
    return hexlify(digest.digest())


def row_of(line: Line, columns: list[str]) -> bytes:
    """Return the row of the table that a decision is; KeyError where it lacks a column."""
    whole = json.loads(line.whole)
    record = whole["record"] | {"hash": whole["hash"]}
    out = io.StringIO()
    csv.writer(out).writerow([_cell(record[each]) for each in columns])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def verified(lines: Iterable[bytes]) -> Iterator[Line]:
    """Yield each line once it, and what it covers, follows the one before; Broken at the first."""
    chain = ("", "")
    names: tuple[bytes | Any, ...] = (b"", b"")
    number, epoch, seq, head = 0, 0, 0, GENESIS.encode()
    seen: set[Chain] = set()
    for place, data in enumerate(lines, 1):
        try:
            found, is_erased = _read(data)
            if found.group(10, 12) != names:
                names = found.group(10, 12)
                chain = _text(names[1]), _text(names[0])
                number, epoch, seq, head = 0, 0, 0, GENESIS.encode()
                if chain in seen:
                    raise Broken("the chain goes on after another")  # noqa: TRY301 - named below
                seen.add(chain)
            if found[7] != head or int(found[5]) != number + 1:
                raise Broken("the link does not follow the one before")  # noqa: TRY301
            if int(found[3]) < epoch or int(found[9]) <= seq:
                raise Broken("the epoch or the sequence falls")  # noqa: TRY301
        except Broken as error:
            raise Broken(f"line {place}: {error}") from error
        head, number, epoch, seq = found[1], number + 1, int(found[3]), int(found[9])
        yield Line(chain, head, found[4], found[11], number, seq, is_erased, data)


def _read(data: bytes) -> tuple[re.Match[bytes], bool]:
    """Return what LINE finds, and whether the payload is erased; Broken where a digest differs."""
    found = LINE.match(data)
    start = found.end() if found else 0
    end = data.find(PAYLOAD, start)
    if found is None or end < 0 or data[-2:] != b"}\n":
        raise Broken("the line is not in its form")
    head, link, covered, record = found.group(1, 2, 6, 8)
    if sha256(link) != head:
        raise Broken("the hash is not that of the link")
    if sha256(data[start:end]) != record:
        raise Broken("the record is not as it was linked")
    payload, last = end + len(PAYLOAD), len(data) - 2
    if last - payload == len(NULL) and data[payload:last] == NULL:
        return found, True
    if payload_digest(data, payload, last) != covered:
        raise Broken("the payload is not as it was linked")
    return found, False


def _text(spelled: bytes) -> str:
    return str(json.loads(b'"%b"' % spelled))


def read_keys(data: bytes) -> list[bytes]:
    """Return the public keys of a file of them, 64 hex digits a line; Broken if it is not that."""
    lines = data.splitlines(keepends=True)
    if not all(map(KEY.fullmatch, lines)):
        raise Broken("keys: a line is not 64 hex digits")
    return [bytes.fromhex(each.decode()) for each in lines]


def newest_heads(lines: Iterable[bytes], keys: Iterable[bytes]) -> dict[Chain, Head]:
    """Return the newest head of each chain; Broken where a checkpoint is forged."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only if wanted
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    known = {sha256(key)[:16]: key for key in keys}
    newest: dict[Chain, Head] = {}
    previous = GENESIS
    for place, line in enumerate(lines, 1):
        try:
            found = CHECKPOINT.fullmatch(line.removesuffix(b"\n"))
            body, key_id, value = found.groups() if found else (b"", b"", b"")
            key = Ed25519PublicKey.from_public_bytes(known[key_id])
            key.verify(bytes.fromhex(value.decode()), body)
            checkpoint = json.loads(body)
            if checkpoint["previous"] != previous:
                raise ValueError  # noqa: TRY301 - told below
            heads = checkpoint["heads"]
        except (ValueError, KeyError, TypeError, InvalidSignature) as error:
            raise Broken(f"checkpoint {place}: it is not what a known key signed") from error
        for tenant, stream, number, _seq, head in heads:
            if newest.get((tenant, stream), (0,))[0] < number:
                newest[tenant, stream] = number, head, checkpoint["at"]
        previous = sha256(line.removesuffix(b"\n")).decode()
    return newest


class Gone:
    """What is null, and what erasures name: the first has to be among the second."""

    def __init__(self) -> None:
        self._null: dict[tuple[str, int], tuple[Line, str, str]] = {}
        self._named: set[tuple[str, int, str, str]] = set()

    def take(self, line: Line) -> None:
        """Remember a line that is null or an erasure."""
        tenant = line.chain[0]
        if line.is_erased:
            what = _text(line.kind), _text(line.subject)
            self._null[tenant, line.seq] = line, *what
            return
        try:
            records = json.loads(line.whole)["payload"]["request"]["records"]
            self._named.update((tenant, *each) for each in records if each[0] < line.seq)
        except (ValueError, LookupError, TypeError) as error:
            raise Broken(f"{_place(line)}: it is no erasure") from error

    def check(self) -> None:
        """Raise Broken at the first null payload, by sequence, that no erasure names."""
        for (tenant, seq), (line, *what) in sorted(self._null.items()):
            if what[0] == "erasure" or (tenant, seq, *what) not in self._named:
                raise Broken(f"{_place(line)}: the payload is gone and no erasure names it")


def _place(line: Line) -> str:
    return f"{line.chain[0]} {line.chain[1]}: link {line.number}"


def verify(
    lines: Iterable[bytes],
    heads: dict[Chain, Head] | None = None,
    *,
    table: IO[bytes] | None = None,
    tenant: str | None = None,
) -> Iterator[str]:
    """Yield what is found of each chain; Broken where an export is not what was written.

    `tenant` is whose chains alone were exported, None: all.
    """
    wanted = {each: head for each, head in (heads or {}).items() if tenant in {None, each[0]}}
    ends: dict[Chain, list[int]] = {}
    gone = Gone()
    for line in verified(lines) if table is None else tabled(lines, table):
        chain, number = line.chain, line.number
        count = ends.setdefault(chain, [0, 0])
        count[0] = number
        if line.is_erased or line.kind == b"erasure":
            count[1] += line.is_erased
            gone.take(line)
        if (
            chain in wanted
            and wanted[chain][0] == number
            and wanted[chain][1].encode() != line.hash
        ):
            raise Broken(f"{_place(line)} is not that of the checkpoint")
    gone.check()
    for chain, (number, _, at) in wanted.items():
        end = ends.get(chain, [0, 0])[0]
        if end < number:
            text = f"links {end + 1} to {number} are gone, a checkpoint of {at} had them"
            raise Broken(f"{chain[0]} {chain[1]}: {text}")
    for chain, (number, erased) in ends.items():
        proven = wanted.get(chain, (0, "", ""))[0]
        tail = f", links {proven + 1} to {number} unproven" if proven < number else ""
        yield f"{chain[0]} {chain[1]}: {number} links whole, {erased} erased{tail}"


def tabled(lines: Iterable[bytes], table: IO[bytes]) -> Iterator[Line]:
    """Yield what `verified` does; Broken where the table has another row than the export."""
    head = table.readline()
    columns, place = head.decode("ascii", "replace").removesuffix("\r\n").split(","), 0
    for line in verified(lines):
        if line.kind == b"decision":
            place += 1
            try:
                row = row_of(line, columns)
            except KeyError as error:
                raise Broken("table: a column is none of a decision") from error
            if table.read(len(row)) != row:
                raise Broken(f"table: row {place} is not that of the export")
        yield line
    if table.read(1):
        raise Broken("table: it goes on after the export")


def main(words: list[str]) -> int:
    """Verify the files named; return the exit code."""
    about = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=about)
    parser.add_argument("export")
    for name in ("checkpoints", "keys", "table"):
        parser.add_argument(name, nargs="?")
    parser.add_argument("--tenant")
    asked = parser.parse_args(words)
    if asked.checkpoints and not asked.keys:
        parser.error("checkpoints come with keys")
    try:
        with ExitStack() as files:
            heads = None
            if asked.checkpoints:
                keys = read_keys(files.enter_context(open(asked.keys, "rb")).read())
                heads = newest_heads(files.enter_context(open(asked.checkpoints, "rb")), keys)
            export = files.enter_context(open(asked.export, "rb"))
            table = files.enter_context(open(asked.table, "rb")) if asked.table else None
            for told in verify(export, heads, table=table, tenant=asked.tenant):
                print(told)  # noqa: T201 - this is a program
    except Broken as error:
        print(f"BROKEN {error}")  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
