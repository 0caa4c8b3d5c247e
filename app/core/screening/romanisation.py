"""Chinese syllables in Latin letters: Pinyin, read and respelt in Wade-Giles.

Wade-Giles is written here as it arrives on papers: without apostrophes, hyphens and marks, so that
t and t' are one. Postal spellings of towns are words of their own (place_words.py).
"""

import re
from functools import lru_cache

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_BY_INITIAL = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
SYLLABLES = frozenset(
    initial + final for initial, finals in _BY_INITIAL.items() for final in finals.split()
)
_LONGEST = max(map(len, SYLLABLES))
_WG_INITIALS = {
    "b": "p", "d": "t", "g": "k", "j": "ch", "q": "ch", "x": "hs", "zh": "ch", "r": "j",
    "z": "ts", "c": "ts",
}  # fmt: skip
_WG_WHOLE = {
    "zhi": "chih", "chi": "chih", "shi": "shih", "ri": "jih", "zi": "tzu", "ci": "tzu",
    "si": "ssu", "er": "erh", "you": "yu", "yan": "yen", "ye": "yeh", "yi": "i", "yong": "yung",
    "yue": "yueh", "ge": "ko", "ke": "ko", "he": "ho", "gui": "kuei", "kui": "kuei", "e": "o",
}  # fmt: skip
_WG_FINALS = {
    "ian": "ien", "ie": "ieh", "ue": "ueh", "ve": "ueh", "v": "u", "ong": "ung", "iong": "iung",
}  # fmt: skip
_KEEPS_UO = frozenset({"g", "k", "h", "sh"})
_TONE_DIGITS = re.compile(r"(?:[a-z]+[1-5])+")
_REMEMBERED = 65_536


@lru_cache(_REMEMBERED)
def syllables(word: str) -> tuple[str, ...] | None:
    """Return the fewest Pinyin syllables a word is made of, or None where it is no Pinyin."""
    best: list[tuple[str, ...] | None] = [()]
    for end in range(1, len(word) + 1):
        found: tuple[str, ...] | None = None
        for start in range(max(0, end - _LONGEST), end):
            before = best[start]
            if before is None or word[start:end] not in SYLLABLES:
                continue
            if found is None or len(before) + 1 < len(found):
                found = (*before, word[start:end])
        best.append(found)
    return best[len(word)] or None


def wade_giles(word: str) -> str | None:
    """Return a Pinyin word in Wade-Giles without marks; None for another word or no change."""
    parts = syllables(word)
    if parts is None:
        return None
    spelt = "".join(map(_wade_giles_syllable, parts))
    return spelt if spelt != word else None


def _wade_giles_syllable(syllable: str) -> str:
    whole = _WG_WHOLE.get(syllable)
    if whole is not None:
        return whole
    initial = next((each for each in _INITIALS if syllable.startswith(each)), "")
    final = syllable[len(initial) :]
    if final == "uo" and initial not in _KEEPS_UO:
        final = "o"
    return _WG_INITIALS.get(initial, initial) + _WG_FINALS.get(final, final)


def plain_pinyin(word: str) -> str:
    """Return a Pinyin word without tone digits and with v as u: he2tian2 is hetian, lv is lu.

    Another word stays as it is.
    """
    if _TONE_DIGITS.fullmatch(word):
        bare = re.sub(r"[1-5]", "", word)
        if all(syllables(part) for part in re.findall(r"[a-z]+", word)):
            word = bare
    return word.replace("v", "u") if "v" in word and syllables(word) else word
