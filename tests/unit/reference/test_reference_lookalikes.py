"""Look-alike letters and unseen characters: they never make another text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.reference.folding import fold_text
from app.core.reference.lookalikes import as_latin, plain_characters

NAME = "Hetian Taida Apparel Co., Ltd."
LOOKS = {"a": "аɑ", "e": "еҽ", "o": "оοօ", "p": "рρ", "c": "сϲ", "i": "іι", "H": "НΗᎻ", "T": "ТΤ"}
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u202e\u3164\ufe0f"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ninestar", "Ninestar"),
        ("Nіnеstаr", "Ninestar"),
        ("Ｎｉｎｅｓｔａｒ", "Ninestar"),
        ("ΝΙΝΕSTAR", "NINESTAR"),
        ("Nine\u200bstar", "Ninestar"),
        ("Nix\u0301nestar", "Nixnestar"),
        ("𝐍𝐢𝐧𝐞star", "Ninestar"),
        ("завод Ltd", "завод Ltd"),
        ("Ромашка", "Ромашка"),
        ("和田 Taida", "和田 Taida"),
    ],
)
def test_what_looks_latin_among_latin_letters_is_latin(text: str, plain: str) -> None:
    assert plain_characters(text) == plain


@pytest.mark.parametrize(
    ("text", "looked"),
    [("ХРСС", "XPCC"), ("СОСА 7", "COCA 7"), ("Ромашка", None), ("XPCC", None), ("77", None)],
)
def test_a_text_wholly_in_look_alikes_can_be_read_as_it_looks(
    text: str, looked: str | None
) -> None:
    assert as_latin(text) == looked


@given(st.data())
def test_replaced_and_inserted_characters_never_change_a_folded_name(data: st.DataObject) -> None:
    changed = []
    for at, letter in enumerate(NAME):
        choices = [letter] if at == 0 else [letter, *LOOKS.get(letter, "")]
        changed.append(data.draw(st.sampled_from(choices)))
        changed.append(data.draw(st.sampled_from(["", "", *UNSEEN])))
    assert fold_text("".join(changed)) == fold_text(NAME)


@given(st.text(max_size=60))
def test_any_text_is_folded(text: str) -> None:
    folded = fold_text(text)
    assert fold_text(folded) == folded
