"""Folding: spellings that are the same name meet, others do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.reference.folding import drop_legal_forms, fold_text, has_han


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Hetian Taida Apparel Co., Ltd.", "HETIAN TAIDA APPAREL COMPANY LIMITED"),
        ("WRP Asia Pacific Sdn. Bhd.", "Wrp Asia-Pacific Sdn Bhd"),
        ("Agropecuarios Tom S.A. de C.V.", "AGROPECUARIOS TOM"),
        ("Baoding LYSZD Trade & Business Co Ltd", "Baoding Lyszd Trade and Business"),
        ("Sichuan Yuan'an Pharmaceutical", "Sichuan Yuan’an Pharmaceutical Inc."),
        ("Bonechar Carvão Ativado", "BONECHAR CARVAO ATIVADO LTDA"),
        ("Kingtom Aluminio S.R.L.", "Kingtom Aluminio, SRL"),
        ("Casual Wear Apparel L.L.C.", "Casual Wear Apparel"),
        ("No. 4 Vocational", "No.4 Vocational"),
        ("Ｎｉｎｅｓｔａｒ", "Ninestar"),
        ("Ромашка", "romashka"),
        ("新疆中泰(集团)有限责任公司", "新疆中泰（集团） 有限责任公司"),
    ],
)
def test_spellings_of_one_name_meet(first: str, second: str) -> None:
    assert drop_legal_forms(fold_text(first)) == drop_legal_forms(fold_text(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Esquel Group", "Esquel Textile"),
        ("Xinjiang Energy (Group) Co., Ltd.", "Xinjiang Energy Co., Ltd."),
        ("合盛硅业股份有限公司", "合盛硅业(鄯善)有限公司"),
    ],
)
def test_names_that_differ_in_more_than_the_legal_form_stay_apart(first: str, second: str) -> None:
    assert drop_legal_forms(fold_text(first)) != drop_legal_forms(fold_text(second))


def test_a_name_of_legal_forms_alone_keeps_a_word() -> None:
    assert drop_legal_forms(fold_text("Co., Ltd.")) == "co"
    assert drop_legal_forms(fold_text("Ltd")) == "ltd"


def test_signs_alone_fold_to_nothing() -> None:
    assert drop_legal_forms(fold_text(" .,- ")) == ""


def test_chinese_characters_are_seen() -> None:
    assert has_han(fold_text("李宁"))
    assert not has_han(fold_text("Li Ning"))


@given(st.text(max_size=40))
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    folded = fold_text(text)
    assert fold_text(folded) == folded
    assert drop_legal_forms(drop_legal_forms(folded)) == drop_legal_forms(folded)
