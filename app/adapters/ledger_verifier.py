"""Verify an export of the ledger: python verify_ledger.py ledger.jsonl [checkpoints.jsonl keys.txt]

Needs nothing of the project that wrote the export: the standard library, and `cryptography` where
checkpoints are given. Exit code 0: all is as it was written; 1: something is not, and is named.

A line of the export is {"hash":"...","link":{...},"record":{...},"payload":{...}}. The link's hash
is the SHA-256 of its bytes; it holds the digest of the record's bytes, that of the payload (salt,
then each part behind its length) and the hash of the link before, "0" * 64 for the first. A payload
that was erased is null and leaves its digest. Whatever is cut off the end is missed without a
checkpoint; with one, what comes after it is named as unproven.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

GENESIS = "0" * 64
HASH_FROM, HASH_TO = 9, 73  # where {"hash":"<64 hex digits>" has its digits
LINK, RECORD, PAYLOAD = b'","link":', b',"record":', b',"payload":'
LENGTHS_FROM = 54  # where {"salt":"<32 hex digits>","lengths":[ has its first digit
PARTS = (b',"request":', b',"evidence":', b',"response":')
Chain = tuple[str, str]
decoded = json.JSONDecoder().decode


class Broken(Exception):
    """Something is not as it was written."""


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hex."""
    return hashlib.sha256(data).hexdigest()


def payload_digest(payload: bytes) -> str:
    """Return the digest of a payload as it stands in the export; Broken if in another spelling."""
    try:
        salt = bytes.fromhex(payload[9:41].decode())
        end = payload.index(b"]", LENGTHS_FROM)
        lengths = [int(each) for each in payload[LENGTHS_FROM:end].split(b",")]
        if len(lengths) != len(PARTS):
            raise ValueError  # noqa: TRY301 - told below
        told = ",".join(map(str, lengths)).encode()
        head = b'{"salt":"%b","lengths":[%b]' % (salt.hex().encode(), told)
    except ValueError as error:
        raise Broken("the payload cannot be read") from error
    digest, at = hashlib.sha256(salt), end + 1
    is_formed = payload.startswith(head) and len(head) == at and min(lengths) >= 0
    for name, length in zip(PARTS, lengths, strict=True):
        is_formed = is_formed and payload.startswith(name, at)
        at += len(name)
        digest.update(length.to_bytes(8, "big") if is_formed else b"")
        digest.update(payload[at : at + length])
        is_formed = is_formed and (length > 0 or payload.startswith(b"null", at))
        at += length or 4  # nothing is written as null
    if not is_formed or payload[at:] != b"}":
        raise Broken("the payload is not in its form")
    return digest.hexdigest()


def read_line(line: bytes) -> tuple[str, dict[str, Any], bytes]:
    """Return hash, link and payload of a line, once all that the link covers is as it was."""
    at_record = line.find(RECORD)
    at_payload = line.find(PAYLOAD, at_record)
    is_formed = line.startswith(b'{"hash":"') and line[HASH_TO : HASH_TO + 9] == LINK
    if not is_formed or at_record < 0 or at_payload < 0 or line[-1:] != b"}":
        raise Broken("the line is not in its form")
    link_bytes = line[HASH_TO + 9 : at_record]
    found = line[HASH_FROM:HASH_TO].decode("ascii", "replace")
    if sha256(link_bytes) != found:
        raise Broken("the hash is not that of the link")
    link = decoded(link_bytes.decode())
    if sha256(line[at_record + len(RECORD) : at_payload]) != link["record_digest"]:
        raise Broken("the record is not as it was linked")
    return found, link, line[at_payload + len(PAYLOAD) : -1]


