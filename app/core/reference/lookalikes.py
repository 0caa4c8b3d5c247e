"""Letters of other scripts that look like Latin ones, and characters that are not seen at all.

Look-alikes follow the confusables of Unicode Technical Standard 39 for Cyrillic, Greek and a few
Armenian and Cherokee letters, both cases, by what the eye takes them for.
"""

import re
import unicodedata

_CYRILLIC = dict(
    zip(
        "аевкмнорстухіїјѕԁһԛԝӏґёѵҽүАВЕЗКМНОРСТУХІЇЈЅԌҺԚԜӀЁѴЬҮ",
        "aebkmhopctyxiijsdhqwlreveyABE3KMHOPCTYXIIJSGHQWIEVbY",
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αγεζηικνορτυχωϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ",
        "ayeznikvoptuxwcjABEZHIKMNOPTYXCJ",
        strict=True,
    )
)
_OTHERS = dict(
    zip(
        "օսհոցզɑɡıʟᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᏔᏃꓮꓐꓚꓓꓰꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ",
        "ouhngqagilABCDEHJKLMPRSTVWZABCDEGHIJKLMNOPRSTUVWXYZ",
        strict=True,
    )
)
_LOOKS: dict[str, str] = {**_CYRILLIC, **_GREEK, **_OTHERS}
_AS_LATIN = str.maketrans(_LOOKS)
# Two Greek letters that compatibility would make other ones: read as their Cyrillic twins.
_LUNATE = str.maketrans("\u03f2\u03f9", "\u0441\u0421")
_FOREIGN_WORD = re.compile(f"[^\\W\\d_]*[{''.join(_LOOKS)}][^\\W\\d_]*")
_LATIN = re.compile(r"[a-zA-Z]")
# Format characters, fillers, joiners, variation selectors and marks that sit on a letter.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\ua66f-\ua672\ua674-\ua67d\ua69e\ua69f\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)


def plain_characters(text: str) -> str:
    """Return a text in plain characters: what is not seen goes, look-alikes become Latin.

    Compatibility forms (full width, mathematical letters, ligatures) become plain ones. A word of
    Cyrillic or Greek letters is Latin in disguise where every letter of it looks Latin or is, and
    the text has a Latin letter somewhere; else it is a word of its own script and stays.
    """
    if text.isascii():
        return text
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text.translate(_LUNATE)))
    seen = _MARKS.sub("", unicodedata.normalize("NFKC", seen))
    if _LATIN.search(seen) is None:
        return seen
    return _FOREIGN_WORD.sub(_disguised, seen)


def with_gaps(text: str) -> str | None:
    """Return a text with a space where it has a character that is not seen; None where none is.

    Some of them show as a blank or break the line: what a reader sees may be two words.
    """
    return None if text.isascii() or _UNSEEN.search(text) is None else _UNSEEN.sub(" ", text)


def as_latin(text: str) -> str | None:
    """Return a text without any Latin letter as it looks, or None where it does not look Latin."""
    seen = plain_characters(text)
    if _LATIN.search(seen) is not None:
        return None
    looked = seen.translate(_AS_LATIN)
    letters = [each for each in looked if each.isalpha()]
    return looked if letters and all(each.isascii() for each in letters) else None


def _disguised(word: re.Match[str]) -> str:
    looked = word.group().translate(_AS_LATIN)
    return looked if looked.isascii() or _LATIN.search(word.group()) else word.group()
