"""Parties of an entry against the listed entities, read as of a date."""

from app.core.screening.screener import LEGAL_FORM_MATCH, Hit, HitStrength, Screener

__all__ = ["LEGAL_FORM_MATCH", "Hit", "HitStrength", "Screener"]
