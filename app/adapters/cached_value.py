"""A prediction as bytes in a shared cache, with its own key inside and a checksum over all.

    magic "ERS1" | CRC-32 of the rest | key length, 2 | contributions, 2 | key | raw score | ...

Numbers are big-endian, scores 64-bit floats: what comes back is what was put, bit for bit.
"""

import math
import struct
import zlib

from app.core.records import CachedScore

MAGIC = b"ERS1"
NO_CONTRIBUTIONS = 0xFFFF  # in place of their number: they were not asked for
_HEAD = struct.Struct(">4sIHH")


def is_finite(score: CachedScore) -> bool:
    """Say whether every number of it is one."""
    return all(map(math.isfinite, (score.raw_score, *(score.contributions or ()))))


def pack(key: str, score: CachedScore) -> bytes | None:
    """Return `score` under `key` as bytes; None if it is not fit to be kept."""
    name = key.encode()
    values = (score.raw_score, *(score.contributions or ()))
    count = NO_CONTRIBUTIONS if score.contributions is None else len(score.contributions)
    if len(name) > 0xFFFF or len(values) > NO_CONTRIBUTIONS or not is_finite(score):
        return None
    body = struct.pack(f">HH{len(name)}s{len(values)}d", len(name), count, name, *values)
    return MAGIC + zlib.crc32(body).to_bytes(4, "big") + body


def unpack(key: str, value: object) -> CachedScore | None:
    """Return the score that `value` holds for `key`; None for anything else whatever."""
    if not isinstance(value, bytes) or len(value) < _HEAD.size:
        return None
    magic, checksum, name_length, count = _HEAD.unpack_from(value)
    number = 1 if count == NO_CONTRIBUTIONS else 1 + count
    if magic != MAGIC or len(value) != _HEAD.size + name_length + 8 * number:
        return None
    if zlib.crc32(memoryview(value)[8:]) != checksum:
        return None
    name, *values = struct.unpack_from(f">{name_length}s{number}d", value, _HEAD.size)
    score = CachedScore(values[0], None if count == NO_CONTRIBUTIONS else tuple(values[1:]))
    return score if name == key.encode() and is_finite(score) else None
