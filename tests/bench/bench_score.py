"""What a whole score costs against a FastAPI route that does nothing: server CPU a request.

python -m tests.bench.bench_score [--models models --keys var/keys] [--rounds 5] [--production]

Both servers run in processes of their own and are asked in turn, round after round, with bodies
that differ in every request. The figure is the ratio of the CPU time that the server process used,
the median of the rounds and their spread: the machine may be shared.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import httpx

from app.core.model.registry import LIVE
from app.settings import read_settings
from tests.bench.score_bodies import made_bodies
from tests.served_process import resident_mib
from tests.servers import PostgresServer, RedisServer, _free_port
from tests.service_process import ROOT, ServiceProcess

CONNECTIONS = 8
A_ROUND = 256  # requests, each with another body
EXPLAINS = ("none", "codes")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Target:
    """A server to ask: its process, its port and what follows the path and the common headers."""

    name: str
    pid: int
    port: int
    query: str = ""
    headers: str = ""
    path: str = "/v1/score"


class Demo(ServiceProcess):
    """The service with a bundle that was made before, believed as in development."""

    def __init__(self, folder: Path, models: Path, keys: Path, **environment: str) -> None:
        shutil.copytree(keys, folder / "var" / "keys")
        version = (models / LIVE).read_text().strip()
        shutil.copytree(models / version, folder / "models" / version)
        shutil.copy(models / LIVE, folder / "models" / LIVE)
        # looked for as often as in production, not five times a second as tests want it
        super().__init__(folder, **{"ENTRY_RISK_MODEL_POLL_S": "5", **environment})
        if (database := environment.get("ENTRY_RISK_DATABASE_URL")) is not None:
            self.settings = read_settings(
                data_dir=folder / "var", models_dir=folder / "models", database_url=database
            )
            self.key = self._make_key()  # where the server will look for it


def cpu_s(pid: int) -> float:
    """Return the CPU seconds, user and system, that a process has used with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def ask(target: Target, bodies: Sequence[bytes], connections: int = CONNECTIONS) -> None:
    """Send each body once over `connections`; raise where one is not answered 200."""
    waiting = iter(bodies)

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        for body in waiting:
            writer.write(
                f"POST {target.path}{target.query} HTTP/1.1\r\nHost: bench\r\n{target.headers}"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if not head.startswith(b"http/1.1 200"):
                raise SystemExit(f"{target.name}: {answer[:500].decode()}")
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(connections)))


def measured(target: Target, bodies: Sequence[bytes]) -> float:
    """Return the CPU seconds that the server used for each of `bodies`."""
    before = cpu_s(target.pid)
    asyncio.run(ask(target, bodies))
    return (cpu_s(target.pid) - before) / len(bodies)


@contextmanager
def noop() -> Iterator[Target]:
    """Give the route that does nothing, in a process of its own."""
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "tests.bench.noop_route:create_noop"]
    command += ["--port", str(port), "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(600):
            try:
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield Target("no-op", process.pid, port)
    finally:
        process.terminate()
        process.wait()


def compare(base: Target, others: Sequence[Target], rounds: int) -> Iterator[str]:
    """Measure all targets in turn, `rounds` times after one to warm up; yield lines of figures."""
    figures: dict[str, list[float]] = {each.name: [] for each in (base, *others)}
    bodies = iter(made_bodies(A_ROUND * len(figures) * (rounds + 1), seed=1))
    for at in range(rounds + 1):
        for target in (base, *others):
            seconds = measured(target, list(islice(bodies, A_ROUND)))
            if at:
                figures[target.name].append(seconds)
    yield f"{base.name}: {median(figures[base.name]) * 1e6:.0f} microseconds of CPU a request"
    for each in others:
        ratios = [
            ours / theirs
            for ours, theirs in zip(figures[each.name], figures[base.name], strict=True)
        ]
        yield (
            f"{each.name}: {median(figures[each.name]) * 1e6:.0f} microseconds,"
            f" ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def main(models: Path, keys: Path, rounds: int, *, production: bool) -> None:
    """Start what is asked, measure, and print."""
    with ExitStack() as stack:
        environment: dict[str, str] = {}
        if production:
            redis, postgres = stack.enter_context(RedisServer()), PostgresServer()
            stack.enter_context(postgres)
            environment = {
                "ENTRY_RISK_REDIS_URL": redis.url,
                "ENTRY_RISK_DATABASE_URL": postgres.url,
            }
        base = stack.enter_context(noop())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        began = time.perf_counter()
        service = stack.enter_context(Demo(folder, models, keys, **environment))
        ready_s, start_cpu_s = time.perf_counter() - began, cpu_s(service.pid)
        key = f"Authorization: Bearer {service.key}\r\n"
        ours = [
            Target(f"whole score, explain={how}", service.pid, service.port, f"?explain={how}", key)
            for how in EXPLAINS
        ]
        for line in compare(base, ours, rounds):
            sys.stdout.write(line + "\n")
        resident = resident_mib(service.pid)
        sys.stdout.write(
            f"start to ready {ready_s:.1f} s of which {start_cpu_s:.1f} s of CPU,"
            f" resident {resident:.0f} MiB\n"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--keys", type=Path, default=ROOT / "var" / "keys")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--production", action="store_true", help="on Redis and PostgreSQL")
    given = parser.parse_args()
    main(given.models, given.keys, given.rounds, production=given.production)
