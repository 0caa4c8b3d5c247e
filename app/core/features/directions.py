"""Directions that the law gives: columns that may never pull the score the other way."""

from collections.abc import Mapping
from types import MappingProxyType

from app.core.features import origin, plausibility, route, screening

# +1: more never lowers the score. Columns without a direction are not named.
MONOTONE: Mapping[str, int] = MappingProxyType(
    {**origin.MONOTONE, **route.MONOTONE, **plausibility.MONOTONE, **screening.MONOTONE}
)
