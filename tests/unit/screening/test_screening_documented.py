"""Documented ways in which listed firms are written on papers, with the strength each must have."""

from datetime import date

import pytest

from app.core.entry import CountryCode, Entry, Party
from app.core.reference import ListedEntity, load_reference
from app.core.reference.folding import fold_text
from app.core.screening import HitStrength, Screener
from app.core.screening.names import take_apart, without_town
from tests.unit.screening.test_screener import line

STRONG, WEAK = HitStrength.STRONG, HitStrength.WEAK
PACK = load_reference()
SCREENER = Screener(PACK)
# The usual ways of one legal form, in its country.
FORMS: dict[str, tuple[str, ...]] = {
    "CN": ("Co., Ltd.", "Company Limited", "Co Ltd", "CO.,LTD", "Corp.", "Inc.", "Limited", "LLC"),
    "MY": ("Sdn Bhd", "Sdn. Bhd.", "Sendirian Berhad", "Bhd", "Berhad", "Bhd."),
    "IN": ("(P) Ltd", "(P) Ltd.", "(P) Limited", "Pvt Ltd", "Pvt. Ltd.", "Private Limited"),
    "RS": ("d.o.o.", "DOO", "D.O.O.", "d. o. o."),
    "DO": ("S.R.L.", "SRL", "S. R. L.", "S.A.", "S. A.", "Corp Ltd", "Corporation Limited"),
    "MX": ("S.A. de C.V.", "SA de CV", "S. A. de C. V.", "S. de R.L. de C.V."),
    "": ("Ltd", "Limited", "L.L.C.", "LLC", "GmbH", "JSC", "Ltda", "Corp.", "Corporation", "Co."),
}


def strength_of(entity: ListedEntity, name: str, on: date | None = None) -> HitStrength | None:
    """Return how strongly a maker of that name, in its country, hits an entity when in force."""
    maker = Party(name=name, country=CountryCode(entity.country) if entity.country else None)
    hts = (entity.hs_prefixes[0] if entity.hs_prefixes else "6109").ljust(6, "0")
    day = on or entity.effective_from or date(2025, 6, 1)
    hits = SCREENER.screen(Entry(lines=(line(hts=hts, manufacturer=maker),)), day)
    return next((hit.strength for hit in hits if hit.entity_id == entity.entity_id), None)


def parties() -> list[ListedEntity]:
    regions = {order.entity_id for order in PACK.orders_by_place if not order.also_party}
    return [
        entity
        for entity in PACK.listed
        if entity.entity_id not in regions
        and entity.in_force(entity.effective_from or date(2025, 6, 1))
    ]


def test_every_listed_name_and_alias_is_a_strong_hit() -> None:
    missed = [
        (entity.entity_id, name)
        for entity in parties()
        for name in (entity.name, *entity.aliases)
        if strength_of(entity, name) is not STRONG
    ]
    assert missed == []


def test_every_listed_name_with_its_legal_form_written_another_way_is_a_strong_hit() -> None:
    missed = []
    for entity in parties():
        base = fold_text(entity.name)
        taken = take_apart(base, {})
        if not taken.legal or without_town(base) != base:
            continue
        words = " ".join(word.text for word in taken.words)
        for form in FORMS.get(entity.country or "", FORMS[""]):
            if strength_of(entity, f"{words} {form}") is not STRONG:
                missed.append(f"{words} {form}")
    assert missed == []


