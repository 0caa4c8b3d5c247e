"""Versions of the control tables' schema."""
