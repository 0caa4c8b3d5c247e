"""R5: retries with one key race over client workers while the server is killed."""

import json
import subprocess
import sys
import time
from collections import Counter
from typing import Any

from tests.reliability.findings import Found
from tests.reliability.machine import ROOT
from tests.reliability.racer import EVERY
from tests.reliability.service import chain_break, folder, ledger_url, new_key, prepared, stored
from tests.service_process import ServiceProcess

WORKERS, TRIES = 4, 5
RIVAL = "rival"


def run(retries: int = 10_000, kills: int = 2, per_s: float = 8.0) -> Found:
    """Race that many retries; every key is asked for WORKERS * TRIES times."""
    keys = retries // (WORKERS * TRIES)
    with folder() as place:
        service = prepared(place)
        other_key = new_key(service.settings, RIVAL)
        service.start()
        racers = begin(service, other_key, keys, per_s)
        for _ in range(kills):
            time.sleep(keys / per_s / (kills + 1))
            service.kill()
            service.start()
        found = judged(racers, keys)
        service.stop()
        where = ledger_url(service)
        kept, rivals = stored(where), stored(where, RIVAL)
        broken = chain_break(where) or "none"
    found.figures |= {"kills": kills, "stored": sum(kept.values()), "chain break": broken}
    found.must(sum(kept.values()) == keys, f"wanted {keys} decisions, found {sum(kept.values())}")
    found.must(sum(rivals.values()) == -(-keys // EVERY), "the other tenant's are not its own")
    found.must(broken == "none", "the chain does not verify")
    return found


def begin(
    service: ServiceProcess, other_key: str, keys: int, per_s: float
) -> list["subprocess.Popen[bytes]"]:
    """Start the client workers; each asks for the same keys at the same moments."""
    words = [service.port, service.key, other_key, time.time() + 2, keys, per_s, TRIES]
    command = [sys.executable, "-m", "tests.reliability.racer", *map(str, words)]
    return [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(WORKERS)]


def judged(racers: list["subprocess.Popen[bytes]"], keys: int) -> Found:
    """Wait for the client workers and return what they were told."""
    told = [json.loads(each.communicate(timeout=900)[0]) for each in racers]
    statuses = Counter[str]()
    for each in told:
        statuses.update(each["statuses"])
    found = _agreed(told, keys)
    found.figures |= {
        "answered 200": statuses["200"],
        "told 409, still running": statuses["409"],
        "turned away 503": statuses["503"],
        "cut by a kill": statuses["lost"],
        "another body refused 422": statuses["422"],
    }
    unlike = set(statuses) - {"200", "409", "503", "lost", "422"}
    found.must(not unlike, f"unexpected answers: {sorted(unlike)}")
    return found


def _agreed(told: list[dict[str, Any]], keys: int) -> Found:
    """Hold that all workers were told the same of each key, and nobody another's."""
    found, answers, others = Found(), dict[str, set[str]](), dict[str, set[str]]()
    for each in told:
        for where, what in ((answers, each["answers"]), (others, each["others"])):
            for name, digests in what.items():
                where.setdefault(name, set()).update(digests)
    differing = sum(len(digests) != 1 for digests in [*answers.values(), *others.values()])
    shared = sum(bool(digests & answers[name]) for name, digests in others.items())
    let_in = sum(each["let_in"] for each in told)
    given_up = sum(each["given_up"] for each in told)
    found.figures |= {
        "keys": len(answers),
        "keys with differing replays": differing,
        "answers shared with another tenant": shared,
        "another body let in": let_in,
    }
    found.must(len(answers) == keys, "keys were left out")
    found.must(differing == 0, "replays of one key differ")
    found.must(shared == 0, "a tenant got another's answer")
    found.must(let_in == 0, "another body was answered under a used key")
    found.must(given_up == 0, f"{given_up} requests never came to an end")
    return found
