"""`python -m app.core.features` prints the feature catalogue, docs/features.md."""

import sys

from app.core.features.catalogue import catalogue_markdown

if __name__ == "__main__":
    sys.stdout.write(catalogue_markdown())
