"""How a run ends, and the exit code that says so to a scheduler."""

from collections.abc import Mapping
from types import MappingProxyType

REGISTERED = "registered"
NOTHING_TO_DO = "nothing_to_do"
REFUSED = "refused"
INSUFFICIENT_LABELS = "insufficient_labels"
GATE = "gate_failed"
HELD = "held"

# docs/retraining.md; 2 is wrong usage, as the command line's library has it
EXIT_CODES: Mapping[str, int] = MappingProxyType(
    {
        REGISTERED: 0,
        NOTHING_TO_DO: 0,
        REFUSED: 1,
        INSUFFICIENT_LABELS: 3,
        GATE: 4,
        HELD: 5,
    }
)
