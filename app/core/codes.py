"""Codes of the trade as string types that cannot hold nonsense; errors name the field."""

import re
from functools import cache
from typing import ClassVar, Self

import pycountry

from app.core.errors import InvalidField

_ECHO = 24  # characters of a refused code that a message repeats
# Not in ISO 3166-1, but used in customs data: XK Kosovo (user-assigned, as EU and IMF use it).
_BEYOND_ISO = frozenset({"XK"})
# 19 CFR 102 Appendix: a Canadian MID starts with a province code in place of CA.
CANADIAN_MID_PROVINCES = frozenset(
    {"XA", "XC", "XM", "XB", "XW", "XT", "XN", "XV", "XO", "XP", "XQ", "XS", "XY"}
)


@cache
def iso_countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes (source: pycountry) and XK."""
    return frozenset(country.alpha_2 for country in pycountry.countries) | _BEYOND_ISO


class Code(str):
    """A string that matched its pattern; subclasses name the field and what they want."""

    __slots__ = ()
    field: ClassVar[str] = "code"
    problem: ClassVar[str] = "invalid_code"
    wanted: ClassVar[str] = "a code"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r".+", re.ASCII)

    def __new__(cls, raw: object) -> Self:
        """Return `raw` as this code, or raise InvalidField naming field, found and wanted."""
        if not isinstance(raw, str):
            raise cls.refusal(type(raw).__name__)
        text = cls.normalise(raw)
        if cls.pattern.fullmatch(text) is None or not cls.holds(text):
            raise cls.refusal(repr(raw[:_ECHO]))
        return super().__new__(cls, text)

    @classmethod
    def normalise(cls, raw: str) -> str:
        """Return the one spelling that is kept."""
        return raw

    @classmethod
    def holds(cls, _text: str) -> bool:
        """Say whether a text of the right shape is also a possible code."""
        return True

    @classmethod
    def refusal(cls, found: str) -> InvalidField:
        """Return the error for what was `found`."""
        return InvalidField(cls.field, cls.problem, f"found {found}, wanted {cls.wanted}")


class CountryCode(Code):
    """ISO 3166-1 alpha-2, upper case."""

    __slots__ = ()
    field = "country"
    problem = "invalid_country"
    wanted = "an ISO 3166-1 alpha-2 country code such as CN"
    pattern = re.compile(r"[A-Z]{2}", re.ASCII)

    @classmethod
    def holds(cls, text: str) -> bool:
        """Only countries that exist."""
        return text in iso_countries()


class HtsCode(Code):
    """6 to 10 digits; a leading zero is part of it. Validity on a date is the reference's word."""

    __slots__ = ()
    field = "hts"
    problem = "invalid_hts"
    wanted = "6 to 10 digits as a string, chapter 01 to 99"
    pattern = re.compile(r"[0-9]{6,10}", re.ASCII)

    @classmethod
    def holds(cls, text: str) -> bool:
        """There is no chapter 00."""
        return text[:2] != "00"

    @property
    def chapter(self) -> str:
        """First 2 digits."""
        return self[:2]

    @property
    def heading(self) -> str:
        """First 4 digits."""
        return self[:4]

    @property
    def subheading(self) -> str:
        """First 6 digits, the Harmonized System part (HS6)."""
        return self[:6]


class FilerCode(Code):
    """The 3 characters CBP gives a filer; every mix of letters and digits but 000."""

    __slots__ = ()
    field = "filer_code"
    problem = "invalid_filer_code"
    wanted = "3 letters or digits, not 000"
    pattern = re.compile(r"[A-Z0-9]{3}", re.ASCII)

    @classmethod
    def holds(cls, text: str) -> bool:
        """000 is never given."""
        return text != "000"


class EntryNumber(Code):
    """XXX-NNNNNNN-C kept as 11 characters without dashes."""

    __slots__ = ()
    field = "entry_number"
    problem = "invalid_entry_number"
    wanted = "filer code, 7 digits and a check digit, as B76-0324527-8"
    pattern = re.compile(r"[A-Z0-9]{3}[0-9]{8}", re.ASCII)

    @classmethod
    def normalise(cls, raw: str) -> str:
        """Drop the two dashes of the printed form."""
        if len(raw) == 13 and raw[3] == raw[11] == "-":
            return raw[:3] + raw[4:11] + raw[12:]
        return raw

    @classmethod
    def holds(cls, text: str) -> bool:
        """The filer part is a filer code."""
        return text[:3] != "000"

    @property
    def filer_code(self) -> FilerCode:
        """The filer's 3 characters."""
        return FilerCode(self[:3])

    @property
    def printed(self) -> str:
        """As it is printed: B76-0324527-8."""
        return f"{self[:3]}-{self[3:10]}-{self[10]}"

    @property
    def has_valid_check_digit(self) -> bool:
        """Whether the last digit is the check digit; not compared with CBP's own, so warn only."""
        return check_digit(self[:10]) == self[10]


