"""Names in Latin letters: what is the same firm, what may be, and what is another."""

import pytest

from app.core.reference.folding import fold_text
from app.core.screening import HitStrength
from app.core.screening.alignment import abbreviates, tells
from app.core.screening.latin_index import LatinIndex
from app.core.screening.lexicon import Lexicon, Spelling, likeness_of
from app.core.screening.matches import NameMatch
from app.core.screening.vocabulary import Kind
from tests.reference_packs import small_pack

STRONG, WEAK = HitStrength.STRONG, HitStrength.WEAK
HETIAN = "Hetian Taida Apparel Co., Ltd."
NAMES = (
    *(HETIAN, "Ninestar Corporation", "Camel Group Co., Ltd.", "Huafu Fashion Co., Ltd."),
    *("Hebei Suguo International Trade Co., Ltd.", "Zi Gong Machinery Factory", "Steel", "JWD"),
    *("No. 4 Vocation Skills Center", "Xinjiang Production and Construction Corps", "Everest"),
    *("Hoshine Silicon Industry (Shanshan) Co., Ltd.", "Xinjiang Energy (Group) Co., Ltd."),
    *("Dongguan Oasis Shoes Co., Ltd.", "Anhui Xinya New Materials Co., Ltd.", "GCL Energy Ltd."),
    *("Baoding LYSZD Trade and Business Co., Ltd.", "Lop County Hair Product Industrial Park"),
)


@pytest.fixture(scope="module")
def index() -> LatinIndex:
    (entity,) = small_pack().listed
    return LatinIndex([(entity, fold_text(name), name) for name in NAMES])


def best(index: LatinIndex, name: str) -> tuple[str, HitStrength, tuple[str, ...]] | None:
    found = max(index.find(fold_text(name)), key=lambda match: match.rank, default=None)
    return None if found is None else (found.kind, found.strength, found.how)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("HETIAN TAIDA APPAREL CO LTD", ()),
        ("Hetian Taida Apparel Inc.", ("legal form",)),
        ("Taida Apparel Hetian Co., Ltd.", ("word order",)),
        ("He Tian Tai Da Apparel Co Ltd", ("transliteration",)),
        ("Hetiantaida Apparel", ("legal form", "transliteration")),
        ("Ho-t'ien T'ai-ta Apparel Co., Ltd.", ("transliteration",)),
        ("Khotan Taida Apparel Co., Ltd.", ()),
        ("Hetian Tiada Apparel Co., Ltd.", ("spelling",)),
        ("Hetain Taida Aparel Co., Ltd.", ("spelling",)),
        ("Hetian Taida Apprl Compnay Limted", ()),
        ("Hetian Taida Apparl Co., Ltd.", ("spelling",)),
        ("Hetian Taida Apparel Co., Lt.", ()),
        ("Hetian Taida Apparel Compnay (Shanghai) Nantong Branch", ("subsidiary",)),
        ("Taida Apparel Co., Ltd.", ()),
        ("Hetian Taida Apparel (Shanghai) Co., Ltd.", ("subsidiary",)),
        ("Harbor Sky Ltd, a subsidiary of Hetian Taida Apparel", ("legal form", "subsidiary")),
    ],
)
def test_a_variant_of_a_listed_name_is_a_strong_match(
    index: LatinIndex, name: str, how: tuple[str, ...]
) -> None:
    found = best(index, name)
    assert found is not None
    assert found[:2] == (HETIAN, STRONG)
    assert set(how) <= set(found[2])


def test_a_word_without_its_vowels_is_an_abbreviation(index: LatinIndex) -> None:
    assert best(index, "Xinjiang Production and Cnstrctn Corps") == (
        *(NAMES[9], STRONG),
        ("abbreviation",),
    )


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Ninestar Vietnam Co., Ltd.", "Ninestar Corporation"),
        ("Zi Gon Machinery Factory", "Zi Gong Machinery Factory"),
        ("Zigong Machinery Factoy", "Zi Gong Machinery Factory"),
        ("Hoshine Silicon (Shanshan)", "Hoshine Silicon Industry (Shanshan) Co., Ltd."),
        ("Xinjiang Production & Construction Corporation", NAMES[9]),
        ("Xinjiang Production and Construction Corps Farm Ltd", NAMES[9]),
        ("Baoding LYSZD Trade aned Business Co", "Baoding LYSZD Trade and Business Co., Ltd."),
        ("Dongguan Oasis Sohes", "Dongguan Oasis Shoes Co., Ltd."),
        ("Anhui Xinya ew Materials", "Anhui Xinya New Materials Co., Ltd."),
    ],
)
def test_longer_and_misspelt_names_of_firms_that_can_be_told_are_strong(
    index: LatinIndex, name: str, listed: str
) -> None:
    found = best(index, name)
    assert found is not None
    assert found[:2] == (listed, STRONG)


@pytest.mark.parametrize(
    "name",
    ["JWD", "Everest Co Ltd", "Huafu", "Hebei Suguo Huaxin International Trade"],
)
def test_short_names_and_names_that_many_share_are_weak(index: LatinIndex, name: str) -> None:
    found = best(index, name)
    assert found is not None
    assert found[1] is WEAK


