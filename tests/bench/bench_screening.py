"""What screening a name costs: python -m tests.bench.bench_screening [names] [listed].

Three figures: a name seen before, a new name against the shipped lists, and a new name against
many listed ones (made up, from the towns and trades of the generator). Times are CPU times of one
thread; compare those of one run.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import rapidfuzz

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Party
from app.core.reference import ListedEntity, ReferencePack, load_reference
from app.core.screening import Screener
from tests.screening_variants import unlisted

_DAY = date(2026, 1, 15)
_WARM_UP = 200


def entry_of(name: str) -> Entry:
    """Return an entry of one line whose manufacturer has a name."""
    line = EntryLine(
        line_number=1,
        hts=HtsCode("6109100012"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1000),
        manufacturer=Party(name=name, country=CountryCode("CN")),
    )
    return Entry(lines=(line,))


def spent(screen: Callable[[Entry], object], entries: Sequence[Entry]) -> list[float]:
    """Return the CPU microseconds that each screening took, sorted."""
    took = []
    for entry in entries:
        began = time.thread_time_ns()
        screen(entry)
        took.append((time.thread_time_ns() - began) / 1000)
    return sorted(took)


def figures(took: Sequence[float]) -> str:
    """Return the median and the 99th percentile of sorted times."""
    return f"p50 {took[len(took) // 2]:7.1f}  p99 {took[int(len(took) * 0.99)]:8.1f} us CPU"


def with_listed(pack: ReferencePack, count: int, seed: int = 11) -> ReferencePack:
    """Return the pack with made-up listed entities, `count` names in all."""
    like = next(each for each in pack.listed if each.country == "CN" and each.in_force(_DAY))
    more: list[ListedEntity] = [
        replace(like, entity_id=f"made-up-{number}", name=name, aliases=(), chinese_name=None)
        for number, name in enumerate(unlisted(pack.listed, count - len(pack.listed), seed))
    ]
    return replace(pack, listed=(*pack.listed, *more))


def measure(title: str, pack: ReferencePack, names: Sequence[str]) -> None:
    """Print what names cost when new and when seen."""
    began = time.process_time()
    screener = Screener(pack)
    built = time.process_time() - began
    entries = [entry_of(name) for name in names]
    for entry in entries[:_WARM_UP]:
        screener.screen(entry, _DAY)
    new = spent(lambda entry: screener.screen(entry, _DAY), entries[_WARM_UP:])
    seen = spent(lambda entry: screener.screen(entry, _DAY), entries[_WARM_UP:])
    sys.stdout.write(f"{title}: {len(pack.listed)} entities, index built in {built:.2f} s CPU\n")
    sys.stdout.write(f"  new name   {figures(new)}\n  seen name  {figures(seen)}\n")


def main(names: int, listed: int) -> None:
    """Measure against the shipped lists, then against `listed` entities."""
    pack = load_reference()
    asked = list(unlisted(pack.listed, names + _WARM_UP, 7))
    sys.stdout.write(f"rapidfuzz {rapidfuzz.__version__}, {names} names\n")
    measure("shipped lists", pack, asked)
    measure("many listed names", with_listed(pack, listed), asked)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="?", type=int, default=5000)
    parser.add_argument("listed", nargs="?", type=int, default=100_000)
    arguments = parser.parse_args()
    main(arguments.names, arguments.listed)
