"""How many alerts a day: what was, by weekday and hour, and what is to be expected."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.limits import BAND_LEVEL, predicted_range
from app.core.estimates.lines import Prepared, Rows

Floats = NDArray[np.float64]

WEEKDAYS = 7
HOURS = 24


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, median and 95th percentile of what was counted, from `n` of them."""

    mean: float
    median: float
    p95: float
    n: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a day to come will bring: mean, and the band that 90 % of such days stay in.

    `n` days were seen; without any, all is 0.
    """

    mean: float
    low: int
    high: int
    n: int
    level: float = BAND_LEVEL


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Alerts a day over all days, by weekday (Monday first) and hour, and the forecast.

    `by_weekday` 7 spreads; `mean_by_hour`, `median_by_hour` and `p95_by_hour` (7, 24);
    `forecast` for any day and `forecast_by_weekday` for each.
    """

    per_day: Spread
    by_weekday: tuple[Spread, ...]
    mean_by_hour: Floats
    median_by_hour: Floats
    p95_by_hour: Floats
    forecast: Forecast
    forecast_by_weekday: tuple[Forecast, ...]


def volume(prepared: Prepared, rows: Rows, season: Floats | None = None) -> Volume:
    """Return how many of `rows` fall on each day; days without any count as 0.

    `season` (d,) says how busy each day of the window was beside a usual one of its weekday (1
    where None), so that a busy month does not pass for the next one.
    """
    days = len(prepared.days)
    hourly = np.bincount(
        prepared.day[rows] * HOURS + prepared.hour[rows], minlength=days * HOURS
    ).reshape(days, HOURS)
    daily = hourly.sum(axis=1)
    of_weekday = [prepared.weekday == weekday for weekday in range(WEEKDAYS)]
    by_hour = np.zeros((3, WEEKDAYS, HOURS))
    for weekday, chosen in enumerate(of_weekday):
        if chosen.any():
            by_hour[0, weekday] = hourly[chosen].mean(axis=0)
            by_hour[1:, weekday] = np.quantile(hourly[chosen], (0.5, 0.95), axis=0)
    usual = daily / (season if season is not None else 1.0)
    return Volume(
        per_day=spread(daily),
        by_weekday=tuple(spread(daily[chosen]) for chosen in of_weekday),
        mean_by_hour=by_hour[0],
        median_by_hour=by_hour[1],
        p95_by_hour=by_hour[2],
        forecast=_any_day(usual),
        forecast_by_weekday=forecast_by_weekday(usual, prepared.weekday),
    )


def spread(counts: NDArray[np.int64]) -> Spread:
    """Return the spread of `counts`; all 0 of none."""
    if not len(counts):
        return Spread(0.0, 0.0, 0.0, 0)
    median, p95 = np.quantile(counts, (0.5, 0.95))
    return Spread(float(counts.mean()), float(median), float(p95), len(counts))


def forecast_by_weekday(daily: Floats, weekday: NDArray[np.int32]) -> tuple[Forecast, ...]:
    """Return the forecast of each weekday, Monday first, from `daily` (d,) counts.

    Each has its own mean; how much days vary beyond chance is learned from all of them, since
    eight Mondays alone say little of it. The band also bears that the means are from few days.
    """
    means = np.zeros(WEEKDAYS)
    seen = np.bincount(weekday, minlength=WEEKDAYS)
    np.divide(np.bincount(weekday, daily, WEEKDAYS), seen, out=means, where=seen > 0)
    expected = means[weekday]
    free = len(daily) - np.count_nonzero(seen)
    counted = expected > 0
    uneven = float((np.square(daily - expected)[counted] / expected[counted]).sum())
    dispersion = max(uneven / free, 1.0) if free > 0 else 1.0
    return tuple(
        _forecast(mean, mean * dispersion * (1 + 1 / max(n, 1)), int(n))
        for mean, n in zip(means, seen, strict=True)
    )


def _any_day(daily: Floats) -> Forecast:
    if not len(daily):
        return _forecast(0.0, 0.0, 0)
    mean, n = float(daily.mean()), len(daily)
    return _forecast(mean, max(float(daily.var()), mean) * (1 + 1 / n), n)


def _forecast(mean: float, variance: float, n: int) -> Forecast:
    return Forecast(float(mean), *predicted_range(float(mean), float(variance)), n)
