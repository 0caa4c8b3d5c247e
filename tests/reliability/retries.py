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
from tests.served_process import ServedProcess

WORKERS, TRIES = 4, 5


def run(retries: int = 10_000, kills: int = 2, per_s: float = 8.0) -> Found:
    """Race that many retries; every key is asked for WORKERS * TRIES times."""
    found, keys = Found(), retries // (WORKERS * TRIES)
    with folder() as place:
        service = prepared(place)
        other_key = new_key(service.settings, "rival")
        service.start()
        racers = _begin(service, other_key, keys, per_s)
        for _ in range(kills):
            time.sleep(keys / per_s / (kills + 1))
            service.kill()
            service.start()
        told = [json.loads(each.communicate(timeout=900)[0]) for each in racers]
        service.stop()
        where = ledger_url(service)
        kept, rivals = stored(where), stored(where, "rival")
        found.figures |= {"stored": sum(kept.values()), "chain break": chain_break(where) or "none"}
    _judge(found, told, keys)
    found.figures["kills"] = kills
    found.must(sum(kept.values()) == keys, f"wanted {keys} decisions, found {sum(kept.values())}")
    found.must(sum(rivals.values()) == -(-keys // EVERY), "the other tenant's are not its own")
    found.must(found.figures["chain break"] == "none", "the chain does not verify")
    return found


def _begin(
    service: ServedProcess, other_key: str, keys: int, per_s: float
) -> list["subprocess.Popen[bytes]"]:
    words = [service.port, service.key, other_key, time.time() + 2, keys, per_s, TRIES]
    command = [sys.executable, "-m", "tests.reliability.racer", *map(str, words)]
    return [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(WORKERS)]


def _judge(found: Found, told: list[dict[str, Any]], keys: int) -> None:
    answers, statuses = dict[str, set[str]](), Counter[str]()
    others = dict[str, set[str]]()
    for each in told:
        statuses.update(each["statuses"])
        for where, what in ((answers, each["answers"]), (others, each["others"])):
            for name, digests in what.items():
                where.setdefault(name, set()).update(digests)
    differing = sum(len(digests) != 1 for digests in [*answers.values(), *others.values()])
    shared = sum(bool(digests & answers[name]) for name, digests in others.items())
    let_in = sum(each["let_in"] for each in told)
    given_up = sum(each["given_up"] for each in told)
    found.figures |= {
        "answered 200": statuses["200"],
        "told 409, still running": statuses["409"],
        "turned away 503": statuses["503"],
        "cut by a kill": statuses["lost"],
        "another body refused 422": statuses["422"],
        "keys": len(answers),
        "keys with differing replays": differing,
        "answers shared with another tenant": shared,
        "another body let in": let_in,
    }
    unlike = set(statuses) - {"200", "409", "503", "lost", "422"}
    found.must(not unlike, f"unexpected answers: {sorted(unlike)}")
    found.must(len(answers) == keys, "keys were left out")
    found.must(differing == 0, "replays of one key differ")
    found.must(shared == 0, "a tenant got another's answer")
    found.must(let_in == 0, "another body was answered under a used key")
    found.must(given_up == 0, f"{given_up} requests never came to an end")
