"""The breaker opens after enough failures and tries again now and then."""

from app.adapters.breaker import FAILURES, PROBE_EVERY_S, WINDOW_S, Breaker


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def broken(time: Time, jitter: float = 0.0) -> Breaker:
    breaker = Breaker(time, lambda: jitter)
    for _ in range(FAILURES):
        breaker.failed()
    return breaker


def test_it_lets_everything_pass_at_first() -> None:
    breaker = Breaker(Time(), lambda: 0.0)
    assert breaker.allows()
    assert not breaker.is_open


def test_it_opens_after_five_failures_within_a_second() -> None:
    time = Time()
    breaker = Breaker(time, lambda: 0.0)
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert breaker.allows()
    time.now += WINDOW_S
    breaker.failed()
    assert not breaker.allows()


def test_failures_further_apart_do_not_open_it() -> None:
    time = Time()
    breaker = Breaker(time, lambda: 0.0)
    for _ in range(10 * FAILURES):
        breaker.failed()
        time.now += WINDOW_S / 3
    assert not breaker.is_open


def test_successes_between_do_not_hide_failures() -> None:
    breaker = Breaker(Time(), lambda: 0.0)
    for _ in range(FAILURES):
        breaker.failed()
        if not breaker.is_open:
            breaker.succeeded()
    assert breaker.is_open


def test_one_probe_passes_every_half_second() -> None:
    time = Time()
    breaker = broken(time)
    allowed = 0
    for _ in range(80):
        time.now += 0.125
        allowed += breaker.allows()
    assert allowed == 10 / PROBE_EVERY_S


def test_a_probe_that_never_reports_does_not_block_the_next() -> None:
    time = Time()
    breaker = broken(time)
    time.now += PROBE_EVERY_S
    assert breaker.allows()
    assert not breaker.allows()
    time.now += PROBE_EVERY_S
    assert breaker.allows()


def test_a_failed_probe_leaves_it_open() -> None:
    time = Time()
    breaker = broken(time)
    time.now += PROBE_EVERY_S
    assert breaker.allows()
    breaker.failed()
    assert breaker.is_open


def test_a_probe_that_succeeds_closes_it_with_a_clean_slate() -> None:
    time = Time()
    breaker = broken(time)
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()
    assert not breaker.is_open


def test_replicas_do_not_probe_in_step() -> None:
    time = Time()
    early, late = broken(time, -1.0), broken(time, 1.0)
    time.now += PROBE_EVERY_S
    assert early.allows()
    assert not late.allows()
