"""Lane priors and value norms: what crossed goods-and-route keys taught, frozen after training.

A lane is a cross of fields of an entry line, such as HS6 by origin by export country. Its prior is
a smoothed outcome rate: rate = (positives + smoothing * parent's rate) / (lines + smoothing), so
that a lane never seen has exactly the rate of its parent, and the root the rate of all lines.
Source: docs/adr/0009-lane-priors.md.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from app.core.entry import Entry, EntryLine
from app.core.errors import BundleUnreadable, InvalidField

FORMAT = 1
UNKNOWN = ""  # the value of a lane field that was not declared
SEPARATOR = "\x1f"  # between the fields of a key; no code or text of an entry can hold it
MEASURES = ("value", "weight", "per_kg")  # what value norms are kept of
NORM_NAMES = tuple(f"valuation.{measure}_against_lane" for measure in MEASURES)
_ATTRIBUTE = "attribute:"
FIELD_NAMES = (
    "hts",
    "hs6",
    "hs4",
    "hs2",
    "origin",
    "export",
    "preference",
    "rate",
    "treatment",
    "mode",
    "port",
    "entry_type",
    "value",
    "weight",
    "value_magnitude",
    "weight_magnitude",
    "per_kg_magnitude",
)


@dataclass(frozen=True, slots=True)
class Cross:
    """A lane key: its `fields` in order, the cross it backs off to, and how hard it is smoothed.

    `parent` is the name of an earlier cross, or None for the rate of all lines; `smoothing` is how
    many lines' worth of trust the parent's rate gets, above 0.
    """

    name: str
    fields: tuple[str, ...]
    parent: str | None
    smoothing: float

    def __post_init__(self) -> None:
        """Refuse a cross of nothing, of an unknown field, or without smoothing."""
        unknown = [
            name
            for name in self.fields
            if name not in FIELD_NAMES and not name.startswith(_ATTRIBUTE)
        ]
        if not self.fields or unknown:
            message = f"cross {self.name}: found fields {unknown or 'none'}, wanted {FIELD_NAMES}"
            raise InvalidField("fields", "invalid_cross", message)
        if not (math.isfinite(self.smoothing) and self.smoothing > 0):
            message = f"cross {self.name}: found {self.smoothing}, wanted a number above 0"
            raise InvalidField("smoothing", "invalid_cross", message)

    def key(self, fields: Mapping[str, str]) -> str:
        """Return the lane `fields` lie in; a field that is missing counts as unknown."""
        return SEPARATOR.join([fields.get(name, UNKNOWN) for name in self.fields])


@dataclass(frozen=True, slots=True)
class ValueNorm:
    """Medians of each of MEASURES in each lane of a cross; NaN where no line had the measure."""

    cross: Cross
    medians: Mapping[str, tuple[float, ...]]


class FittedLanes:
    """Frozen lane priors and value norms; one row of features a line, in `feature_names` order.

    `counts[i]` maps each key of `crosses[i]` to (lines, positives of each target), as weights.
    `root` is the same for all lines. `norms` run from the finest cross to the coarsest; the first
    one that holds the line's key is used.
    """

    __slots__ = ("_base", "_plan", "counts", "crosses", "feature_names", "norms", "root", "targets")

    def __init__(
        self,
        *,
        crosses: Sequence[Cross],
        targets: Sequence[str],
        root: Sequence[float],
        counts: Sequence[Mapping[str, tuple[float, ...]]],
        norms: Sequence[ValueNorm] = (),
    ) -> None:
        """Freeze; raise InvalidField where a parent does not come before its child."""
        self.crosses = tuple(crosses)
        self.targets = tuple(targets)
        self.root = tuple(root)
        tables = [dict(table) for table in counts]
        self.counts = tuple(MappingProxyType(table) for table in tables)
        self.norms = tuple(norms)
        base = [positives / self.root[0] for positives in self.root[1:]]
        self._base = (base, [log_odds(rate) for rate in base])
        parents = parent_positions(self.crosses)
        self._plan = [
            (cross.fields, table, cross.smoothing, parent)
            for cross, table, parent in zip(self.crosses, tables, parents, strict=True)
        ]
        self.feature_names = lane_feature_names(self.crosses, self.targets) + (
            NORM_NAMES if self.norms else ()
        )

    def values(self, line_key_fields: Mapping[str, str], value_per_kg: float) -> list[float]:
        """Return the line's lane features, in `feature_names` order.

        For each cross: the log-odds of the smoothed rate of each target, then the log of one plus
        the number of training lines (0: lane never seen). Then how far the line's measures lie
        from the lane's medians, as differences of logs; NaN where measure or norm is unknown.
        """
        found: list[tuple[list[float], list[float]]] = []  # rates and log-odds of each cross
        row: list[float] = []
        get = line_key_fields.get
        for fields, table, smoothing, parent in self._plan:
            above = self._base if parent is None else found[parent]
            counts = table.get(SEPARATOR.join([get(name, UNKNOWN) for name in fields]))
            if counts is None:  # a lane never seen is its parent, to the last bit
                found.append(above)
                row += above[1]
                row.append(0.0)
                continue
            lines = counts[0]
            rates = [
                smoothed_rate(positives, lines, prior, smoothing)
                for positives, prior in zip(counts[1:], above[0], strict=True)
            ]
            odds = [log_odds(rate) for rate in rates]
            found.append((rates, odds))
            row += odds
            row.append(math.log1p(lines))
        if self.norms:
            row.extend(self._against_norms(line_key_fields, value_per_kg))
        return row

    def _against_norms(self, fields: Mapping[str, str], value_per_kg: float) -> list[float]:
        found = measures(fields, value_per_kg)
        for norm in self.norms:
            medians = norm.medians.get(norm.cross.key(fields))
            if medians is not None:
                return [each - median for each, median in zip(found, medians, strict=True)]
        return [math.nan] * len(MEASURES)

    def to_bytes(self) -> bytes:
        """Return canonical JSON: keys sorted, floats in their shortest exact form."""
        document = {
            "format": FORMAT,
            "targets": self.targets,
            "root": self.root,
            "crosses": [
                asdict(cross) | {"counts": dict(table)}
                for cross, table in zip(self.crosses, self.counts, strict=True)
            ],
            "norms": [
                {"cross": asdict(each.cross), "medians": _without_nan(each.medians)}
                for each in self.norms
            ],
        }
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "FittedLanes":
        """Return the lanes that `to_bytes` wrote; raise BundleUnreadable for anything else."""
        try:
            return _from_document(cls, json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BundleUnreadable(f"lane priors: {error}") from error


def _from_document(made: type[FittedLanes], document: Mapping[str, Any]) -> FittedLanes:
    if document["format"] != FORMAT:
        raise ValueError(f"found format {document['format']}, wanted {FORMAT}")
    return made(
        crosses=[_cross(each) for each in document["crosses"]],
        targets=document["targets"],
        root=document["root"],
        counts=[
            {key: tuple(counts) for key, counts in each["counts"].items()}
            for each in document["crosses"]
        ],
        norms=[_norm(each) for each in document["norms"]],
    )


def _cross(document: Mapping[str, Any]) -> Cross:
    return Cross(
        document["name"], tuple(document["fields"]), document["parent"], document["smoothing"]
    )


def _without_nan(medians: Mapping[str, tuple[float, ...]]) -> dict[str, list[float | None]]:
    return {
        key: [None if math.isnan(each) else each for each in found]
        for key, found in medians.items()
    }


def _norm(document: Mapping[str, Any]) -> ValueNorm:
    medians = {
        key: tuple(math.nan if each is None else each for each in found)
        for key, found in document["medians"].items()
    }
    return ValueNorm(_cross(document["cross"]), medians)


def lane_feature_names(crosses: Sequence[Cross], targets: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of lane priors: for each cross a rate for each target, then support.

    The first target is the label itself: `lane.<cross>.log_odds`; others carry their name.
    """
    rates = ["log_odds", *(f"{target}_log_odds" for target in targets[1:])]
    return tuple(f"lane.{cross.name}.{part}" for cross in crosses for part in [*rates, "support"])


