"""All servers side by side: python -m tests.bench.bench_table [--production] [--peers FOLDER].

For each way to serve and each number of connections: requests a second and the CPU time of the
server's processes a request, in rounds in which all ways take their turn. Prints a table in
Markdown; `--svg FILE` draws the CPU times.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median

from tests.bench import peers
from tests.bench.bench_score import Demo, Target, ask, cpu_s, noop
from tests.bench.picture import bars
from tests.bench.score_bodies import made_bodies
from tests.served_process import resident_mib
from tests.servers import PostgresServer, RedisServer
from tests.service_process import ROOT

CONNECTIONS = (1, 8, 64)
A_ROUND = 256  # requests; CPU is told in hundredths of a second
BATCH = 100  # entries of a batch
BATCHES = 2  # a round; over one connection
ROOMY = {"ENTRY_RISK_MAX_RUNNING": "64"}  # 64 connections are measured, not turned away


@dataclass(slots=True)
class Way:
    """One way to serve: where, what is sent, and how many answers one request is worth."""

    target: Target
    bodies: Callable[[int, int], list[bytes]]
    entries: int = 1
    rounds: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    def run(self, connections: int, seed: int) -> None:
        """Send one round and keep CPU seconds and wall seconds an entry."""
        sent = self.bodies(A_ROUND if self.entries == 1 else BATCHES, seed)
        before, began = family_cpu_s(self.target.pid), time.perf_counter()
        asyncio.run(ask(self.target, sent, connections))
        wall, used = time.perf_counter() - began, family_cpu_s(self.target.pid) - before
        count = len(sent) * self.entries
        self.rounds.setdefault(connections, []).append((used / count, wall / count))


def family_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and of all that it started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    family, found = [pid], 0.0
    for each in family:
        family += parents.get(each, [])
        try:
            found += cpu_s(each)
        except OSError:
            continue
    return found


def singles(count: int, seed: int) -> list[bytes]:
    """Return bodies of one entry each; no two runs file the same."""
    return [
        each.replace(b"BENCH-", f"B{seed}-{time.time_ns() % 10**9}-".encode())
        for each in made_bodies(count, seed)
    ]


def batches(count: int, seed: int) -> list[bytes]:
    """Return bodies of BATCH entries each."""
    entries = iter(singles(count * BATCH, seed))
    return [b'{"entries": [%s]}' % b",".join(islice(entries, BATCH)) for _ in range(count)]


def ways_of(name: str, service: Demo) -> list[Way]:
    """Return the ways to ask one of our servers."""
    key = f"Authorization: Bearer {service.key}\r\n"
    ways = []
    for how in ("none", "codes"):
        query = f"?explain={how}"
        single = Target(f"{name}, explain={how}", service.pid, service.port, query, key)
        batch = Target(
            f"{name}, batch of {BATCH}, explain={how}",
            service.pid, service.port, query, key, "/v1/score/batch",
        )  # fmt: skip
        ways += [Way(single, singles), Way(batch, batches, BATCH)]
    return ways


def table(ways: Sequence[Way]) -> Iterator[str]:
    """Yield the lines of a table; ratios are of CPU, to the first way, round by round."""
    yield "| server | connections | entries/s | CPU µs an entry | ratio of CPU (spread) |"
    yield "|---|---|---|---|---|"
    for connections in CONNECTIONS:
        base = [used for used, _ in ways[0].rounds[connections]]
        for way in ways:
            found = way.rounds.get(connections)
            if found is None:
                continue
            ratios = [used / theirs for (used, _), theirs in zip(found, base, strict=True)]
            yield (
                f"| {way.target.name} | {connections} | {1 / median(w for _, w in found):.0f} | "
                f"{median(used for used, _ in found) * 1e6:.0f} | {median(ratios):.1f} "
                f"({min(ratios):.1f} to {max(ratios):.1f}) |"
            )


def start(stack: ExitStack, given: argparse.Namespace) -> list[Way]:
    """Start what is compared and return the ways to ask it, the no-op first."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    ways = [Way(stack.enter_context(noop()), singles)]
    embedded = Demo(folder / "embedded", given.models, given.keys, **ROOMY)
    ways += ways_of("embedded", stack.enter_context(embedded))
    off = Demo(folder / "off", given.models, given.keys, **ROOMY)
    off.application = "tests.bench.ledger_off:create_unrecorded"
    ways += ways_of("ledger off", stack.enter_context(off))[:1]
    if given.production:
        redis = stack.enter_context(RedisServer())
        postgres = stack.enter_context(PostgresServer())
        urls = {"ENTRY_RISK_REDIS_URL": redis.url, "ENTRY_RISK_DATABASE_URL": postgres.url}
        both = Demo(folder / "production", given.models, given.keys, **ROOMY, **urls)
        ways += ways_of("Redis and PostgreSQL", stack.enter_context(both))
    version = (given.models / "LIVE").read_text().strip()
    model = given.models / version / "model.txt"
    columns = int(model.read_text().partition("max_feature_idx=")[2].split()[0]) + 1
    for name in given.peer:
        programs = peers.environment(name, given.peers)
        target = stack.enter_context(peers.serving(name, programs, model, folder / name))

        def made(count: int, seed: int, name: str = name) -> list[bytes]:
            return peers.bodies(name, columns, count, seed)

        ways.append(Way(target, made))
    return ways


def main(given: argparse.Namespace) -> None:
    """Start, measure in turn, print and draw."""
    with ExitStack() as stack:
        ways = start(stack, given)
        for at in range(given.rounds + 1):
            for connections in CONNECTIONS:
                for way in ways:
                    if way.entries == 1 or connections == 1:
                        way.run(connections, seed=at * 1000 + connections)
            if at == 0:
                for way in ways:
                    way.rounds.clear()  # the first round warms up
        for line in table(ways):
            sys.stdout.write(line + "\n")
        sys.stdout.write("\n")
        for name, pid in {way.target.name.split(",")[0]: way.target.pid for way in ways}.items():
            sys.stdout.write(f"* {name}: {resident_mib(pid):.0f} MiB resident\n")
    if given.svg is not None:
        eight = [(way.target.name, way.rounds[8]) for way in ways if 8 in way.rounds]
        figures = [(name, median(used for used, _ in found) * 1e6) for name, found in eight]
        given.svg.write_text(bars("CPU of the server a request, µs, 8 connections", figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--keys", type=Path, default=ROOT / "var" / "keys")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--production", action="store_true", help="also on Redis and PostgreSQL")
    parser.add_argument("--peers", type=Path, default=ROOT / "var" / "peers")
    parser.add_argument("--peer", nargs="*", default=[], choices=peers.NAMES)
    parser.add_argument("--svg", type=Path)
    main(parser.parse_args())
