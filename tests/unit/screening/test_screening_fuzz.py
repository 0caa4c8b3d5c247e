"""Any text may be a name or an address: nothing is raised, and disguises change nothing."""

from datetime import date
from decimal import Decimal
from functools import cache

from hypothesis import example, given
from hypothesis import strategies as st

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Mid, Party
from app.core.errors import InvalidField
from app.core.reference import load_reference
from app.core.screening import Hit, HitStrength, Screener

DAY = date(2026, 1, 15)
LOOKS = {
    "a": "аɑ", "c": "сϲ", "e": "еҽ", "i": "іι", "o": "оο", "p": "рρ", "s": "ѕ", "x": "хχ",
    "y": "уү", "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "H": "НΗ", "I": "ІΙ", "K": "КΚ",
    "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "T": "ТΤ", "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ",
}  # fmt: skip
UNSEEN = ["", "", "", *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u202e\ufe0f"]
WIDE = {chr(at): chr(at + 0xFEE0) for at in range(0x21, 0x7F)}


@cache
def screener() -> Screener:
    return Screener(load_reference())


@cache
def listed_names() -> tuple[str, ...]:
    return tuple(entity.name for entity in load_reference().listed)


def hits_of(party: Party, hts: str = "6109100012") -> tuple[Hit, ...]:
    line = EntryLine(
        line_number=1,
        hts=HtsCode(hts),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1),
        manufacturer=party,
        seller=party,
    )
    return screener().screen(Entry(lines=(line,), importer=party), DAY)


texts = st.text(min_size=1, max_size=100) | st.lists(
    st.sampled_from(
        [
            "Xinjiang",
            "Co",
            ",",
            "Ltd",
            "(",
            ")",
            "of",
            "subsidiary",
            "和田",
            "有限公司",
            "7",
            "-",
            "\u200b",
        ]
    ),
    min_size=1,
    max_size=30,
).map(" ".join)


@given(texts, texts, texts, st.sampled_from(["CNHETTAI12HOT", "CNXXX", "XAMAPLE", "VNABCDEF1HAN"]))
def test_any_text_as_name_and_address_is_screened(
    name: str, address: str, city: str, mid: str
) -> None:
    try:
        party = Party(name=name, address=address, city=city[:100], mid=Mid(mid))
    except InvalidField:
        return
    for hit in hits_of(party):
        assert 0.0 < hit.match <= 1.0
        assert hit.why.endswith(".")
        assert hit.strength in HitStrength


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str]:
    """Return a listed name, and the same with look-alikes, wide letters and unseen characters."""
    name = draw(st.sampled_from(listed_names()))
    keep = next((at for at, letter in enumerate(name) if letter.isascii() and letter.isalpha()), 0)
    changed = []
    for at, letter in enumerate(name):
        looks = "" if at == keep else LOOKS.get(letter, "") + WIDE.get(letter, "")
        changed.append(draw(st.sampled_from([letter, letter, *looks])))
        changed.append(draw(st.sampled_from(UNSEEN)))
    return name, "".join(changed)[:200]


def told(hits: tuple[Hit, ...]) -> list[tuple[str, str, float, HitStrength]]:
    return [(hit.entity_id, hit.role, hit.match, hit.strength) for hit in hits]


@example(
    names=("Hubei Yinfeng Cotton Co., Ltd.", "Hubei Yinfeng C\u200bo\u200btton Co., Ltd."),
    hts="6109100012",
)
@given(disguised(), st.sampled_from(["6109100012", "670420", "030743", "854143"]))
def test_look_alikes_and_unseen_characters_never_change_a_hit(
    names: tuple[str, str], hts: str
) -> None:
    plain, changed = names
    assert told(hits_of(Party(name=changed), hts)) == told(hits_of(Party(name=plain[:200]), hts))


@given(st.sampled_from(["Urumqi", "Hotan", "Dandong", "Nantong"]), st.data())
def test_a_disguised_town_is_the_same_town(town: str, data: st.DataObject) -> None:
    changed = town[0] + "".join(
        data.draw(st.sampled_from([letter, *LOOKS.get(letter, "")]))
        + data.draw(st.sampled_from(UNSEEN))
        for letter in town[1:]
    )
    country = CountryCode("CN")
    assert told(hits_of(Party(city=changed, country=country))) == told(
        hits_of(Party(city=town, country=country))
    )
