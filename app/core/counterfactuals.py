"""Safe counterfactuals: what is missing or can't be verified, and what supplying it would do.

Nothing declared is ever proposed to be otherwise: no other origin, tariff code, route, party or
value. A score is recomputed only where the missing value follows from what is declared, or over a
documented range of what it can be; for anything else the answer is that it can't be told before it
is known.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from app.core.codes import EntryNumber
from app.core.entry import US_CBP, Entry, EntryLine, LegRole, Party
from app.core.features.lane import FittedLanes, lane_fields
from app.core.policy import Band, strictest
from app.core.preflight.mid_form import rebuilt
from app.core.reference.geography import is_cn_postal_code

# Fields that no proposal names and no what-if alters, whether declared or not.
PROTECTED = frozenset(
    {"hts", "origin_country", "export_country", "entered_value_usd", "duty_rate_percent"}
    | {"preference", "description", "attributes", "country", "name", "unlocode", "schedule_k"}
    | {"schedule_d", "role", "line_number", "entry_type", "entry_date", "identifier_scheme"}
)
# The only fields that a what-if fills, and only where they were empty (a postal code: unreadable).
FILLED = frozenset({"filer_code", "export_date", "gross_weight_kg", "postal_code"})
MOST_LINES = 20  # the strictest lines of an entry; a broker looks at those first
SAME = 1e-9  # log-odds under which a score did not change
# Days from export to arrival tried where the export date is missing, by the first digit of the
# mode: sea, rail, road, air; our own ranges of common transit times.
_DAYS = {"1": (7, 14, 21, 30, 45, 60), "2": (3, 7, 14, 21, 30), "3": (0, 1, 3, 7, 14)}
_DAYS_BY_AIR, _DAYS_ANY = (0, 1, 2, 3, 5), (0, 3, 7, 14, 21, 30, 45, 60)
WEIGHT_FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0)  # of the weight that the lane's median USD/kg gives
_MAX_WEIGHT_KG = 1e9
_PER_KG = 2  # place of value per kilogram among the measures of a lane norm


class Certainty(StrEnum):
    """How far the effect of a proposal can be told."""

    EXACT = "exact"
    RANGE = "range"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LineScore:
    """How one line scores: log-odds, 0 to 1000, and what would be done."""

    line_number: int
    raw_score: float
    score: int
    band: Band


@dataclass(frozen=True, slots=True)
class Effect:
    """What a proposal does to one line: from its score now to the lowest and highest tried."""

    now: LineScore
    lowest: LineScore
    highest: LineScore

    @property
    def changes(self) -> bool:
        """Whether score or band are other than now for any value tried."""
        tried = (self.lowest, self.highest)
        moved = any(abs(each.raw_score - self.now.raw_score) > SAME for each in tried)
        return moved or any(each.band is not self.now.band for each in tried)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing the broker could supply: where it goes, why, and what is tried for it.

    `line_number` None concerns the whole entry. `tried` are the entries with the value filled;
    none where the effect is unknown. `basis` says where the values come from.
    """

    code: str
    path: str
    line_number: int | None
    text: str
    certainty: Certainty
    basis: str
    tried: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """Proposals with their effects, and in one sentence what they come to."""

    proposals: tuple[tuple[Proposal, tuple[Effect, ...]], ...]
    text: str


Rescore = Callable[[Entry, Sequence[int]], Sequence[LineScore]]
NOTHING = "Nothing you can supply changes this."
NOT_NEEDED = "No line is at review or above; nothing needs to be supplied."
NOT_TOLD = "What would change can't be told before it is known."
SOME = "Supplying what is missing can change the score; nothing declared is to be changed."


def advise(
    entry: Entry,
    now: Sequence[LineScore],
    proposals: Sequence[Proposal],
    rescore: Rescore | None,
) -> Advice:
    """Return the effect of each proposal on the lines in `now` that it concerns.

    `rescore` gives the scores of some lines of an entry; None where the decision can't be
    recomputed, then no effect is told.
    """
    if all(each.band is Band.RELEASE for each in now):
        return Advice((), NOT_NEEDED)
    if rescore is None:
        told = [(replace(each, certainty=Certainty.UNKNOWN, tried=()), ()) for each in proposals]
        return Advice(tuple(told), NOT_TOLD if told else NOTHING)
    found = [(each, _effects(each, now, rescore)) for each in proposals]
    if any(effect.changes for _, effects in found for effect in effects):
        text = SOME
    elif any(each.certainty is Certainty.UNKNOWN for each, _ in found):
        text = NOT_TOLD
    else:
        text = NOTHING
    return Advice(tuple(found), text)