def parent_positions(crosses: Sequence[Cross]) -> tuple[int | None, ...]:
    """Return where each cross's parent stands, None for the root.

    Raises InvalidField where a name is used twice or a parent does not come earlier.
    """
    known: dict[str, int] = {}
    positions: list[int | None] = []
    for place, cross in enumerate(crosses):
        if cross.name in known:
            raise InvalidField("name", "invalid_cross", f"found cross {cross.name} twice")
        if cross.parent is not None and cross.parent not in known:
            message = f"cross {cross.name}: found parent {cross.parent}, wanted an earlier cross"
            raise InvalidField("parent", "invalid_cross", message)
        positions.append(None if cross.parent is None else known[cross.parent])
        known[cross.name] = place
    return tuple(positions)


def smoothed_rate(positives: float, lines: float, prior: float, smoothing: float) -> float:
    """Return the outcome rate drawn towards `prior` with the weight of `smoothing` lines."""
    return (positives + smoothing * prior) / (lines + smoothing)


def log_odds(rate: float) -> float:
    """Return the log-odds of `rate`, which is kept within 1e-7 of 0 and 1."""
    kept = min(max(rate, 1e-7), 1 - 1e-7)
    return math.log(kept / (1 - kept))


def lane_fields(
    entry: Entry, line: EntryLine, treatment_attributes: tuple[str, ...]
) -> dict[str, str]:
    """Return the fields that lanes are crossed from; what was not declared is "".

    `treatment` is how duty is assessed: the preference and the `treatment_attributes` in their
    order; `rate` is apart. `value` and `weight` are exact numbers as text, magnitudes their powers
    of two: "3" is 4 up to 8 (exclusive), "none" is 0.
    """
    hts = line.hts
    preference = line.preference or UNKNOWN
    treatment = [line.attributes.get(name, UNKNOWN) for name in treatment_attributes]
    fields = {
        "hts": str(hts),
        "hs6": hts[:6],
        "hs4": hts[:4],
        "hs2": hts[:2],
        "origin": str(line.origin_country),
        "export": entry.export_country or UNKNOWN,
        "preference": preference,
        "rate": _plain_or_unknown(line.duty_rate_percent),
        "treatment": "|".join([preference, *treatment]),
        "mode": entry.mode_of_transport or UNKNOWN,
        "port": entry.port_of_entry or UNKNOWN,
        "entry_type": entry.entry_type or UNKNOWN,
        "value": plain(line.entered_value_usd),
        "weight": _plain_or_unknown(line.gross_weight_kg),
        "value_magnitude": magnitude(line.entered_value_usd),
        "weight_magnitude": magnitude(line.gross_weight_kg),
        "per_kg_magnitude": _per_kg_magnitude(line),
    }
    for name, value in line.attributes.items():
        fields[_ATTRIBUTE + name] = value
    return fields


