"""The MID that CBP's rule would build from a listed entity's name, to compare with a declared one.

19 CFR 102.23 and CBP Form 3461 instructions: country, three letters of each of the first two words
of the name, up to four digits of the street number, three letters of the town. The street number
of a listed entity is not known, so any will do.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.core.entry import Mid
from app.core.reference import ListedEntity
from app.core.reference.folding import fold_text, has_han
from app.core.screening.vocabulary import OTHER_NAMES, Kind, kind_of

MID_MATCH = 0.6  # a name's first letters and its town: firms share MIDs
MID_MATCH_WITHOUT_TOWN = 0.5  # the town of the entity is not known
_LEFT_OUT = frozenset({"a", "an", "and", "of", "the"})
_WIDE = frozenset(  # too wide to be the town of a MID
    re.findall(
        r"\w+",
        "anhui fujian gansu guangdong guizhou hainan hebei heilongjiang henan hubei hunan jiangsu "
        "jiangxi jilin liaoning qinghai shaanxi shanxi shandong sichuan yunnan zhejiang guangxi "
        "ningxia xinjiang tibet inner mongolia china malaysia",
    )
)
_REST = re.compile(r"\d{0,4}([A-Z]{1,3})?")
_PLACE_PARTS = re.compile(r"[,/;()&]")


class MidMatch(NamedTuple):
    """A listed entity whose MID a declared one would be."""

    entity: ListedEntity
    degree: float


class MidIndex:
    """Finds the listed entities whose name and town give a MID, whatever the street number."""

    def __init__(self, entities: Iterable[ListedEntity]) -> None:
        """Work out the MIDs of every name of the entities whose country is known."""
        self._by_start: dict[str, dict[str, tuple[ListedEntity, frozenset[str]]]] = {}
        self._lengths: set[int] = set()
        for entity in entities:
            towns = frozenset(_towns(entity))
            for name in (entity.name, *entity.aliases):
                letters = name_letters(name)
                if entity.country is None or letters is None or not (len(letters) == 6 or towns):
                    continue
                start = entity.country + letters
                self._lengths.add(len(start))
                self._by_start.setdefault(start, {})[entity.entity_id] = (entity, towns)

    def find(self, mid: Mid) -> list[MidMatch]:
        """Return the entities whose MID this would be."""
        found = []
        for length in self._lengths:
            rest = _REST.fullmatch(mid, length) if len(mid) >= length else None
            if rest is None:
                continue
            for entity, towns in self._by_start.get(mid[:length], {}).values():
                if not towns:
                    found.append(MidMatch(entity, MID_MATCH_WITHOUT_TOWN))
                elif rest.group(1) in towns:
                    found.append(MidMatch(entity, MID_MATCH))
        return found


def name_letters(name: str) -> str | None:
    """Return the letters of a name in a MID, as HETTAI; None for a name in other characters.

    A name of one word gives three letters.
    """
    folded = fold_text(name.replace("-", ""))
    if has_han(folded):
        return None
    words = [word for word in folded.split() if word not in _LEFT_OUT]
    return "".join(word[:3] for word in words[:2]).upper() or None


def _towns(entity: ListedEntity) -> Iterator[str]:
    """Yield three letters of each spelling of the towns that the list tells of an entity."""
    parts = [fold_text(part).split() for part in _PLACE_PARTS.split(entity.location or "")]
    first = fold_text(entity.name).split()[:1]
    for words in (*parts, first):
        if not words or words[0] in _WIDE:
            continue
        plain, kind = kind_of(words[0])
        if words is first and kind is not Kind.PLACE:
            continue
        for town in (words[0], plain, *OTHER_NAMES.get(plain, ())):
            yield town[:3].upper()
