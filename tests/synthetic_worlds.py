"""Synthetic worlds for tests, each made once."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.synthetic import Mechanisms, Plan, World, make_world

SMALL = 4_000  # entries: enough hidden trade at a tenth of a second
RICH = 0.06  # share of nexus in small worlds


@cache
def small_world(*off: str, seed: int = 11, shift: str | None = None) -> World:
    """Return a small, rich world without the mechanisms named."""
    plan = Plan(
        entries=SMALL,
        seed=seed,
        nexus_share=RICH,
        mechanisms=Mechanisms.without(off),
        shift=shift,
    )
    return make_world(plan)


def column(table: pa.Table, name: str) -> NDArray[Any]:
    """Return a column as an array; null is None."""
    return np.array(table[name].to_pylist(), dtype=object)


def flags(table: pa.Table, name: str) -> NDArray[np.bool_]:
    """Return a column of yes and no."""
    return np.array(table[name].to_pylist(), dtype=np.bool_)


def rows(table: pa.Table) -> list[Mapping[str, Any]]:
    """Return the rows of a table."""
    found: list[Mapping[str, Any]] = table.to_pylist()
    return found
