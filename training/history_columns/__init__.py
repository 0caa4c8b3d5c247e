"""The history features of files of any size, computed in columns; proven equal to replay.

Lines stream through in filing order, chunk by chunk: texts become numbers (`interning`), outcomes
become events (`events`), one compiled walk moves the state of every key on and reads it
(`walking`), and features follow from what was read (`figures`). docs/history.md, ADR 0025.
"""

from training.history_columns.computing import Computed, HistoryColumns
from training.history_columns.events import OutcomeFile
from training.history_columns.layout import FEATURE_NAMES
from training.history_columns.of_files import Options, compute_file

__all__ = [
    "FEATURE_NAMES",
    "Computed",
    "HistoryColumns",
    "Options",
    "OutcomeFile",
    "compute_file",
]
