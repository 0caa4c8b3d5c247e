"""Open-loop load from a process of its own: requests leave at their times, whatever comes back.

    python -m tests.load.generator URL KEY RATE SECONDS [PATH]

Prints one JSON document: for each answer [seconds since its time to leave, status], and how many
never came. A request that could not leave in time is measured from when it should have.
"""

import asyncio
import json
import sys
from typing import Any

from tests.load.documents import document_of
from tests.load.wire import LOST, Wire, paced

TIMEOUT_S = 10.0


async def run(port: int, key: str, per_s: float, seconds: float, path: str) -> dict[str, Any]:
    """Send the load and return what came of it."""
    loop = asyncio.get_running_loop()
    idle: list[Wire] = []
    answers: list[tuple[float, int]] = []
    lost = 0
    begun = loop.time()

    async def send(number: int) -> None:
        nonlocal lost
        body = json.dumps(document_of(1000 + number)).encode()
        wire = idle.pop() if idle else Wire(port, key, TIMEOUT_S)
        try:
            heard = await wire.ask("POST", path, body)
        except LOST:
            lost += 1
            return
        idle.append(wire)
        answers.append((loop.time() - begun - number / per_s, heard.status))

    await paced(per_s, seconds, send)
    for wire in idle:
        wire.close()
    return {"answers": answers, "lost": lost}


def main() -> None:
    """Run the load of the command line."""
    url, key, per_s, seconds, *path = sys.argv[1:]
    port = int(url.rpartition(":")[2])
    to = path[0] if path else "/v1/score"
    found = asyncio.run(run(port, key, float(per_s), float(seconds), to))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
