"""Parties and goods of an entry against the lists, read as of a date."""

from app.core.screening.hits import Hit
from app.core.screening.matches import LEGAL_FORM_MATCH, HitStrength
from app.core.screening.screener import Screener

__all__ = ["LEGAL_FORM_MATCH", "Hit", "HitStrength", "Screener"]