def _effects(proposal: Proposal, now: Sequence[LineScore], rescore: Rescore) -> tuple[Effect, ...]:
    concerned = [each for each in now if proposal.line_number in (None, each.line_number)]
    if not proposal.tried or not concerned:
        return ()
    numbers = [each.line_number for each in concerned]
    rounds = [rescore(tried, numbers) for tried in proposal.tried]
    return tuple(
        Effect(here, min(scores, key=_strength), max(scores, key=_strength))
        for here, scores in zip(concerned, zip(*rounds, strict=True), strict=True)
    )


def _strength(line: LineScore) -> tuple[int, float]:
    return line.band.strictness, line.raw_score


def lines_told(now: Sequence[LineScore]) -> tuple[LineScore, ...]:
    """Return the lines at review or above that are told of: the strictest, at most MOST_LINES."""
    looked_at = [each for each in now if each.band is not strictest(())]
    return tuple(sorted(looked_at, key=_strength, reverse=True)[:MOST_LINES])


def proposals_of(
    entry: Entry,
    line_numbers: Sequence[int],
    lanes: FittedLanes | None = None,
    treatment: tuple[str, ...] = (),
) -> tuple[Proposal, ...]:
    """Return what the broker could supply of an entry and of these lines of it.

    `lanes` give the weights that goods of a lane usually have; without them no weight is tried.
    """
    wanted = set(line_numbers)
    found = list(_of_entry(entry))
    for place, line in enumerate(entry.lines):
        if line.line_number in wanted:
            found += _of_line(entry, place, line, lanes, treatment)
    return tuple(found)


def _of_entry(entry: Entry) -> Iterator[Proposal]:
    number = entry.entry_number
    if entry.filer_code is None and isinstance(number, EntryNumber):
        filled = replace(entry, filer_code=number.filer_code)
        basis = "the first three characters of the entry number"
        yield Proposal("FILER_CODE", "/filer_code", None, "The filer code is not declared.",
                       Certainty.EXACT, basis, (filled,))  # fmt: skip
    if entry.export_date is None:
        yield _export_date(entry)
    for is_missing, code, path, text in (
        (number is None, "ENTRY_NUMBER", "/entry_number", "There is no entry number yet."),
        (_has_no_number(entry.importer), "IMPORTER_NUMBER", "/importer/number",
         "The importer's number is not declared."),
        (entry.arrival_date is None, "ARRIVAL_DATE", "/arrival_date",
         "The arrival date is not declared; nothing can be counted from it."),
        (entry.mode_of_transport is None, "MODE_OF_TRANSPORT", "/mode_of_transport",
         "The mode of transport is not declared."),
        (not entry.bills_of_lading, "BILL_OF_LADING", "/bills_of_lading",
         "No bill of lading is declared."),
        (not entry.containers and _may_be_boxed(entry), "CONTAINER", "/containers",
         "No container is declared."),
        (not any(leg.role is LegRole.STUFFING for leg in entry.route), "STUFFING_PLACE",
         "/route/-", "The place where the goods were stuffed is not declared."),
    ):  # fmt: skip
        if is_missing:
            yield _unknown(code, path, None, text)


def _export_date(entry: Entry) -> Proposal:
    text, path = "The export date is not declared.", "/export_date"
    arrival = entry.arrival_date
    mode = entry.mode_of_transport or ""
    by_air = mode.startswith("4")
    days = _DAYS_BY_AIR if by_air else _DAYS.get(mode[:1], _DAYS_ANY)
    tried = tuple(
        replace(entry, export_date=arrival - timedelta(days=each))
        for each in days
        if arrival is not None and each < arrival.toordinal()
    )
    if not tried:
        return _unknown("EXPORT_DATE", path, None, text)
    basis = f"{days[0]} to {days[-1]} days before arrival, as is common for the mode"
    return Proposal("EXPORT_DATE", path, None, text, Certainty.RANGE, basis, tried)


def _of_line(
    entry: Entry,
    place: int,
    line: EntryLine,
    lanes: FittedLanes | None,
    treatment: tuple[str, ...],
) -> Iterator[Proposal]:
    path, number = f"/lines/{place}", line.line_number
    if line.gross_weight_kg is None:
        yield _weight(entry, place, _usual_weight_kg(entry, line, lanes, treatment))
    if line.quantity is None:
        text = "The quantity is not declared."
        yield _unknown("QUANTITY", f"{path}/quantity", number, text)
    if line.seller is None:
        yield _unknown("SELLER", f"{path}/seller", number, "No seller is declared.")
    maker = line.manufacturer
    if maker is None:
        text = "No manufacturer is declared."
        yield _unknown("MANUFACTURER", f"{path}/manufacturer", number, text)
    else:
        yield from _of_maker(entry, place, line, maker)


