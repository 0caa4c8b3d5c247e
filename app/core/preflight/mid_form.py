"""The manufacturer identification code as CBP's rule makes it of name, street and city.

Source: appendix to 19 CFR part 102. Two letters of country, three characters of each of the first
two words of the name, the first four digits of the largest number on the street line, three
letters of the city. Only texts in Latin letters can be compared: how a name was put into Latin
letters is not known.
"""

import re
import unicodedata
from functools import lru_cache

_IGNORED = frozenset({"A", "AN", "AND", "OF", "THE"})  # the appendix, paragraph 3
_NUMBER = re.compile(r"[0-9]+(?:[,\-][0-9]+)*", re.ASCII)  # 12-34 is read as 1234
_NOT_LETTERS = re.compile(r"[^A-Z0-9]+", re.ASCII)
_SHAPE = re.compile(r"[A-Z]{2}[A-Z0-9]{1,6}[0-9]{0,4}[A-Z]{1,3}", re.ASCII)
_STREET = re.compile(r"([0-9]{1,4})[A-Z]{1,3}", re.ASCII)
_EACH, _WORDS, _DIGITS = 3, 2, 4
_REMEMBERED = 8192  # names whose words are kept; an entry of many lines has few makers


def has_mid_shape(mid: str) -> bool:
    """Say whether a code can be cut into country, name, number and city at all."""
    return _SHAPE.fullmatch(mid) is not None


@lru_cache(_REMEMBERED)
def name_words(name: str) -> tuple[str, ...] | None:
    """Return the words of a name as the rule counts them; None where it is not in Latin letters.

    Initials that stand together are one word, so are the parts around a hyphen; a, an, and, of
    and the do not count.
    """
    plain = _latin(name)
    if plain is None:
        return None
    words: list[str] = []
    initials = ""
    for part in re.split(r"[\s,/()&]+", plain):
        word = _NOT_LETTERS.sub("", part)
        if len(word) == 1 and word.isalpha():
            initials += word
            continue
        words.extend(_whole(initials))
        words.append(word)
        initials = ""
    words.extend(_whole(initials))
    return tuple(word for word in words if word and word not in _IGNORED)


def _whole(initials: str) -> list[str]:
    return [initials] if initials else []


def street_numbers(address: str) -> tuple[str, ...]:
    """Return the first four digits of each number of a street line, the largest first."""
    found = [re.sub(r"[,\-]", "", each) for each in _NUMBER.findall(address)]
    return tuple(each[:_DIGITS] for each in sorted(found, key=int, reverse=True))


def city_letters(city: str) -> str | None:
    """Return the first three letters of a city; None where it is not in Latin letters."""
    plain = _latin(city)
    letters = "" if plain is None else re.sub(r"[^A-Z]", "", plain)
    return letters[:_EACH] or None


def rebuilt(country: str, name: str, address: str | None, city: str | None) -> str | None:
    """Return the code that the rule makes; None where name or city are not in Latin letters."""
    words = name_words(name)
    town = None if city is None else city_letters(city)
    if not words or town is None:
        return None
    number = next(iter(street_numbers(address or "")), "")
    return country + "".join(word[:_EACH] for word in words[:_WORDS]) + number + town


def names_other(mid: str, name: str) -> bool:
    """Say whether no word of the name begins as the code's name part does."""
    words = name_words(name)
    return bool(words) and not any(mid[2:].startswith(word[:_EACH]) for word in words or ())


def numbers_other(mid: str, address: str, name: str | None) -> bool:
    """Say whether the code's number is none of those on the street line.

    A number that may belong to the name ("ABC 2000") tells nothing.
    """
    found = _STREET.fullmatch(mid[_first_digit(mid) :])
    if found is None or any(each.isdigit() for each in name or ""):
        return False
    numbers = street_numbers(address)
    parts = {each[:_DIGITS] for each in re.findall(r"[0-9]+", address, re.ASCII)}
    return bool(numbers) and found.group(1) not in {*numbers, *parts}


def _first_digit(mid: str) -> int:
    return next((place for place, each in enumerate(mid) if each.isdigit()), len(mid))


def ends_other(mid: str, city: str) -> bool:
    """Say whether the code does not end with the first letters of the city."""
    letters = city_letters(city)
    return letters is not None and len(letters) == _EACH and not mid.endswith(letters)


def _latin(text: str) -> str | None:
    """Return a text in capitals without accents; None where letters remain that are not Latin."""
    if text.isascii():
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(each for each in decomposed if not unicodedata.combining(each)).upper()
    return None if any(each.isalpha() and not each.isascii() for each in plain) else plain
