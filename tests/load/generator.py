"""Open-loop load from a process of its own: requests leave at their times, whatever comes back.

    python -m tests.load.generator URL KEY RATE SECONDS [PATH]

Prints one JSON document: for each answer [seconds since its time to leave, status], and how many
never came. A request that could not leave in time is measured from when it should have.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, replace
from typing import Any

from tests.load.documents import document_of


@dataclass(frozen=True, slots=True)
class Load:
    """Where to, how often and how long."""

    host: str
    port: int
    key: str
    per_s: float
    seconds: float
    path: str = "/v1/score"
    timeout_s: float = 10.0


async def run(load: Load) -> dict[str, Any]:
    """Send the load and return what came of it."""
    loop = asyncio.get_running_loop()
    begun, idle, tasks = loop.time(), list[Link](), set[asyncio.Task[tuple[float, int]]]()
    for number in range(int(load.per_s * load.seconds)):
        due = begun + number / load.per_s
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        tasks.add(asyncio.create_task(_one(load, number, due, idle)))
    answers = await asyncio.gather(*tasks)
    for link in idle:
        link[1].close()
    return {
        "answers": [each for each in answers if each[1]],
        "lost": sum(not a[1] for a in answers),
    }


Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _one(load: Load, number: int, due: float, idle: list[Link]) -> tuple[float, int]:
    loop = asyncio.get_running_loop()
    body = json.dumps(document_of(1000 + number)).encode()
    head = (
        f"POST {load.path} HTTP/1.1\r\nHost: {load.host}\r\nAuthorization: Bearer {load.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    try:
        async with asyncio.timeout(load.timeout_s):
            while idle and idle[-1][0].at_eof():
                idle.pop()[1].close()  # the server closed what was idle
            link = idle.pop() if idle else await asyncio.open_connection(load.host, load.port)
            link[1].write(head + body)
            answer = await link[0].readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length:")[1].split()[0])
            await link[0].readexactly(length)
    except (OSError, TimeoutError, EOFError, IndexError):
        return loop.time() - due, 0
    if b"connection: close" in answer.lower():
        link[1].close()
    else:
        idle.append(link)
    return loop.time() - due, int(answer.split()[1])


def main() -> None:
    """Run the load of the command line."""
    url, key, per_s, seconds, *path = sys.argv[1:]
    host, _, port = url.removeprefix("http://").partition(":")
    load = Load(host, int(port), key, float(per_s), float(seconds))
    load = replace(load, path=path[0]) if path else load
    sys.stdout.write(json.dumps(asyncio.run(run(load))))


if __name__ == "__main__":
    main()
