"""The page of settings, made from the settings themselves."""

from enum import StrEnum
from typing import Any

from app.settings import PREFIX, Settings


def settings_markdown() -> str:
    """Return docs/settings.md: every setting with its variable, default and meaning."""
    rows = [_HEADING]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "not set" if default is None or default == "" else f"`{_text(default)}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {shown} | {_bounds(field)}{field.description} |")
    return "\n".join([*rows, ""])


def _text(default: object) -> str:
    return default.value if isinstance(default, StrEnum) else str(default)


def _bounds(field: Any) -> str:  # pydantic's FieldInfo
    limits = {type(each).__name__: each for each in field.metadata}
    if "Ge" in limits and "Le" in limits:
        return f"{limits['Ge'].ge} to {limits['Le'].le}. "
    return ""


_HEADING = """# Settings

Generated from `app/settings.py` by `app.cli.settings_page.settings_markdown`; do not edit.

Settings are environment variables, read once at start; a value out of bounds stops the start and
names the setting.

| variable | default | meaning |
|---|---|---|"""
