"""Whether two declared parties are one: the same name, or a spelling of it that was corrected.

A typo is a letter or two of a longer name. Numbers never are ("Factory No 1" is not "No 2"), nor
are names of Chinese provinces that differ by a letter (Hebei, Hubei).
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from app.core.entry import Party
from app.core.history import fold_number
from app.core.reference.folding import drop_legal_forms, fold_text
from app.core.reference.geography import is_cn_postal_code, plain_postal_code

_REMEMBERED: Final = 16_384  # folded names kept; pure, so forgetting costs time only
# Letters of the shorter spelling from which on that many may differ; shorter ones must be equal
# (Tumen and Yumen are two towns).
_TYPOS: Final = ((20, 3), (10, 2), (6, 1))
_SHORT_WORD: Final = 2  # letters; Plant A is not Plant B
_CHINA: Final = "CN"
_POSTAL_PROVINCE: Final = 2  # the first two of six digits are the province
_PROVINCE: Final = re.compile(
    "anhui|beijing|chongqing|fujian|gansu|guangdong|guangxi|guizhou|hainan|hebei|heilongjiang|henan|"
    "hubei|hunan|jiangsu|jiangxi|jilin|liaoning|ningxia|qinghai|shaanxi|shandong|shanghai|shanxi|"
    "sichuan|tianjin|tibet|xinjiang|xizang|yunnan|zhejiang"
)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name without legal forms: its letters, its words in order, and what no typo may touch."""

    letters: str
    words: tuple[str, ...]
    fixed: tuple[tuple[str, int], ...]


@lru_cache(maxsize=_REMEMBERED)
def _folded(name: str) -> _Name:
    words = drop_legal_forms(fold_text(name)).split()
    letters = "".join(words)
    fixed = Counter(word for word in words if len(word) <= _SHORT_WORD)
    fixed.update([*_PROVINCE.findall(letters), *filter(str.isdigit, letters)])
    return _Name(letters, tuple(sorted(words)), tuple(sorted(fixed.items())))


def is_near_name(one: str, other: str) -> bool:
    """Whether two names are one but for writing and a typo: 1 letter of 6, 2 of 10, 3 of 20.

    Writing is case, accents, signs, legal forms and word order. In Chinese no character may differ.
    """
    first, second = _folded(one), _folded(other)
    if first.letters == second.letters or first.words == second.words:
        return True
    shorter = min(len(first.letters), len(second.letters))
    allowed = next((typos for least, typos in _TYPOS if shorter >= least), 0)
    if not allowed or first.fixed != second.fixed or not first.letters.isascii():
        return False
    return OSA.distance(first.letters, second.letters, score_cutoff=allowed) <= allowed


def is_same_importer(one: Party | None, other: Party | None) -> bool:
    """Whether two importers do not contradict: number or name agrees, or nothing is shared."""
    if one is None or other is None:
        return True
    shared = []
    if one.number is not None and other.number is not None:
        shared.append(fold_number(one.number) == fold_number(other.number))
    if one.name is not None and other.name is not None:
        shared.append(is_near_name(one.name, other.name))
    return any(shared) or not shared


def is_same_maker(before: Party | None, now: Party | None) -> bool:
    """Whether the party declared now is the one declared before, completed or corrected at most.

    What was not declared before may be added. What was declared and is withdrawn, another country,
    another town, another Chinese province by postal code, another name: another party. A near
    spelling counts as a correction only with the same MID, or with nothing else that differs.
    """
    if before is None:
        return True
    return now is not None and _is_same_place(before, now) and _is_same_identity(before, now)


def _is_same_identity(before: Party, now: Party) -> bool:
    if before.name is not None and now.name is not None:
        if is_near_name(before.name, now.name):
            return True
        # the same MID under a name in another script or spelled out is the same maker
        return before.mid is not None and before.mid == now.mid and _is_other_script(before, now)
    if before.number is not None and now.number is not None:
        return fold_number(before.number) == fold_number(now.number)
    if before.mid is not None and now.mid is not None:
        return before.mid == now.mid
    return before.name is None and before.number is None and before.mid is None


def _is_other_script(before: Party, now: Party) -> bool:
    return _folded(before.name or "").letters.isascii() != _folded(now.name or "").letters.isascii()


def _is_same_place(before: Party, now: Party) -> bool:
    for old, new in ((before.country, now.country), (_mid_country(before), _mid_country(now))):
        if old is not None and new is not None and old != new:
            return False
    if _country(before) is not None and _country(now) is None:
        return False
    if before.city is not None and (now.city is None or not is_near_name(before.city, now.city)):
        return False
    return _province(before) is None or _province(now) in {None, _province(before)}


def _country(party: Party) -> str | None:
    return party.country or _mid_country(party)


def _mid_country(party: Party) -> str | None:
    return None if party.mid is None else party.mid.country


def _province(party: Party) -> str | None:
    code = plain_postal_code(party.postal_code or "")
    if _country(party) != _CHINA or not is_cn_postal_code(code):
        return None
    return code[:_POSTAL_PROVINCE]
