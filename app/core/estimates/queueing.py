"""First come, first served by several officers who are not always on duty.

`simulate` is held against Erlang's formula, `erlang_c`, by the tests: with exponential arrivals
and service and officers always there the two agree.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAY_HOURS = 24
WEEK_DAYS = 7
SHIFT = (9.0, 17.0)  # hours of the desk's clock in which officers begin and end


@dataclass(frozen=True, slots=True)
class ErlangC:
    """A queue with Poisson arrivals and exponential service, in balance.

    `waiting` share that waits at all, `wait` mean time until service, `utilisation` of the servers.
    """

    waiting: float
    wait: float
    utilisation: float
    drain: float

    def wait_exceeded_by(self, share: float) -> float:
        """Return the wait that only `share` of all exceed; 0 where fewer wait at all."""
        return max(math.log(self.waiting / share) / self.drain, 0.0)


def erlang_c(arrivals: float, served: float, servers: int) -> ErlangC:
    """Return the queue of `arrivals` per unit of time, `served` by each of `servers` (Erlang 1917).

    Raises ValueError where more comes than can be served: nothing is ever in balance.
    """
    load = arrivals / served
    if load >= servers:
        raise ValueError(f"found a load of {load} on {servers} servers, wanted less")
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    utilisation = load / servers
    waiting = blocked / (1 - utilisation * (1 - blocked))
    drain = servers * served - arrivals
    return ErlangC(waiting, waiting / drain, utilisation, drain)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """When one officer is on duty: (i,) `start` and `length` in hours, work `done` before each."""

    start: Floats
    length: Floats
    done: Floats

    @property
    def total(self) -> float:
        """Hours of duty in all."""
        return float(self.done[-1] + self.length[-1])

    def worked_until(self, moment: Floats) -> Floats:
        """Return the hours of duty before each moment."""
        at = np.maximum(np.searchsorted(self.start, moment, "right") - 1, 0)
        return self.done[at] + np.clip(moment - self.start[at], 0, self.length[at])

    def begins(self, worked: Floats) -> Floats:
        """Return when duty goes on after so many hours of it; infinite after the last."""
        at = np.searchsorted(self.done, worked, "right") - 1
        return np.where(worked >= self.total, np.inf, self.start[at] + worked - self.done[at])

    def ends(self, worked: Floats) -> Floats:
        """Return when so many hours > 0 of duty are done; infinite where they never are."""
        at = np.maximum(np.searchsorted(self.done, worked, "left") - 1, 0)
        return np.where(worked > self.total, np.inf, self.start[at] + worked - self.done[at])


def calendar(intervals: Sequence[tuple[float, float]]) -> Calendar:
    """Return the calendar of (start, length) intervals, at least one, in order."""
    start, length = np.array(intervals, np.float64).T
    return Calendar(start, length, np.concatenate([[0.0], np.cumsum(length)[:-1]]))


def calendars(
    roster_hours: Sequence[float], *, days: int, first_weekday: int = 0
) -> tuple[Calendar, ...]:
    """Return an officer's calendar for each shift that the hours on duty of a weekday fill.

    `roster_hours` by weekday, Monday first; day 0 is `first_weekday`. What is left over after
    whole shifts is a shorter one. None where nobody is on duty.
    """
    begin, end = SHIFT
    found = []
    for officer in range(math.ceil(max(roster_hours) / (end - begin))):
        hours = [
            min(max(each - officer * (end - begin), 0.0), end - begin) for each in roster_hours
        ]
        intervals = [
            (day * DAY_HOURS + begin, length)
            for day in range(days)
            if (length := hours[(first_weekday + day) % WEEK_DAYS])
        ]
        found += [calendar(intervals)] if intervals else []
    return tuple(found)


def simulate(arrivals: Floats, work: Floats, officers: Sequence[Calendar]) -> tuple[Floats, Floats]:
    """Return when each case is begun and when it is done, (r, k) hours; infinite for never.

    `arrivals` (r, k) are the hours at which cases come, each of the r runs in order and padded
    with infinity; `work` (r, k) > 0 the hours each takes. Whoever can begin first takes the next;
    work left at the end of a shift goes on in the next one of the same officer.
    """
    runs, cases = arrivals.shape
    begun, done = np.full((2, runs, cases), np.inf)
    if not officers:
        return begun, done
    groups = _alike(officers)
    free = [np.zeros((runs, many)) for _, many in groups]
    row = np.arange(runs)
    for case in range(cases):
        ways = np.empty((3, len(groups), runs))  # begin, end, and which of the group is free first
        for at, (each, _) in enumerate(groups):
            first = free[at].argmin(axis=1)
            worked = each.worked_until(np.maximum(free[at][row, first], arrivals[:, case]))
            ways[:, at] = each.begins(worked), each.ends(worked + work[:, case]), first
        group = ways[0].argmin(axis=0)
        begun[:, case], done[:, case], first_free = ways[:, group, row]
        for at in range(len(groups)):
            taken = np.flatnonzero(group == at)
            free[at][taken, first_free[taken].astype(np.intp)] = done[taken, case]
    return begun, done


def _alike(officers: Sequence[Calendar]) -> list[tuple[Calendar, int]]:
    """Return each different calendar with how many officers have it.

    Of those who are on duty together, whoever is free first can begin first.
    """
    found: dict[tuple[bytes, bytes], tuple[Calendar, int]] = {}
    for each in officers:
        key = (each.start.tobytes(), each.length.tobytes())
        found[key] = (each, found.get(key, (each, 0))[1] + 1)
    return list(found.values())
