"""What a pair of lines would do, from frozen snapshots, and what can't be known.

Read in this order: `estimate` (no number without its interval), `limits` (where intervals come
from), `snapshot` (what is counted), `figures` (one proposed pair of lines against the current
one). Nothing here runs while an entry is scored: docs/estimates.md.
"""