def plain(number: Decimal) -> str:
    """Return a number without exponent or trailing zeros: 8.0 and 8 are the same rate."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain_or_unknown(number: Decimal | None) -> str:
    return UNKNOWN if number is None else plain(number)


def magnitude(number: Decimal | None) -> str:
    """Return the power of two above `number` as text; "none" for 0, "" for unknown."""
    return UNKNOWN if number is None else _binary_magnitude(float(number))


def measures(fields: Mapping[str, str], value_per_kg: float) -> list[float]:
    """Return the logs of one plus value, one plus weight, and value per kilogram; NaN unknown."""
    value, weight = fields.get("value", UNKNOWN), fields.get("weight", UNKNOWN)
    return [
        math.log1p(float(value)) if value else math.nan,
        math.log1p(float(weight)) if weight else math.nan,
        math.log(value_per_kg) if value_per_kg > 0 and value_per_kg < math.inf else math.nan,
    ]


def value_per_kg(line: EntryLine) -> float:
    """Return declared value per kilogram, USD/kg; NaN where the weight is unknown or 0."""
    if not line.gross_weight_kg:
        return math.nan
    return float(line.entered_value_usd) / float(line.gross_weight_kg)


def _per_kg_magnitude(line: EntryLine) -> str:
    per_kg = value_per_kg(line)
    return UNKNOWN if math.isnan(per_kg) else _binary_magnitude(per_kg)


def _binary_magnitude(number: float) -> str:
    # frexp is exact, so the same number never falls on two sides of a boundary
    return "none" if number <= 0 else str(math.frexp(number)[1])
