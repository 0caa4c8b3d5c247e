"""Names taken apart: spaces, initials, legal forms, relations; Chinese in Latin letters."""

import pytest

from app.core.screening.names import Name, Word, parts_of, take_apart, without_forms
from app.core.screening.romanisation import plain_pinyin, syllables, wade_giles
from app.core.screening.vocabulary import KNOWN_WORDS, Kind, kind_of

RUNS = {"hetian": ("hetian",), "taida": ("taida",), "hetiantaida": ("hetian", "taida")}


def plain(name: Name) -> list[str]:
    return [word.plain for word in name.words]


@pytest.mark.parametrize(
    ("folded", "words"),
    [
        ("hetian taida", ["hotan", "taida"]),
        ("he tian tai da", ["hotan", "taida"]),
        ("hetiantaida", ["hotan", "taida"]),
        ("he2tian2 tai4da2", ["hotan", "taida"]),
        ("tai da of hetian", ["taida", "hotan"]),
    ],
)
def test_spaces_and_tones_of_chinese_words_do_not_matter(folded: str, words: list[str]) -> None:
    assert plain(take_apart(folded, RUNS)) == words


def test_letters_that_stand_alone_are_one_word_from_three_on() -> None:
    assert plain(take_apart("x p c c trading", {})) == ["xpcc", "trade"]
    assert plain(take_apart("j d trading", {})) == ["j", "d", "trade"]


def test_legal_forms_and_links_are_set_aside() -> None:
    name = take_apart("made up and sons co ltd", {})
    assert name.legal == ("co", "ltd")
    assert "and" not in plain(name)


def test_a_name_of_legal_forms_alone_keeps_them_as_words() -> None:
    name = take_apart("limited co", {})
    assert name == Name(
        (
            Word("limited", "limited", Kind.DISTINCTIVE),
            Word("co", "co", Kind.DISTINCTIVE),
        ),
        (),
    )
    assert without_forms("limited co") == "limited"
    assert without_forms("harbor outfitters llc") == "harbor outfitters"


def test_equal_words_in_another_order_have_one_key() -> None:
    assert take_apart("taida hetian", {}).key == take_apart("hetian taida co", {}).key


@pytest.mark.parametrize(
    ("folded", "parts"),
    [
        ("one firm", ("one firm",)),
        (
            "one firm a subsidiary of the other firm",
            ("one firm a subsidiary of the other firm", "one firm a", "other firm"),
        ),
        ("new name formerly old name", ("new name formerly old name", "new name", "old name")),
    ],
)
def test_firms_that_a_name_names_apart_are_looked_up_apart(
    folded: str, parts: tuple[str, ...]
) -> None:
    assert parts_of(folded) == parts


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("hetian", ("he", "tian")),
        ("yaozhiyuan", ("yao", "zhi", "yuan")),
        ("xian", ("xian",)),
        ("esquel", None),
        ("", None),
    ],
)
def test_a_word_is_read_as_chinese_syllables(word: str, parts: tuple[str, ...] | None) -> None:
    assert syllables(word) == parts


@pytest.mark.parametrize(
    ("word", "spelt"),
    [
        ("hetian", "hotien"),
        ("xinjiang", "hsinchiang"),
        ("qingdao", "chingtao"),
        ("zhongtai", "chungtai"),
        ("luoyang", "loyang"),
        ("guoyi", "kuoi"),
        ("huafu", None),
        ("esquel", None),
    ],
)
def test_wade_giles_without_its_marks(word: str, spelt: str | None) -> None:
    assert wade_giles(word) == spelt


@pytest.mark.parametrize(
    ("word", "bare"),
    [("he2tian2", "hetian"), ("lvye", "luye"), ("no4x1", "no4x1"), ("vast", "vast")],
)
def test_tone_digits_and_v_are_plain_pinyin(word: str, bare: str) -> None:
    assert plain_pinyin(word) == bare


@pytest.mark.parametrize(
    ("word", "plain_word", "kind"),
    [
        ("textiles", "textile", Kind.TRADE),
        ("intl", "international", Kind.TRADE),
        ("sinkiang", "xinjiang", Kind.PLACE),
        ("hotien", "hotan", Kind.PLACE),
        ("grp", "group", Kind.ORGANISATION),
        ("007", "7", Kind.NUMBER),
        ("000", "0", Kind.NUMBER),
        ("esquel", "esquel", Kind.DISTINCTIVE),
    ],
)
def test_a_word_stands_for_a_plain_one_of_a_kind(word: str, plain_word: str, kind: Kind) -> None:
    assert kind_of(word) == (plain_word, kind)


def test_a_plain_word_stands_for_itself() -> None:
    for word, (plain_word, kind) in KNOWN_WORDS.items():
        if kind is not Kind.PLACE:
            assert KNOWN_WORDS[plain_word] == (plain_word, kind), word
