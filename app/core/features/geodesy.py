"""Great-circle distances between places on the way."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG 1980


@lru_cache(maxsize=65_536)  # ports come in the same pairs again and again
def distance_km(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the great-circle distance of two (latitude, longitude) points in degrees."""
    lat1, lon1, lat2, lon2 = (radians(each) for each in (*start, *end))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord)))


def path_km(points: Sequence[tuple[float, float]]) -> float:
    """Return the length of the way through `points`, leg by leg."""
    return sum(distance_km(*pair) for pair in pairwise(points))
