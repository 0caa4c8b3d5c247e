"""The command line under libfaketime, whose clock_nanosleep refuses what Python 3.11 asks of it.

Version 0.9.10 answers EINVAL to every sleep until a moment of the monotonic clock where that clock
is left alone (FAKETIME_DONT_FAKE_MONOTONIC). `select` sleeps as well and is not in its way.
"""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex, /) -> None:
    select.select([], [], [], float(seconds))


if __name__ == "__main__":
    time.sleep = _sleep

    from app.cli import main  # after the above: what it imports may keep a reference

    main()
