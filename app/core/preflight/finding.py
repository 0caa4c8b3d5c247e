"""What one finding is: a code, how the filing would fare, where, and a sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How the filing would fare: refused, accepted with a question, or merely worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in one field; `path` is a JSON Pointer into the entry document."""

    code: str
    severity: Severity
    path: str
    text: str
