"""Names in Chinese characters."""

import pytest

from app.core.reference.folding import fold_text
from app.core.screening import HitStrength
from app.core.screening.han_index import HanIndex, han_key, han_part
from tests.reference_packs import small_pack

STRONG, WEAK = HitStrength.STRONG, HitStrength.WEAK
NAMES = (
    "合盛硅业股份有限公司",
    "李宁",
    "新疆中泰(集团)有限责任公司",
    "李",
    "洛浦县美馨发制品有限公司",
)


@pytest.fixture(scope="module")
def index() -> HanIndex:
    (entity,) = small_pack().listed
    return HanIndex([(entity, fold_text(name), name) for name in NAMES])


@pytest.mark.parametrize(
    ("name", "listed", "strength", "how"),
    [
        ("合盛硅业股份有限公司", NAMES[0], STRONG, ()),
        ("合盛硅业有限公司", NAMES[0], STRONG, ("legal form",)),
        ("合盛硅業股份有限公司", NAMES[0], STRONG, ()),
        ("合盛硅业(嘉兴)有限公司", NAMES[0], STRONG, ("subsidiary",)),
        ("李宁有限公司", NAMES[1], WEAK, ("legal form",)),
        ("李寧", NAMES[1], WEAK, ()),
        ("洛浦县美馨发製品公司", NAMES[4], STRONG, ("legal form",)),
        ("洛浦县美新发制品有限公司", NAMES[4], STRONG, ("spelling",)),
        ("美馨发制品", NAMES[4], WEAK, ("abbreviation",)),
    ],
)
def test_a_name_in_characters_is_found(
    index: HanIndex, name: str, listed: str, strength: HitStrength, how: tuple[str, ...]
) -> None:
    (found,) = index.find(fold_text(name))
    assert (found.kind, found.strength, found.how) == (listed, strength, how)


@pytest.mark.parametrize("name", ["李", "山东天和纺织有限公司", "新疆天山", "洛浦县发展有限公司"])
def test_other_names_in_characters_are_no_match(index: HanIndex, name: str) -> None:
    assert index.find(fold_text(name)) == []


def test_one_sign_off_in_a_shorter_name_is_weak() -> None:
    (entity,) = small_pack().listed
    short = HanIndex([(entity, "骆驼电池厂", "name")])
    (found,) = short.find("骆驼电源厂")
    assert (found.strength, found.how) == (WEAK, ("spelling",))


def test_a_name_of_legal_forms_alone_is_its_own_key() -> None:
    assert han_key("有限公司") == "有限公司"
    assert han_part("abc合盛7") == "合盛7"
