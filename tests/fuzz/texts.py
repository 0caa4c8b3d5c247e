"""Texts to fuzz with: disguises that no reader sees, and plain nonsense."""

import random
from collections.abc import Callable, Sequence

from app.core.reference.lookalikes import plain_characters

# Letters of other scripts by the Latin letter that they look like, both cases.
_TWINS = {
    "a": "а\u0251", "c": "сϲ", "e": "еᎬ", "i": "іı", "j": "јϳ", "o": "оοօ", "p": "рρ", "s": "ѕ",
    "x": "хχ", "y": "уү", "A": "АΑᎪ", "B": "ВΒᏴ", "C": "СᏟ", "E": "ЕΕ", "H": "НΗᎻ", "I": "ІΙ",
    "K": "КΚᏦ", "M": "МΜᎷ", "N": "Νꓠ", "O": "ОΟꓳ", "P": "РΡᏢ", "S": "ЅᏚ", "T": "ТΤᎢ", "X": "ХΧ",
    "Y": "ΥҮ", "Z": "ΖᏃ",
}  # fmt: skip
_UNSEEN = "\u00ad\u034f\u200b\u200c\u200d\u200e\u2060\u2064\ufe0f\ufeff\U000e0061"
_ALPHABETS: tuple[tuple[int, int], ...] = (
    *((0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x3FF), (0x400, 0x52F), (0x590, 0x6FF)),
    *((0x900, 0x97F), (0xE00, 0xE7F), (0x1100, 0x11FF), (0x2000, 0x206F), (0x3040, 0x30FF)),
    *((0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFE00, 0xFEFF), (0xFF00, 0xFFEF)),
    *((0x1D400, 0x1D7FF), (0x1F300, 0x1F5FF), (0x20000, 0x2A6DF)),
)
_WORDS = (
    *("Co., Ltd.", "LLC", "(Group)", "有限公司", "OOO", "ТОО", "a/k/a", "fka", "c/o", "No. 1", "&"),
    *(
        "Xinjiang",
        "新疆",
        "Dandong",
        "丹东",
        "Хуньчунь",
        "Urumqi City",
        "P.O. Box",
        "Room 101",
        "-0-",
    ),
    *("'; DROP TABLE", "{{7*7}}", "%s%n", "\\u0000", "../..", "=cmd|' /C calc'!A0", "NaN", "null"),
)


def disguised(rng: random.Random, text: str) -> str:
    """Return `text` with twins of other scripts and unseen characters, as a reader would see it."""
    out = []
    for letter in text:
        twins = _TWINS.get(letter)
        out.append(rng.choice(twins) if twins and rng.random() < 0.3 else letter)
        if rng.random() < 0.1:
            out.append(rng.choice(_UNSEEN))
    made = "".join(out)
    # a text of which no Latin letter is left may be a word of its own script: it keeps one
    return made if plain_characters(made) == plain_characters(text) else text


def nonsense(rng: random.Random) -> str:
    """Return a text of random characters of a few scripts, up to 60 of them."""
    low, high = rng.choice(_ALPHABETS)
    return "".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 60)))


def mutated(rng: random.Random, text: str) -> str:
    """Return `text` after one to four random changes."""
    for _ in range(rng.randint(1, 4)):
        text = rng.choice(_CHANGES)(rng, text)
    return text


def _cut(rng: random.Random, text: str) -> str:
    at = rng.randint(0, len(text))
    return text[:at] if rng.random() < 0.5 else text[at:]


def _swapped(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    rng.shuffle(words)
    return " ".join(words)


def _spliced(rng: random.Random, text: str) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice((nonsense(rng), rng.choice(_WORDS))) + text[at:]


def _cased(rng: random.Random, text: str) -> str:
    return rng.choice((str.upper, str.lower, str.title, str.swapcase))(text)


def _repeated(rng: random.Random, text: str) -> str:
    return text * rng.randint(1, 6)


_CHANGES: Sequence[Callable[[random.Random, str], str]] = (
    *(_cut, _swapped, _spliced, _cased, _repeated, disguised),
)
