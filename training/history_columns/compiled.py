"""Functions compiled to machine code, with their types kept."""

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class Compiled(Protocol[P, R_co]):
    """A compiled function; `py_func` is the same as Python runs it."""

    @property
    def py_func(self) -> Callable[P, R_co]:
        """The function before it was compiled."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run the compiled function; it holds no lock, so that threads run beside it."""


def compiled(function: Callable[P, R_co]) -> Compiled[P, R_co]:
    """Compile `function` when first called, and keep the result beside its source."""
    made: Any = njit(cache=True, nogil=True)(function)
    return cast("Compiled[P, R_co]", made)
