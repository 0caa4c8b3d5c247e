"""A derived fact, worked out once."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

_T = TypeVar("_T")
KEPT = 4096  # facts that lines of one day share, kept in each memo by value and reference pack


class Once(Generic[_T]):
    """A derived fact, worked out on first use and kept (functools.cached_property locks)."""

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "Once[_T]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> _T: ...

    def __get__(self, instance: object | None, owner: type) -> "_T | Once[_T]":
        if instance is None:
            return self
        value = self._compute(instance)
        instance.__dict__[self._name] = value
        return value


class OnceShared(Once[_T]):
    """A derived fact that others share: also put into the instance's dictionary `kept`."""

    @overload
    def __get__(self, instance: None, owner: type) -> "OnceShared[_T]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> _T: ...

    def __get__(self, instance: Any, owner: type) -> "_T | OnceShared[_T]":
        if instance is None:
            return self
        value = self._compute(instance)
        instance.__dict__[self._name] = instance.kept[self._name] = value
        return value
