"""Which tariff codes were in force when: HS subheadings by edition, US codes by snapshot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.reference.kinds import HtsStatus
from app.core.reference.tables import Row

# Chapters of the US schedule that the Harmonized System does not have.
US_CHAPTERS = frozenset({"98", "99"})
_HS6, _HTS8 = 6, 8


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open span of days; None is an unknown start or no end."""

    start: date | None
    end: date | None

    def holds_on(self, on: date) -> bool:
        """Whether a day lies in it."""
        return (self.start is None or self.start <= on) and (self.end is None or on < self.end)


@dataclass(frozen=True, slots=True)
class NationalCode:
    """One 8-digit US code with its statistical suffixes; none means it ends at 8 digits."""

    hts8: str
    suffixes: frozenset[str]
    window: Window

    def covers(self, code: str) -> bool:
        """Whether a code of 7 to 10 digits is this one or stands above one of its suffixes."""
        if not (self.hts8.startswith(code[:_HTS8])):
            return False
        rest = code[_HTS8:]
        if not rest:
            return True
        if not self.suffixes:
            return rest == "0" * len(rest)
        return any(suffix.startswith(rest) for suffix in self.suffixes)


class TariffIndex:
    """Answers whether a code was in force, at the depth the tables know."""

    __slots__ = ("_international", "_national")

    def __init__(self, hs6_rows: Iterable[Row], hts_rows: Iterable[Row]) -> None:
        """Index the two tables; raises ReferenceRefused for a malformed code or date."""
        spans: dict[tuple[str, str], Window] = {}
        self._international: dict[str, tuple[Window, ...]] = {}
        for row in hs6_rows:
            code = row.digits("hs6", _HS6)
            window = _window(row, spans)
            self._international[code] = (*self._international.get(code, ()), window)
        national: dict[str, list[NationalCode]] = {}
        endings: dict[str, frozenset[str]] = {}
        for row in hts_rows:
            code = row.digits("hts8", _HTS8)
            known = NationalCode(code, _suffixes(row, endings), _window(row, spans))
            national.setdefault(code[:_HS6], []).append(known)
        self._national = {hs6: tuple(codes) for hs6, codes in national.items()}

    def status(self, hts: str, on: date) -> HtsStatus:
        """Return what is known of a code of 6 to 10 digits on a date.

        The HS part is checked first. Digits beyond it are checked only where the national table
        has that subheading on that date: it is a snapshot, silent about the days before it.
        """
        national = self._national.get(hts[:_HS6], ())
        if hts[:2] in US_CHAPTERS:
            return _national_status(national, hts, on)
        windows = self._international.get(hts[:_HS6])
        if windows is None:
            return HtsStatus.UNKNOWN
        if not any(window.holds_on(on) for window in windows):
            return HtsStatus.OBSOLETE
        if len(hts) == _HS6 or not any(code.window.holds_on(on) for code in national):
            return HtsStatus.VALID
        return _national_status(national, hts, on)


def _national_status(national: Sequence[NationalCode], hts: str, on: date) -> HtsStatus:
    matching = [code for code in national if code.covers(hts) or len(hts) == _HS6]
    if not matching:
        return HtsStatus.UNKNOWN
    in_force = any(code.window.holds_on(on) for code in matching)
    # Before the first snapshot nothing is known of when a code began, so it is not refused.
    begun = all(code.window.start is not None and on < code.window.start for code in matching)
    return HtsStatus.VALID if in_force or begun else HtsStatus.OBSOLETE


def _suffixes(row: Row, endings: dict[str, frozenset[str]]) -> frozenset[str]:
    """Return the row's suffixes, parsing each text once: most rows share a few."""
    cell = row.cells["suffixes"]
    known = endings.get(cell)
    if known is not None:
        return known
    suffixes = row.items("suffixes")
    for suffix in suffixes:
        if len(suffix) != 2 or not (suffix.isascii() and suffix.isdigit()):
            raise row.refusal(f"suffix is {suffix[:20]!r}, wanted 2 digits")
    endings[cell] = found = frozenset(suffixes)
    return found


def _window(row: Row, spans: dict[tuple[str, str], Window]) -> Window:
    """Return the row's span, parsing each pair of texts once: thousands of rows share a few."""
    key = (row.cells["effective_from"], row.cells["effective_to"])
    window = spans.get(key)
    if window is None:
        window = spans[key] = Window(
            row.optional_day("effective_from"), row.optional_day("effective_to")
        )
    return window
