"""entry-risk: scores customs entries for the risk of denial as made with forced labour."""

__version__ = "0.1.0"