def _of_maker(entry: Entry, place: int, line: EntryLine, maker: Party) -> Iterator[Proposal]:
    path, number = f"/lines/{place}/manufacturer", line.line_number
    if maker.mid is None:
        made = rebuilt(maker.country or "", maker.name or "", maker.address, maker.city)
        by_rule = f"; of what is declared the rule makes {made}" if made and maker.country else ""
        text = f"The manufacturer's MID is not declared{by_rule}."
        yield _unknown("MID", f"{path}/mid", number, text)
    for name, code in (("city", "TOWN"), ("address", "ADDRESS")):
        if getattr(maker, name) is None:
            text = f"The manufacturer's {name} is not declared."
            yield _unknown(f"MANUFACTURER_{code}", f"{path}/{name}", number, text)
    country = maker.country or (maker.mid.country if maker.mid is not None else None)
    if country == "CN" and entry.identifier_scheme == US_CBP:
        yield from _postal_code(entry, place, line, maker)


def _postal_code(entry: Entry, place: int, line: EntryLine, maker: Party) -> Iterator[Proposal]:
    path, number = f"/lines/{place}/manufacturer/postal_code", line.line_number
    declared = maker.postal_code
    if declared is None:
        text = "The postal code of a manufacturer in China is not declared."
        yield _unknown("POSTAL_CODE", path, number, text)
    elif not is_cn_postal_code(declared):
        digits = _plain_digits(declared)
        if is_cn_postal_code(digits):
            filled = replace(line, manufacturer=replace(maker, postal_code=digits))
            tried = (_with_line(entry, place, filled),)
            text = "The postal code has six digits and other characters between them."
            basis = "the digits as declared"
            yield Proposal("POSTAL_CODE", path, number, text, Certainty.EXACT, basis, tried)
        else:
            text = "The postal code of a manufacturer in China is not six digits."
            yield _unknown("POSTAL_CODE", path, number, text)


def _weight(entry: Entry, place: int, usual_kg: float | None) -> Proposal:
    line = entry.lines[place]
    path, text = f"/lines/{place}/gross_weight_kg", "The gross weight is not declared."
    if usual_kg is None:
        return _unknown("GROSS_WEIGHT", path, line.line_number, text)
    weights = [Decimal(f"{usual_kg * factor:.3f}") for factor in WEIGHT_FACTORS]
    tried = tuple(
        _with_line(entry, place, replace(line, gross_weight_kg=weight))
        for weight in dict.fromkeys(weights)
    )
    basis = f"half to twice {usual_kg:.3g} kg, the usual weight of such value on the lane"
    return Proposal("GROSS_WEIGHT", path, line.line_number, text, Certainty.RANGE, basis, tried)


def _usual_weight_kg(
    entry: Entry, line: EntryLine, lanes: FittedLanes | None, treatment: tuple[str, ...]
) -> float | None:
    """Return the line's weight at the median value per kilogram of its lane; None unknown."""
    value = float(line.entered_value_usd)
    if lanes is None or value <= 0:
        return None
    fields: Mapping[str, str] = lane_fields(entry, line, treatment)
    for norm in lanes.norms:
        medians = norm.medians.get(norm.cross.key(fields))
        if medians is not None:
            weight = math.exp(math.log(value) - medians[_PER_KG])
            usable = math.isfinite(weight) and 0.01 <= weight <= _MAX_WEIGHT_KG
            return weight if usable else None
    return None


def _with_line(entry: Entry, place: int, line: EntryLine) -> Entry:
    return replace(entry, lines=(*entry.lines[:place], line, *entry.lines[place + 1 :]))


def _plain_digits(declared: str) -> str:
    """Return a code without what hides its digits: full-width forms, spaces, dashes, invisibles."""
    plain = unicodedata.normalize("NFKC", declared)
    seen = "".join(each for each in plain if unicodedata.category(each) != "Cf")
    return re.sub(r"[\s\-.]", "", seen)


def _has_no_number(importer: Party | None) -> bool:
    return importer is None or importer.number is None


def _may_be_boxed(entry: Entry) -> bool:
    """Whether the mode is unknown, or one of containers (11, 21, 31, 41)."""
    return entry.mode_of_transport is None or entry.mode_of_transport[1] == "1"


def _unknown(code: str, path: str, line_number: int | None, text: str) -> Proposal:
    return Proposal(code, path, line_number, text, Certainty.UNKNOWN, NOT_TOLD)
