"""HS and HTS codes from the project's fact files: codes and dates only, no descriptions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from app.core.errors import ReferenceRefused
from app.core.reference.importers.staging import (
    Cells,
    Imported,
    Reject,
    base_rows,
    read_records,
    tail,
)
from app.core.reference.kinds import Source
from app.core.reference.tables import join_list

_HS_DIGITS = 6
_PSEUDO_CODES = frozenset({"999999"})  # UN Comtrade's "commodities not specified", not an HS code
_HS_SOURCE = "hs2022"
HTS_SOURCE = "hts"
_MOST_GONE = 0.3  # share of codes one edition may end; above it the file is one chapter


def import_hs_codes(data: bytes, base: Path, as_of: date) -> Imported:
    """Read hs_codes.csv (columns hs_code, digits); keep the dates the base pack knows.

    A code new to the base begins on `as_of`; one that is gone ends on it.
    """
    known = {row["hs6"]: row for row in base_rows(base, "hs6") if not row["effective_to"]}
    ended = [row for row in base_rows(base, "hs6") if row["effective_to"]]
    rows: list[Cells] = []
    rejects: list[Reject] = []
    read = 0
    for number, record in read_records(data, "hs_codes.csv", required=("hs_code", "digits")):
        code = record["hs_code"]
        if record["digits"] != str(_HS_DIGITS) or code in _PSEUDO_CODES:
            continue
        read += 1
        if not (len(code) == _HS_DIGITS and code.isascii() and code.isdigit()):
            rejects.append(Reject(number, f"hs_code is {code[:20]!r}, wanted 6 digits"))
            continue
        fresh = {"hs6": code, **tail(_HS_SOURCE, as_of, verified=True, start=as_of)}
        rows.append(known.pop(code, fresh))
    gone = [{**row, "effective_to": as_of.isoformat()} for row in known.values()]
    text = "HS 2022 codes of datasets/harmonized-system, from UN Comtrade; codes only"
    source = Source(_HS_SOURCE, text, "PDDL", as_of)
    return Imported({"hs6": [*rows, *ended, *gone]}, (source,), read, tuple(rejects))


def import_hts_facts(data: bytes, base: Path, as_of: date) -> Imported:
    """Read htsus.csv (column hts_code, 4 to 10 digits without dots)."""
    records = read_records(data, "htsus.csv", required=("hts_code",))
    return merge_hts([(number, row["hts_code"]) for number, row in records], base, as_of)


def merge_hts(codes: Iterable[tuple[int, str]], base: Path, as_of: date) -> Imported:
    """Return the HTS table after an edition: codes that went end, those that came begin.

    `codes` are numbered texts of digits; 4 and 6 digits are headings and are passed over.
    Raises ReferenceRefused when the base is of a later date.
    """
    suffixes: dict[str, set[str]] = {}
    rejects: list[Reject] = []
    read = 0
    for number, code in codes:
        read += 1
        if not (code.isascii() and code.isdigit() and len(code) in {4, 6, 8, 10}):
            rejects.append(Reject(number, f"code is {code[:20]!r}, wanted 4, 6, 8 or 10 digits"))
        elif len(code) >= 8:
            suffixes.setdefault(code[:8], set()).update({code[8:]} - {""})
    joined = {hts8: join_list(sorted(found)) for hts8, found in suffixes.items()}
    rows = _edition(base_rows(base, "hts"), joined, as_of)
    text = "HTSUS, export of the USITC; codes only; revision not stated by the file"
    source = Source(HTS_SOURCE, text, "US government work", as_of)
    return Imported({"hts": rows}, (source,), read, tuple(rejects))


def _edition(before: Sequence[Cells], now: Mapping[str, str], as_of: date) -> list[Cells]:
    day = as_of.isoformat()
    standing = [row["hts8"] for row in before if not row["effective_to"]]
    if sum(hts8 not in now for hts8 in standing) > len(standing) * _MOST_GONE:
        raise ReferenceRefused(f"hts: found {len(now)} codes, wanted the whole schedule")
    if any(row["as_of"] > day for row in before):
        raise ReferenceRefused(f"hts: edition of {day} is older than the base, wanted a later one")
    rows: list[Cells] = []
    kept: set[str] = set()
    for row in before:
        same = now.get(row["hts8"]) == row["suffixes"]
        if row["effective_to"]:
            rows.append(row)
        elif same:
            kept.add(row["hts8"])
            rows.append({**row, "as_of": day, "source": HTS_SOURCE})
        elif row["effective_from"] != day:  # read twice on one day, the second reading counts
            rows.append({**row, "effective_to": day})
    for hts8, suffixes in now.items():
        if hts8 not in kept:
            cells = tail(HTS_SOURCE, as_of, verified=True, start=as_of)
            rows.append({"hts8": hts8, "suffixes": suffixes, **cells})
    return rows
