"""What is fuzzed: each target takes a random source, and raises where the product is at fault."""

import asyncio
import json
import random
import shutil
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from app.core.errors import EntryRiskError, ReferenceRefused
from app.core.model.bundle import Bundle
from app.core.reference import load_reference
from app.core.reference.importers import import_published
from app.core.reference.lookalikes import plain_characters
from app.services.assessed import Explain
from tests.desks import Bench, bench
from tests.fuzz.texts import disguised, mutated, nonsense
from tests.reference_packs import row, write_pack

CASES = Path(__file__).parents[1] / "golden" / "independent.jsonl"
PARTIES = ("importer", "manufacturer", "seller")
LISTS = {
    "uflpa": "Entity Name,Effective Date\n",
    "cbp-orders": "Entity,Country,Status,WRO/Finding,Effective Date,Industry\n",
    "hts": "HTS Number,Indent,Description\n",
    "ofac-sdn": "",
    "ofac-alt": "",
}
DAY = date(2026, 11, 20)
RANK = {"release": 0, "review": 1, "hold": 2}
Target = Callable[[random.Random], Awaitable[None]]


class Fuzz:
    """Entries whose texts are changed, scored by a desk with a real model; lists that are read."""

    at: Bench

    def __init__(self, bundle: Bundle, folder: Path) -> None:
        lines = CASES.read_text(encoding="utf-8").splitlines()
        self.entries = [json.loads(each)["entry"] for each in lines]
        self.bundle, self.folder = bundle, folder
        self.names = sorted({each.name for each in load_reference().listed})
        self.base = write_pack(folder / "base", entities=[row("entities", list="CAATSA-321")])
        self.targets: Mapping[str, Target] = {
            "names": self.of_names,
            "addresses": self.of_addresses,
            "postal": self.of_postal_codes,
            "lists": self.of_lists,
        }

    async def run(self, target: str, seed: int, seconds: float) -> int:
        """Try `target` for `seconds`; return how many tries it were."""
        rng, tries = random.Random(seed), 0  # noqa: S311
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            with bench(self.bundle) as self.at:  # anew now and then: its ledger is in memory
                await self.at.models.reload()
                for _ in range(500):
                    await self.targets[target](rng)
                    tries += 1
                    if loop.time() >= until:
                        break
        return tries

    async def of_names(self, rng: random.Random) -> None:
        """Change the names of parties and of goods; a disguise keeps every band."""
        await self._compared(rng, ("name", "description"), rng.choice(self.names))

    async def of_addresses(self, rng: random.Random) -> None:
        """Change towns and addresses; a disguise keeps every band."""
        await self._compared(rng, ("city", "address"), "Yuanqu Road 8, Urumqi")

    async def of_postal_codes(self, rng: random.Random) -> None:
        """Change postal codes; a disguise keeps every band."""
        await self._compared(rng, ("postal_code",), rng.choice(("830000", "118-000", "13300 0")))

    async def of_lists(self, rng: random.Random) -> None:
        """Read a damaged list: a refusal that says why, or a whole pack."""
        kind = rng.choice(list(LISTS))
        rows = [",".join(self._cells(rng)) for _ in range(rng.randint(0, 30))]
        data = bytearray((LISTS[kind] + "\n".join(rows)).encode(errors="replace"))
        for _ in range(rng.choice((0, 0, 1, 20))):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        try:
            import_published(kind, bytes(data), self.base, out, as_of=DAY)
        except ReferenceRefused as refused:
            assert str(refused)  # noqa: PT017
            assert not out.exists()
        else:
            assert load_reference(out)

    def _cells(self, rng: random.Random) -> list[str]:
        makes = (
            lambda: mutated(rng, rng.choice(self.names)),
            lambda: nonsense(rng),
            lambda: rng.choice(("June 21, 2022", "06/24/2021", "2026-02-30", "", "China", "WRO")),
        )
        return [f'"{rng.choice(makes)()}"' if rng.random() < 0.7 else "" for _ in range(6)]

    async def _compared(self, rng: random.Random, fields: tuple[str, ...], other: str) -> None:
        document = deepcopy(rng.choice(self.entries))
        document["lines"] = document["lines"][:3]
        if rng.random() < 0.7:  # else the goods come back: a floor of before has to hold, too
            document.pop("bills_of_lading", None)
            document.pop("containers", None)
        is_changed = rng.random() < 0.5
        if is_changed:
            _change(document, fields, lambda text: mutated(rng, rng.choice((text, other))))
            await self._bands(document)
            _change(document, fields, plain_characters)  # what a reader sees of it
        plain = await self._bands(document)
        _change(document, fields, lambda text: disguised(rng, text))
        seen = await self._bands(document)
        if plain is None or seen is None:
            return
        # A character that is not seen is read as a gap, too: in words that were run together that
        # may tell a listed name which was hidden without it. It never hides one.
        lower = any(RANK[now] < RANK[then] for now, then in zip(seen, plain, strict=True))
        assert plain == seen or (is_changed and not lower), json.dumps(document)

    async def _bands(self, document: dict[str, Any]) -> list[str] | None:
        """Return the band of each line; None where the entry is refused by name of its field."""
        try:
            answer = await self.at.score(document, Explain.CODES)
        except EntryRiskError as refused:
            assert str(refused)  # noqa: PT017
            return None
        return [line["band"] for line in answer["lines"]]


def _change(document: dict[str, Any], fields: tuple[str, ...], how: Callable[[str], str]) -> None:
    """Change `fields` of every party and line by `how`."""
    held = [document, *document["lines"]]
    for each in held:
        parties = [each[name] for name in PARTIES if isinstance(each.get(name), dict)]
        for part in (*parties, each):
            for field in fields:
                if isinstance(part.get(field), str):
                    part[field] = how(part[field])
