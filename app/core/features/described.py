"""What a description of goods says of where they come from, and does not deny."""

from functools import lru_cache

from app.core.reference.folding import fold_text, has_han

MEMO_SIZE = 8192  # descriptions kept
XINJIANG = (("xinjiang",), ("xuar",), ("sinkiang",))
NORTH_KOREA = (
    *(("north", "korea"), ("north", "korean"), ("dprk",), ("pyongyang",)),
    *(("democratic", "peoples", "republic", "of", "korea"), ("korea", "dpr")),
)
_DENIALS = frozenset(
    {"no", "non", "not", "without", "outside", "excluding", "except", "exclude", "excludes"}
    | {"excluded", "never", "neither", "nor", "than", "free"}
)
_REACH = 4  # words before the name in which a denial speaks of it: "not made of cotton from"
_AFTER = frozenset({"free", "excluded"})
_HAN = {"xinjiang": ("新疆",), "north korea": ("朝鲜", "朝鮮", "北朝鲜", "平壤")}
_HAN_DENIALS = ("非", "不含", "无", "不是", "除")
_HAN_REACH = 3
_KOREAN_CHINESE = "族"  # the Korean nationality of China


def names_xinjiang(description: str) -> bool:
    """Whether a description names Xinjiang and does not deny it."""
    return _names(description, XINJIANG, "xinjiang")


def names_north_korea(description: str) -> bool:
    """Whether a description names North Korea and does not deny it."""
    return _names(description, NORTH_KOREA, "north korea")


@lru_cache(MEMO_SIZE)
def _names(description: str, names: tuple[tuple[str, ...], ...], han: str) -> bool:
    folded = fold_text(description)
    if has_han(folded):
        return any(_names_han(folded, name) for name in _HAN[han])
    words = folded.split()
    return any(
        tuple(words[at : at + len(name)]) == name and not _is_denied(words, at, at + len(name))
        for name in names
        for at in range(len(words))
    )


def _is_denied(words: list[str], start: int, end: int) -> bool:
    before, after = words[max(0, start - _REACH) : start], words[end : end + 1]
    return not (_DENIALS.isdisjoint(before) and _AFTER.isdisjoint(after))


def _names_han(text: str, name: str) -> bool:
    at = text.find(name)
    if at < 0 or text[at + len(name) : at + len(name) + 1] == _KOREAN_CHINESE:
        return False
    before = text[max(0, at - _HAN_REACH) : at]
    return not any(denial in before for denial in _HAN_DENIALS)
