"""How schemathesis writes bodies of media types that it does not know: as they are."""

import json
from typing import Any

import schemathesis


@schemathesis.serializer(
    "application/x-ndjson", "application/jsonl", "application/vnd.apache.parquet"
)
def as_it_is(_context: Any, value: Any) -> bytes:
    """Return a text or bytes as they are, and any other value as JSON."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="replace")
