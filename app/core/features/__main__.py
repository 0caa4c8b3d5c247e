"""`python -m app.core.features` prints the feature catalogue, docs/features.md."""

import sys

from app.core.features.catalogue import catalogue_markdown

sys.stdout.write(catalogue_markdown())