@pytest.mark.parametrize(
    ("entity_id", "name", "strength"),
    [
        ("wro-natchi-apparel-p", "Natchi Apparel Private Limited", STRONG),
        ("wro-natchi-apparel-p", "Natchi Apparel Pvt. Ltd.", STRONG),
        ("wro-natchi-apparel-p", "Natchi Apparel Pvt Ltd", STRONG),
        ("finding-fishing-vessel-da-wang", "Fishing vessel Da Wang", STRONG),
        ("finding-fishing-vessel-da-wang", 'Fishing Vessel "Da Wang"', STRONG),
        ("finding-fishing-vessel-da-wang", "F/V Da Wang", STRONG),
        ("finding-fishing-vessel-da-wang", "Da Wang", STRONG),
        *(
            ("wro-linglong-international-europe-doo-zrenjanin", name, STRONG)
            for name in (
                "Linglong International Europe d.o.o.",
                "Linglong International Europe DOO Zrenjanin",
            )
        ),
        *(
            ("wro-tangshan-sanyou-group", name, STRONG)
            for name in (
                "Tangshan Sanyou Chemical Industries, Tangshan Sanyou Group",
                "Harbor Co., Ltd. (a subsidiary of Tangshan Sanyou Group)",
                "Harbor Sky / Tangshan Sanyou Group",
                "Harbor Sky c/o Tangshan Sanyou Group",
                "Tangshan Sanyou Group Xingda Chemical Fibre",
            )
        ),
        ("wro-hero-vast-group", "Hero Vast Group (Shanghai)", STRONG),
        ("wro-hero-vast-group", "Hero Vast (Shanghai) Garment Co., Ltd.", WEAK),
        ("wro-top-glove", "Top Glove Sdn Bhd", STRONG),
        ("wro-sime-darby-plantation-berhad", "Sime Darby Plantation Bhd", STRONG),
        ("wro-supermax", "Supermax Glove Manufacturing Sdn Bhd", STRONG),
        ("wro-fgv-holdings-berhad", "FGV Palm Industries Sdn Bhd", None),  # three letters
        ("wro-central-romana", "Central Romana Corp Ltd", STRONG),
        ("finding-kingtom-aluminio", "Kingtom Aluminio, S.R.L.", STRONG),
        ("wro-giant-manufacturing", "Giant Mfg Co Ltd", STRONG),
        ("wro-giant-manufacturing", "Giant Manufacturing Co., Ltd. (Taichung)", STRONG),
        ("uflpa-hoshine-silicon-industry-shanshan", "Hoshine Silicon (Shanshan)", STRONG),
        ("uflpa-hoshine-silicon-industry-shanshan", "Hesheng Silicon", WEAK),
        ("uflpa-xinjiang-production-and-construction-corps", "XPCC 8th Division", STRONG),
        (
            "uflpa-xinjiang-production-and-construction-corps",
            "Xinjiang Production & Construction Corps First Division Cotton Textile",
            STRONG,
        ),
        ("caatsa-321-li-ning-sporting-goods", "Li Ning (China) Sports Goods Co., Ltd.", STRONG),
        ("caatsa-321-li-ning-sporting-goods", "LI-NING COMPANY LIMITED", STRONG),
        ("uflpa-ninestar", "Ninestar Corp", STRONG),
        ("uflpa-ninestar", "Zhuhai Ninestar Information Technology", STRONG),
        ("uflpa-camel-group", "Camel Group Wuhan Optics Valley", STRONG),
        ("uflpa-esquel-group", "Esquel Group", STRONG),
        ("uflpa-changji-esquel-textile", "Changji Esquel", STRONG),
        ("wro-hetian-taida-apparel", "Hetian Taida", STRONG),
        ("uflpa-dongguan-oasis-shoes", "Dongguan Oasis Shoes", STRONG),
        ("caatsa-321-jingde-trading", "Jingde Trading", STRONG),
        ("caatsa-321-rixin-foods", "Rixin Foods", STRONG),
        ("caatsa-321-zhejiang-sunrise-garment-group", "Zhejiang Sunrise Garment", STRONG),
        (
            "uflpa-baowu-group-xinjiang-bayi-iron-and-steel",
            "Xinjiang Bayi Iron & Steel Co., Ltd.",
            STRONG,
        ),
        ("uflpa-tianjin-tianwei-food", "Tianjin Sanhe Fruit & Vegetable Co., Ltd.", STRONG),
    ],
)
def test_a_documented_way_of_writing_a_listed_firm_has_its_strength(
    entity_id: str, name: str, strength: HitStrength | None
) -> None:
    (entity,) = (each for each in PACK.listed if each.entity_id == entity_id)
    assert strength_of(entity, name) is strength


@pytest.mark.parametrize(
    ("folded", "without"),
    [
        ("giant manufacturing co ltd taichung", "giant manufacturing co ltd"),
        ("shanghai", "shanghai"),
        ("harbor sky shanghai", "harbor sky shanghai"),
        ("", ""),
    ],
)
def test_a_town_goes_only_after_a_legal_form(folded: str, without: str) -> None:
    assert without_town(folded) == without
