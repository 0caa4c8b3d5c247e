"""Request bodies for the scoring measurements: drafts and filings, known parties and strangers."""

import json
from copy import deepcopy
from random import Random
from typing import Any

from tests.golden_cases import cases

KNOWN_SHARE = 0.8  # of a day's entries name parties that were seen before (specs: request mix)
_FORMS = ("Co., Ltd.", "Trading Co., Ltd.", "Industrial Co., Ltd.", "LLC", "GmbH", "S.A.")
_WORDS = (
    "Northwind", "Bluewater", "Golden Dragon", "Eastern Light", "Summit", "Harmony", "Evergreen",
    "Silver Peak", "Lakeside", "Morning Star", "Pearl River", "Red Maple", "Granite", "Sunrise",
)  # fmt: skip


def made_bodies(count: int, seed: int, *, documented: float = 0.1) -> list[bytes]:
    """Return `count` bodies, each different: ordinary entries, a share of documented cases.

    Four fifths name one of 200 makers, the rest a maker of their own.
    """
    random = Random(seed)  # noqa: S311 - made-up entries, no secret
    bad = [case.entry for case in cases() if case.is_bad]
    benign = [case.entry for case in cases() if not case.is_bad]
    return [
        _dumped(
            _varied(random.choice(bad if random.random() < documented else benign), place, random)
        )
        for place in range(count)
    ]


def _varied(entry: dict[str, Any], place: int, random: Random) -> dict[str, Any]:
    varied = deepcopy(entry)
    varied["intent"] = "filed"
    varied["identifier_scheme"] = "bench"  # whose entry numbers have no check digit
    varied["entry_number"] = f"BENCH-{place:06d}"
    varied["bills_of_lading"] = [f"OOLU{random.randrange(10**10):010d}"]
    for line in varied["lines"]:
        line["entered_value_usd"] = (
            f"{random.randrange(1_000, 200_000)}.{random.randrange(100):02d}"
        )
        line["gross_weight_kg"] = str(random.randrange(50, 20_000))
        if random.random() < KNOWN_SHARE:
            number = random.randrange(200)
        else:
            number = 1_000 + random.randrange(10**6)
        line.setdefault("seller", {})["name"] = _name(number)
    return varied


def _name(number: int) -> str:
    pick = Random(number)  # noqa: S311 - a name, no secret
    return f"{pick.choice(_WORDS)} {number} {pick.choice(_FORMS)}"


def _dumped(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry).encode()
