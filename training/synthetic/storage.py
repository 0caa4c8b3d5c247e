"""The world as files: what a customer would have, the truth apart, and what was invented."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from training.files import write_atomically
from training.synthetic.marginals import Marginal, marginals
from training.synthetic.plan import REAL_STOP_SHARE, Plan
from training.synthetic.tables import FOLDER
from training.synthetic.world import World

FORMAT = 1
LINES, OUTCOMES, WORLD, TRUTH = "lines", "outcomes", "world.json", "truth"
CALIBRATED = (
    "shares, releases, values and times of stops as listed under marginals, each with source"
)
INVENTED = (
    "every importer, filer, supplier, trading firm, name, address, MID and number",
    "the mix, prices, weights, routes and transit times of honest trade",
    "the hidden networks: how many, how long they live, how they spread over goods and origins",
    "how often a relayed route shows, how far inputs are undervalued, how often fronts change",
    "what enforcement knows beyond an entry, and how it weighs what it found before",
    "how late outcomes come, which of them are wrong, and everything of fiscal year 2026",
)


@dataclass(frozen=True, slots=True)
class Written:
    """Where a world was written, and how its marginals came out."""

    folder: Path
    files: tuple[Path, ...]
    marginals: tuple[Marginal, ...]


def write_world(world: World, folder: Path, *, csv: bool = False) -> Written:
    """Write lines, outcomes, truth/ and world.json below `folder`; CSV copies where asked for.

    The same world gives the same bytes: no times, no paths, no machine in any file.
    """
    found = marginals(world.lines, world.outcomes, world.plan.enrichment)
    contents = {
        f"{LINES}.parquet": parquet_bytes(world.lines),
        f"{OUTCOMES}.parquet": parquet_bytes(world.outcomes),
        f"{TRUTH}/{TRUTH}.parquet": parquet_bytes(world.truth),
    }
    if csv:
        contents[f"{LINES}.csv"] = csv_bytes(world.lines)
        contents[f"{OUTCOMES}.csv"] = csv_bytes(world.outcomes)
    about = json.dumps(describe(world, found, contents), indent=2, ensure_ascii=False) + "\n"
    contents[WORLD] = about.encode()
    for name, data in contents.items():
        write_atomically(folder / name, data)
    return Written(folder, tuple(folder / name for name in contents), tuple(found))


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as Parquet; the same table gives the same bytes in one environment."""
    data = BytesIO()
    pq.write_table(table, data, compression="zstd", store_schema=False)
    return data.getvalue()


def csv_bytes(table: pa.Table) -> bytes:
    """Return a table as CSV; null is an empty cell."""
    data = BytesIO()
    pa_csv.write_csv(table, data, pa_csv.WriteOptions(quoting_style="needed"))
    return data.getvalue()


def describe(
    world: World, found: Sequence[Marginal], contents: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return what world.json says: how it was made, how rare things are, what is invented."""
    plan = world.plan
    hidden = world.truth["nexus"].to_numpy(zero_copy_only=False)
    numbers = world.truth["entry_number"].to_numpy(zero_copy_only=False)
    entries_with_nexus = len(set(numbers[hidden].tolist()))
    stops = next(each for each in found if each.claim == "entries for one stop").counted
    return {
        "format": FORMAT,
        "synthetic": True,
        "seed": plan.seed,
        "entries": plan.entries,
        "lines": world.lines.num_rows,
        "window": [plan.starts.isoformat(), plan.ends.isoformat()],
        "mechanisms": asdict(plan.mechanisms),
        "shift": plan.shift,
        "rates": {
            "nexus_entries": entries_with_nexus,
            "nexus_share": entries_with_nexus / plan.entries,
            "stops": stops,
            "stop_share": stops / plan.entries,
            "real_stop_share": REAL_STOP_SHARE,
            "enrichment": plan.enrichment,
            "restate": "a share of positives p here is p / (p + (1 - p) * enrichment) in trade",
        },
        "marginals": [
            {
                "claim": each.claim,
                "part": each.part,
                "unit": each.unit,
                "published": each.published,
                "generated": each.generated if each.counted else None,
                "counted": each.counted,
                "source": each.source,
            }
            for each in found
        ],
        "calibrated": CALIBRATED,
        "invented": list(INVENTED),
        "tables_digest": tables_digest(),
        "files": {name: _digest(data) for name, data in sorted(contents.items())},
    }


def restated(share: float, plan: Plan) -> float:
    """Return a share of positives (a precision) as it would be at the real base rate.

    Positives are `enrichment` times rarer there, while honest trade is as frequent.
    """
    return share / (share + (1 - share) * plan.enrichment)


def tables_digest() -> str:
    """Return one digest over the world's own tables, in the order of their names."""
    digest = sha256()
    for path in sorted(FOLDER.glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"sha256:{digest.hexdigest()}"


def _digest(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"
