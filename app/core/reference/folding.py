"""One spelling for texts that are compared: names, towns, legal forms."""

import re
import unicodedata

from anyascii import anyascii
from cleanco import basename  # type: ignore[import-untyped]  # ships no types

from app.core.reference.lookalikes import plain_characters

_DROPPED = re.compile(r"['’`´\"]|(?<=[^\W\d_])\.(?!\d)")  # Ji'an is jian, S.A. is sa
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_NOT_HAN_WORD = re.compile(r"[\W_]+")
# Endings cleanco leaves, as it knows "Ltd" but not the "Co." before it; from CBP's and DHS's lists.
_ENDINGS = frozenset(
    {"co", "coltd", "company", "corp", "corporation", "inc", "limited", "ltd", "ltda", "llc", "plc"}
)


def fold_text(text: str) -> str:
    """Return a text in lower-case ASCII words; one with Chinese characters keeps them, unspaced.

    Accents, apostrophes, the dots of abbreviations and characters that are not seen go, letters of
    another script that look Latin become Latin, "&" becomes "and", other signs become a space.
    Traditional and simplified characters stay two spellings.
    """
    plain = unicodedata.normalize("NFKC", plain_characters(text)).casefold()
    if _HAN.search(plain):
        return _NOT_HAN_WORD.sub("", plain)
    latin = anyascii(plain).lower().replace("&", " and ")
    return _NOT_WORD.sub(" ", _DROPPED.sub("", latin)).strip()


def drop_legal_forms(folded: str) -> str:
    """Return a folded name without the legal forms it ends with; at least one word stays."""
    name = folded
    while True:
        shorter = basename(name) or name
        words = shorter.split()
        if len(words) > 1 and words[-1] in _ENDINGS:
            words.pop()
        shorter = " ".join(words)
        if shorter == name:
            return name
        name = shorter


def has_han(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return _HAN.search(text) is not None
