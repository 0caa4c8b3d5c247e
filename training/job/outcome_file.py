"""A file of outcomes row by row: what can be believed, and what is set aside with its reason."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.core.codes import EntryNumber
from app.core.errors import DataRefused, InvalidField
from training.files import FileRow, open_data
from training.outcomes import Target
from training.progress import Steps

LATER = "known on the day of the run or later"  # no fault: it is not known yet
EARLIEST = date(2000, 1, 1)  # docs/outcomes.md
_NEEDED = ("entry_number", "code", "known_at")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that is not believed: its number in the file, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeRows:
    """Rows in file order: `kept` are believed, `aside` are not, `later` are not known yet."""

    kept: tuple[Mapping[str, str], ...]
    aside: tuple[SetAside, ...]
    later: int

    @property
    def share_aside(self) -> float:
        """Rows set aside over all rows that should be known by now, in [0, 1]."""
        known = len(self.kept) + len(self.aside)
        return len(self.aside) / known if known else 0.0


def read_rows(  # noqa: PLR0913, PLR0917 - a file and what its rows are held against
    path: Path,
    lines_of: Mapping[str, frozenset[int]],
    taxonomy: Mapping[str, Target],
    as_of: date,
    tenant: str | None,
    steps: Steps,
) -> OutcomeRows:
    """Return the rows of the outcomes file at `path`.

    `lines_of` are the line numbers of each entry. Rows of one line that contradict each other on
    one day, none correcting the other, are all set aside: nobody here knows which is right.
    Raises DataRefused where the file can't be opened or lacks a column.
    """
    found = open_data(path)
    missing = [name for name in _NEEDED if name not in found.header]
    if missing:
        raise DataRefused(f"{path.name}: lacks the columns {missing}")
    checked = _Checked(lines_of, taxonomy, as_of, tenant)
    for row in steps.track(found.read(), f"Read {path.name}", total=found.rows):
        checked.take(row)
    return checked.finish()


class _Checked:
    def __init__(
        self,
        lines_of: Mapping[str, frozenset[int]],
        taxonomy: Mapping[str, Target],
        as_of: date,
        tenant: str | None,
    ) -> None:
        self.lines_of, self.taxonomy, self.as_of, self.tenant = lines_of, taxonomy, as_of, tenant
        self.kept: list[tuple[int, Mapping[str, str]]] = []
        self.aside: list[SetAside] = []
        self.later = 0
        self.ids: dict[str, str] = {}
        self.seen: set[tuple[str, ...]] = set()

    def take(self, row: FileRow) -> None:
        cells = row.cells if row.problem else _cleaned(row.cells)
        reason = row.problem or self._fault(cells)
        if reason == LATER:
            self.later += 1
        elif reason is not None:
            self.aside.append(SetAside(row.number, reason))
        else:
            self.kept.append((row.number, cells))

    def _fault(self, cells: Mapping[str, str]) -> str | None:  # noqa: PLR0911 - one a fault
        if any(not _is_clean(each) for each in cells.values()):
            return "a cell is not UTF-8"
        if self.tenant and cells.get("tenant") and cells["tenant"] != self.tenant:
            return "another tenant's"
        try:
            known_at = date.fromisoformat(cells["known_at"][:10])
            event_at = date.fromisoformat((cells.get("event_at") or cells["known_at"])[:10])
            numbers = [int(each) for each in cells.get("line_numbers", "").split("|") if each]
            odds = float(cells.get("odds") or 1)
        except ValueError:
            return "a day or a number can't be read"
        if cells["code"] not in self.taxonomy:
            return "the code is none of the taxonomy"
        if not 0 < odds <= 1:
            return "odds are not above 0 and at most 1"
        if event_at > known_at:
            return "it was known before it happened"
        if event_at < EARLIEST:
            return "it happened before 2000"
        if known_at >= self.as_of:
            return LATER
        return self._fault_of_subject(cells, numbers)

    def _fault_of_subject(self, cells: Mapping[str, str], numbers: Sequence[int]) -> str | None:
        lines = self.lines_of.get(cells["entry_number"])
        if lines is None:
            return "no such entry in the snapshot"
        if not set(numbers) <= lines or len(set(numbers)) < len(numbers):
            return "a line number is not on the entry, or twice"
        same = tuple(cells.values())
        if same in self.seen:
            return "the same row twice"
        self.seen.add(same)
        own, wrong = cells.get("outcome_id", ""), cells.get("corrects", "")
        if own and own in self.ids:
            return "its outcome_id was given before"
        if wrong and self.ids.get(wrong) != cells["entry_number"]:
            return "it corrects no earlier outcome of its entry"
        if own:
            self.ids[own] = cells["entry_number"]
        return None

    def finish(self) -> OutcomeRows:
        conflicts = set(_conflicts(self.kept, self.taxonomy))
        said = [SetAside(number, "it contradicts another row") for number in sorted(conflicts)]
        kept = tuple(cells for number, cells in self.kept if number not in conflicts)
        aside = sorted((*self.aside, *said), key=lambda each: each.number)
        return OutcomeRows(kept, tuple(aside), self.later)


def _conflicts(
    rows: Sequence[tuple[int, Mapping[str, str]]], taxonomy: Mapping[str, Target]
) -> Iterator[int]:
    """Yield rows that say yes and no of one line on one day, none correcting another."""
    corrected = {cells.get("corrects", "") for _, cells in rows} - {""}
    said: defaultdict[tuple[str, str, str], list[tuple[int, bool]]] = defaultdict(list)
    for number, cells in rows:
        positive = taxonomy[cells["code"]].positive
        if positive is None or cells.get("outcome_id", "") in corrected:
            continue
        for line in cells.get("line_numbers", "").split("|"):
            said[cells["entry_number"], line, cells["known_at"]].append((number, positive))
    for each in said.values():
        if len({positive for _, positive in each}) > 1:
            yield from (number for number, _ in each)


def _cleaned(cells: Mapping[str, str]) -> Mapping[str, str]:
    """Return the cells with a printed entry number as it is kept: without dashes."""
    number = cells["entry_number"]
    try:
        return {**cells, "entry_number": str(EntryNumber(number))}
    except InvalidField:
        return cells


def _is_clean(text: str) -> bool:
    return "\ufffd" not in text and text.isprintable() and not _has_surrogate(text)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= each <= "\udfff" for each in text)
