"""The entry the form is filled with."""

import json

from app.core.document.example import example_entry

EXAMPLE_ENTRY = json.dumps(example_entry(), indent=2) + "\n"
