"""A name taken apart: its words with their kinds, its legal forms, the firms it names."""

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from app.core.screening.romanisation import plain_pinyin
from app.core.screening.vocabulary import Kind, kind_of

LONGEST_RUN = 4  # words that are tried as one: Yao Zhi Yuan, S.A. de C.V.
MOST_WORDS = 24  # words of a name that are looked at; the longest listed name has 12
# Words after which another firm is named, as folding leaves them.
_RELATION = re.compile(
    r" (?:(?:subsidiary|affiliate|division|branch|unit|member|part|arm|company|factory|mill|plant)"
    r" of(?: the)?|(?:wholly )?owned by|formerly(?: known as)?|previously|also known as|"
    r"trading as|on behalf of|aka|a k a|dba|d b a|fka|f k a|o b|c o|attn|via) "
)
# Written forms that words alone do not tell: "(P) Ltd" of India is private limited, "S. A." one
# form; Optics Valley is a part of Wuhan.
_SPELT = (
    (re.compile(r"\bp (?=(?:ltd|limited)\b)"), "pvt "),
    (
        re.compile(r"(?<=\w )(s a|a s|a d|b v|n v|a g|k k|s l|l p)$"),
        lambda m: m[0].replace(" ", ""),
    ),
    (re.compile(r"\bs a de c ?v\b"), "sa de cv"),
    (re.compile(r"\bwuhan optics? valley\b"), "wuhan"),
)
# What stands before the name of a ship, as folding leaves it.
_VESSEL = re.compile(r"^(?:(?:fishing|motor|fish|longline)? ?(?:vessel|boat)|f v|fv|m v|mv) ")
_LEADING = frozenset({"kk"})  # a legal form at the end, initials at the start: K.K. Carpet
_LETTERS = re.compile(r"\b[a-z](?: [a-z])+\b")

Runs = Mapping[str, tuple[str, ...]]  # letters of a run of words without spaces -> its words


class Word(NamedTuple):
    """One word of a name as written, the plain word it stands for, and its kind.

    `joined` where spaces were set another way.
    """

    text: str
    plain: str
    kind: Kind
    joined: bool = False


class Name(NamedTuple):
    """A name taken apart: words that tell something, in order, and its legal forms."""

    words: tuple[Word, ...]
    legal: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Its plain words whatever their order: what equal names share."""
        return tuple(sorted(word.plain for word in self.words))


def parts_of(folded: str) -> tuple[str, ...]:
    """Return the whole folded name, then the firms it names apart, as "subsidiary of"."""
    found = _RELATION.split(folded)
    if len(found) == 1:
        return (folded,)
    return (folded, *(part.strip() for part in found if part.strip()))


def take_apart(folded: str, runs: Runs, kind: Callable[[str], tuple[str, Kind]] = kind_of) -> Name:
    """Return the words of a folded name, spaces set as in `runs` where its letters are there.

    A name of legal forms and links alone keeps them as distinctive words.
    """
    for pattern, usual in _SPELT:
        folded = pattern.sub(usual, folded)
    spelt = _LETTERS.sub(_initials, folded).split()[:MOST_WORDS]
    words: list[Word] = []
    legal: list[str] = []
    for text, joined in _respaced([plain_pinyin(word) for word in spelt], runs):
        plain, what = kind(text)
        if what is Kind.LEGAL and (words or text not in _LEADING):
            legal.append(plain)
        elif what is not Kind.LINK:
            what = Kind.DISTINCTIVE if what is Kind.LEGAL else what
            words.append(Word(text, plain, what, joined))
    if not words:
        words = [Word(text, text, Kind.DISTINCTIVE) for text in spelt]
        legal = []
    return Name(tuple(words), tuple(legal))


def without_vessel(folded: str) -> str:
    """Return a folded name without the words for a ship that it starts with."""
    return _VESSEL.sub("", folded)


def without_town(folded: str, towns: Container[str] = ()) -> str:
    """Return a folded name without the places that follow its legal form, as in "GmbH Munich".

    `towns` are words that are places for this name, besides the known ones.
    """
    words = folded.split()
    end = len(words)
    while end > 1 and (words[end - 1] in towns or kind_of(words[end - 1])[1] is Kind.PLACE):
        end -= 1
    follows = end > 1 and kind_of(words[end - 1])[1] is Kind.LEGAL
    return " ".join(words[:end] if follows else words)


def without_forms(folded: str) -> str:
    """Return a folded name without the legal forms it ends with; at least one word stays."""
    words = folded.split()
    while len(words) > 1 and kind_of(words[-1])[1] is Kind.LEGAL:
        words.pop()
    return " ".join(words)


def _initials(letters: re.Match[str]) -> str:
    joined = letters.group().replace(" ", "")
    return joined if len(joined) > 2 else letters.group()


def _respaced(words: Sequence[str], runs: Runs) -> Iterable[tuple[str, bool]]:
    at = 0
    while at < len(words):
        for length in range(min(LONGEST_RUN, len(words) - at), 0, -1):
            run = tuple(words[at : at + length])
            known = runs.get("".join(run) if length > 1 else run[0])
            if known is not None and known != run:
                yield from ((word, True) for word in known)
                break
            if known is not None:
                yield from ((word, False) for word in run)
                break
        else:
            length = 1
            yield words[at], False
        at += length