def check_digit(first_ten: str) -> str:
    """Return the check digit of an entry number's first 10 characters.

    Letters A-I are 1-9, J-R 1-9, S-Z 2-9; from the right every other value is doubled, starting
    with the last, 9 subtracted when over 9; the digit completes the sum to a multiple of 10.
    """
    total = 0
    for place, character in enumerate(reversed(first_ten)):
        value = _letter_value(character)
        if place % 2 == 0:
            value = value * 2 - 9 if value * 2 > 9 else value * 2
        total += value
    return str((10 - total % 10) % 10)


def _letter_value(character: str) -> int:
    if character.isdigit():
        return int(character)
    offset = ord(character) - ord("A")
    return offset % 9 + 1 if offset < 18 else offset - 18 + 2


class Mid(Code):
    """Manufacturer identification code: country or Canadian province, then name, number, city."""

    __slots__ = ()
    field = "mid"
    problem = "invalid_mid"
    wanted = "5 to 15 capital letters or digits that start with a country, as CNEXATRA12DAN"
    pattern = re.compile(r"[A-Z]{2}[A-Z0-9]{3,13}", re.ASCII)

    @classmethod
    def holds(cls, text: str) -> bool:
        """It starts with a country or a Canadian province code."""
        return text[:2] in iso_countries() or text[:2] in CANADIAN_MID_PROVINCES

    @property
    def country(self) -> CountryCode:
        """Country it starts with; a Canadian province is CA."""
        return CountryCode("CA" if self[:2] in CANADIAN_MID_PROVINCES else self[:2])


class ScheduleD(Code):
    """US port of entry, 4 digits (CBP and Census Schedule D)."""

    __slots__ = ()
    field = "schedule_d"
    problem = "invalid_schedule_d"
    wanted = "4 digits of Schedule D, as 2704"
    pattern = re.compile(r"[0-9]{4}", re.ASCII)


class ScheduleK(Code):
    """Foreign port, 5 digits (Schedule K)."""

    __slots__ = ()
    field = "schedule_k"
    problem = "invalid_schedule_k"
    wanted = "5 digits of Schedule K, as 57051"
    pattern = re.compile(r"[0-9]{5}", re.ASCII)


class Unlocode(Code):
    """UN/LOCODE: country and 3 characters, kept without the space."""

    __slots__ = ()
    field = "unlocode"
    problem = "invalid_unlocode"
    wanted = "a UN/LOCODE such as CNDDG"
    pattern = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)

    @classmethod
    def normalise(cls, raw: str) -> str:
        """Drop the space of the printed form."""
        return raw[:2] + raw[3:] if len(raw) == 6 and raw[2] == " " else raw

    @classmethod
    def holds(cls, text: str) -> bool:
        """Its country exists; XZ is for places in international waters."""
        return text[:2] in iso_countries() or text[:2] == "XZ"

    @property
    def country(self) -> CountryCode | None:
        """Country of the place; None in international waters."""
        return None if self[:2] == "XZ" else CountryCode(self[:2])


class EntryType(Code):
    """Two digits that say what kind of entry it is: 01 consumption, 06 zone, 11 informal."""

    __slots__ = ()
    field = "entry_type"
    problem = "invalid_entry_type"
    wanted = "2 digits, as 01"
    pattern = re.compile(r"[0-9]{2}", re.ASCII)


class TransportMode(Code):
    """Two digits: 10 and 11 vessel, 20 and 21 rail, 30 and 31 truck, 40 and 41 air, 50 mail."""

    __slots__ = ()
    field = "mode_of_transport"
    problem = "invalid_mode_of_transport"
    wanted = "2 digits, as 11"
    pattern = re.compile(r"[0-9]{2}", re.ASCII)


class Scac(Code):
    """Standard carrier alpha code, 2 to 4 letters."""

    __slots__ = ()
    field = "carrier_scac"
    problem = "invalid_scac"
    wanted = "2 to 4 capital letters"
    pattern = re.compile(r"[A-Z]{2,4}", re.ASCII)
