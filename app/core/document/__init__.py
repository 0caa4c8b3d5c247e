"""The wire form of an entry: read from parsed JSON with every fault named, written canonically."""

from app.core.document.entry_document import (
    ENTRY_FIELDS,
    ENTRY_KIND,
    Submission,
    read_submission,
    submission_bytes,
    submission_document,
)
from app.core.document.reading import MAX_FAULTS

__all__ = [
    "ENTRY_FIELDS",
    "ENTRY_KIND",
    "MAX_FAULTS",
    "Submission",
    "read_submission",
    "submission_bytes",
    "submission_document",
]
