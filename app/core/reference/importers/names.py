"""How government lists write the names of one entry: aliases, former names, subsidiaries."""

import re
from dataclasses import dataclass

# The DHS page writes "NAME (including two aliases: A; and B) and its subsidiary C"; CBP's list
# and trade press write "NAME (A, B)", "NAME; OTHER" and "NAME (fka A)".
_ALIAS_LEAD = re.compile(
    r"^(?:(?:including|and)\s+(?:an?|one|[a-z]+)\s+alias(?:es)?\s*:?|including|"
    r"also known as|formerly known as|formerly|a\.?k\.?a\.?|f/?k/?a\.?|now(?: known as)?)\s*:?\s*",
    re.IGNORECASE,
)
_SUBSIDIARIES = re.compile(
    r",?\s+and\s+(?:its\s+)?(?:(?!and\b)[\w-]+\s+){0,3}?"
    r"(?:subordinate(?: and affiliated)? entities|subordinates?|subsidiaries(?:/JVs)?|subsidiary)\b"
    r"(?:,?\s*which include)?\s*(?P<named>.*)$",
    re.IGNORECASE,
)
_LAST_BRACKET = re.compile(r"\s*\((?P<inside>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*$")
_COMMA_IN_NAME = re.compile(r",\s*(?=(?:Ltd|Inc|LLC|L\.L\.C|Co\b|S\.A|Corp)\b)", re.IGNORECASE)
# "Iron and Steel" is one name: a word of trade after "and" starts no other.
_BETWEEN = re.compile(
    r"\s*;\s*(?:and\s+)?|,\s+and\s+|\s+and formerly known as\s+|,\s+"
    r"|\s+and\s+(?!(?:Steel|Vegetables?|Linen|Trade|Trading|Business|Export|Technology)\b)"
)
_OUTSIDE_BRACKETS = re.compile(r";\s*(?![^()]*\))")
SHORTEST_ALIAS = 4  # letters; a shorter one (JP, P) is a place or a mark, not a name


@dataclass(frozen=True, slots=True)
class PublishedName:
    """The name an entry goes by and every other name it gives for it."""

    name: str
    aliases: tuple[str, ...]


def published_name(text: str) -> PublishedName:
    """Return the names in one cell of a published list; the first is the main one.

    Subsidiaries that are named become aliases: an order binds them as it binds the parent.
    """
    found: list[str] = []
    for part in _OUTSIDE_BRACKETS.split(" ".join(text.split())):
        found.extend(_names_of(part.strip()))
    unique = list(dict.fromkeys(name for name in found if name))
    return PublishedName(unique[0], tuple(unique[1:])) if unique else PublishedName("", ())


def split_names(text: str) -> list[str]:
    """Return the names in a run such as "A Co., Ltd.; B; and C"; company commas stay."""
    joined = _COMMA_IN_NAME.sub(" ", text)
    names = (_ALIAS_LEAD.sub("", part).strip(" ,.;:") for part in _BETWEEN.split(joined))
    return [name for name in names if len(name) >= SHORTEST_ALIAS]


def _names_of(part: str) -> list[str]:
    aliases: list[str] = []
    tail = _SUBSIDIARIES.search(part)
    if tail:
        aliases.extend(split_names(tail["named"]))
        part = part[: tail.start()].strip()
    bracket = _LAST_BRACKET.search(part)
    if bracket:
        aliases.extend(split_names(bracket["inside"]))
        part = part[: bracket.start()].strip()
    return [part, *aliases]