@pytest.mark.parametrize(
    "name",
    [
        "Shandong Taida Textile Co., Ltd.",
        "Camel Textile Co., Ltd.",
        "Camel Group Textile Co., Ltd.",
        "JWD Trading",
        "Hebei Haifeng Trade",
        "No. 5 Vocation Skills Center of Lhasa",
        "Xinjiang Apparel Co., Ltd.",
        "Steel",
        "GCL Trading",
        "Hunan Suguang Industry",
        "Harbor Outfitters LLC",
    ],
)
def test_other_firms_of_the_same_towns_and_trades_are_no_match(
    index: LatinIndex, name: str
) -> None:
    assert best(index, name) is None


def test_a_word_put_in_the_place_of_another_is_another_firm(index: LatinIndex) -> None:
    for name in ("Lop County Hair Product Industrial Zhenhua", "Hoshine Silicon Zhenhua Shanshan"):
        found = best(index, name)
        assert found is None or found[1] is WEAK


def test_every_match_has_a_degree_in_bounds(index: LatinIndex) -> None:
    for name in (*NAMES, "Hetian Taida", "Huafu Group"):
        for match in index.find(fold_text(name)):
            assert 0.0 < match.degree <= 1.0
            assert isinstance(match, NameMatch)


@pytest.mark.parametrize(
    ("short", "word", "holds"),
    [
        *(("mfg", "manufacturing", True), ("mg", "manufacturing", False), ("mtf", "motif", True)),
        *(("xfg", "manufacturing", False), ("manufacturin", "manufacturing", False)),
    ],
)
def test_an_abbreviation_keeps_the_first_letter_and_the_order(
    short: str, word: str, holds: bool
) -> None:
    assert abbreviates(short, word) is holds


@pytest.mark.parametrize(
    ("more", "less"),
    [
        *(("esquel", "huafu"), ("xpcc", "huafu"), ("yaozhiyuan", "huafu"), ("huafu", "ning")),
        ("fgvx", "jwd"),
    ],
)
def test_a_rarer_kind_of_word_tells_more(more: str, less: str) -> None:
    assert tells(more, Kind.DISTINCTIVE) > tells(less, Kind.DISTINCTIVE)
    assert tells("esquel", Kind.TRADE) < 0.5


@pytest.mark.parametrize(
    ("word", "listed", "alike"),
    [
        *(("taida", "taida", 1.0), ("tiada", "taida", 0.8), ("tyyda", "taida", 0.0)),
        *(("ninester", "ninestar", 0.875), ("nimester", "ninestar", 0.75)),
        ("nimexter", "ninestar", 0.0),
    ],
)
def test_two_edits_count_only_in_longer_words(word: str, listed: str, alike: float) -> None:
    assert likeness_of(word, listed) == pytest.approx(alike)


def test_a_listed_word_is_found_respelt_and_misspelt_without_a_scan() -> None:
    lexicon = Lexicon([[("taida", Kind.DISTINCTIVE), ("ninestar", Kind.DISTINCTIVE)]])
    word = lexicon.words.index

    def found(text: str, *, misspelt: bool = True) -> list[tuple[int, str]]:
        return [(each.word, each.how) for each in lexicon.like(text, text, misspelt=misspelt)]

    assert found("taida") == [(word("taida"), "")]
    assert found("taita") == [(word("taida"), "transliteration")]
    assert found("taiada") == [(word("taida"), "spelling")]
    assert found("taiada", misspelt=False) == []
    assert found("nxnextar") == [(word("ninestar"), "spelling")]
    assert found("xxnextax") == []
    assert found("nin") == []


def test_two_names_of_chinese_syllables_two_edits_apart_are_two_names() -> None:
    lexicon = Lexicon([[("donghai", Kind.DISTINCTIVE), ("guangheng", Kind.DISTINCTIVE)]])
    assert lexicon.like("dongbei", "dongbei", misspelt=True) == []
    (near,) = lexicon.like("dongkai", "dongkai", misspelt=True)
    assert near.likeness < likeness_of("dongkai", "donghai")
    assert lexicon.like("huanghengx"[:9], "huangheng", misspelt=True)


def test_a_part_that_too_many_words_share_is_not_followed() -> None:
    listed = [f"quorxx{first}{second}" for first in "bcdfghjkl" for second in "bcdfghjkl"]
    lexicon = Lexicon([[(word, Kind.DISTINCTIVE)] for word in listed])
    assert lexicon.like("quorxxaa", "quorxxaa", misspelt=True) == []


@pytest.mark.parametrize(
    ("word", "plain"),
    [("textlie", "textile"), ("compnay", "co"), ("haifeng", None), ("zz", None), ("qqqqq", None)],
)
def test_everyday_words_are_read_though_misspelt_but_no_name_is_read_as_a_town(
    word: str, plain: str | None
) -> None:
    read = Spelling().read(word)
    assert (None if read is None else read[0]) == (plain if plain != "co" else "company")


def test_an_everyday_word_of_very_many_listed_names_is_not_followed() -> None:
    (entity,) = small_pack().listed
    names = [f"Textile {number} Qx{number}v" for number in range(300)]
    index = LatinIndex([(entity, fold_text(name), name) for name in names])
    assert index.find("textile of nobody") == []
    assert best(index, "Qx7v Textile 7") is not None


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("Xinjiang Production and Construction Corps 8th Division Cotton Baogang Co", STRONG),
        ("Xinjiang Production Baogang and Construction Corps 8th Division Cotton Co", None),
        ("Ninestar Textile Ltd", STRONG),
        ("Ninestar Imagerie Textile Ltd", WEAK),
    ],
)
def test_a_long_name_inside_another_and_a_mark_among_other_words(
    index: LatinIndex, name: str, strength: HitStrength | None
) -> None:
    found = best(index, name)
    assert (None if found is None else found[1]) is strength