def verified(lines: Iterable[bytes]) -> Iterator[tuple[Chain, int, str, bool]]:
    """Yield chain, number, hash and whether it was erased for each line; Broken at the first."""
    chain, number, epoch, seq, head = ("", ""), 0, 0, 0, GENESIS
    seen: set[Chain] = set()
    for place, line in enumerate(lines, 1):
        try:
            found, link, payload = read_line(line.rstrip(b"\n"))
            own = (link["tenant"], link["stream"])
            if own != chain:
                if own in seen:
                    raise Broken("the chain goes on after another")  # noqa: TRY301 - named below
                seen.add(own)
                chain, number, epoch, seq, head = own, 0, 0, 0, GENESIS
            if link["number"] != number + 1 or link["prev_hash"] != head:
                raise Broken("the link does not follow the one before")  # noqa: TRY301
            if link["epoch"] < epoch or link["seq"] <= seq:
                raise Broken("the epoch or the sequence falls")  # noqa: TRY301
            if payload != b"null" and payload_digest(payload) != link["payload_digest"]:
                raise Broken("the payload is not as it was linked")  # noqa: TRY301
        except Broken as error:
            raise Broken(f"line {place}: {error}") from error
        number, epoch, seq, head = link["number"], link["epoch"], link["seq"], found
        yield chain, number, head, payload == b"null"


def newest_heads(lines: Iterable[bytes], keys: Iterable[str]) -> dict[Chain, tuple[int, str, str]]:
    """Return number, hash and time of the newest head of each chain; Broken where one is forged."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only if wanted
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    known = {sha256(bytes.fromhex(key))[:16]: bytes.fromhex(key) for key in keys}
    newest: dict[Chain, tuple[int, str, str]] = {}
    previous = GENESIS
    for place, whole in enumerate(lines, 1):
        line = whole.rstrip(b"\n")
        try:
            body = line[len(b'{"checkpoint":') : line.rindex(b',"signature":')]
            found = json.loads(line)
            checkpoint, signature = found["checkpoint"], found["signature"]
            key = Ed25519PublicKey.from_public_bytes(known[signature["key_id"]])
            key.verify(bytes.fromhex(signature["value"]), body)
            if json.loads(body) != checkpoint or checkpoint["previous"] != previous:
                raise ValueError  # noqa: TRY301 - told below
            heads = checkpoint["heads"]
        except (ValueError, KeyError, TypeError, InvalidSignature) as error:
            raise Broken(f"checkpoint {place}: it is not what a known key signed") from error
        for tenant, stream, number, _seq, head in heads:
            if newest.get((tenant, stream), (0,))[0] < number:
                newest[tenant, stream] = number, head, checkpoint["at"]
        previous = sha256(line)
    return newest


def verify(
    lines: Iterable[bytes], heads: dict[Chain, tuple[int, str, str]] | None = None
) -> Iterator[str]:
    """Yield what is found of each chain; Broken where an export is not what was written."""
    wanted = heads or {}
    ends: dict[Chain, list[int]] = {}
    for chain, number, head, is_erased in verified(lines):
        count = ends.setdefault(chain, [0, 0])
        count[0], count[1] = number, count[1] + is_erased
        if chain in wanted and wanted[chain][0] == number and wanted[chain][1] != head:
            raise Broken(f"{chain[0]} {chain[1]}: link {number} is not that of the checkpoint")
    for chain, (number, _, at) in wanted.items():
        end = ends.get(chain, [0, 0])[0]
        if end < number:
            text = f"links {end + 1} to {number} are gone, a checkpoint of {at} had them"
            raise Broken(f"{chain[0]} {chain[1]}: {text}")
    for chain, (number, erased) in ends.items():
        proven = wanted.get(chain, (0, "", ""))[0]
        tail = f", links {proven + 1} to {number} unproven" if proven < number else ""
        yield f"{chain[0]} {chain[1]}: {number} links whole, {erased} erased{tail}"


def main(words: list[str]) -> int:
    """Verify the files named; return the exit code."""
    if len(words) not in {1, 3}:
        print(__doc__)  # noqa: T201 - this is a program
        return 2
    try:
        heads = None
        if len(words) > 1:
            with open(words[1], "rb") as checkpoints, open(words[2]) as keys:
                heads = newest_heads(checkpoints, keys.read().split())
        with open(words[0], "rb") as export:
            for told in verify(export, heads):
                print(told)  # noqa: T201
    except Broken as error:
        print(f"BROKEN {error}")  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
