"""What the filing system would reject or warn about, and what a broker would want to look at."""

from app.core.preflight.catalogue import CHECKS, Check
from app.core.preflight.checking import check
from app.core.preflight.finding import Finding, Severity
from app.core.preflight.of_entry import KNOWN_ENTRY_TYPES

__all__ = ["CHECKS", "KNOWN_ENTRY_TYPES", "Check", "Finding", "Severity", "check"]
