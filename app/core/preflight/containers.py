"""Freight container numbers by ISO 6346: owner, category, serial and check digit."""

import re

_FORM = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}", re.ASCII)
# ISO 6346: digits count as themselves, letters as 10, 12, 13 ... 38, leaving out 11, 22 and 33.
_LETTER_VALUES = [value for value in range(10, 39) if value % 11]


def container_text(raw: str) -> str:
    """Return a container number in capitals, without the spaces and dashes of its printed form."""
    return re.sub(r"[\s-]", "", raw).upper()


def is_container(number: str) -> bool:
    """Say whether it is four letters, the last U, J or Z, and seven digits."""
    return _FORM.fullmatch(number) is not None


def container_check_digit(first_ten: str) -> str:
    """Return the check digit of the first ten characters; they must be of the right form."""
    total = sum(_value(each) << place for place, each in enumerate(first_ten))
    return str(total % 11 % 10)


def _value(character: str) -> int:
    return int(character) if character.isdigit() else _LETTER_VALUES[ord(character) - ord("A")]
