"""What would settle it: documents by reason, law and goods; the index of a file; the letter."""

from app.core.remedies.causes import Cause, CauseKind
from app.core.remedies.demands import Demand, Wanted, demands_of
from app.core.remedies.index import FilledRow, IndexRow, Missing, check_index, index_of
from app.core.remedies.kinds import Document, Family, RegimeRemedy, Review, Role
from app.core.remedies.letter import Letter, letters_of
from app.core.remedies.loading import load_remedies
from app.core.remedies.table import Cell, Remedies

__all__ = [
    "Cause",
    "CauseKind",
    "Cell",
    "Demand",
    "Document",
    "Family",
    "FilledRow",
    "IndexRow",
    "Letter",
    "Missing",
    "RegimeRemedy",
    "Remedies",
    "Review",
    "Role",
    "Wanted",
    "check_index",
    "demands_of",
    "index_of",
    "letters_of",
    "load_remedies",
]
