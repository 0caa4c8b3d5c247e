"""Documents by reason, law and goods: no cell is silent, and the tables are whole."""

from importlib.resources import files

import pytest

from app.core.errors import ReferenceRefused
from app.core.preflight import CHECKS
from app.core.reasons import REASONS
from app.core.reasons.kinds import ReasonGroup, Regime
from app.core.remedies import load_remedies
from app.core.remedies.loading import NAMES, build_remedies
from app.core.remedies.table import NOT_KNOWN
from app.core.rules import RULES

REMEDIES = load_remedies()
LAWS = [None, *(regime.value for regime in Regime)]
CAUSES = [
    *((reason.code, reason.group.value) for reason in REASONS.values()),
    *((rule.code, rule.group.value) for rule in RULES),
    *((each.code, None) for each in CHECKS),
    ("WRO", "screening"),
    ("BAND_WITHOUT_REASONS", None),
    ("FLOOR_DEGRADED", None),
    ("FLOOR_RESUBMISSION", None),
]


def test_every_reason_law_and_family_has_a_document_or_says_why_not() -> None:
    cells = 0
    for code, group in CAUSES:
        for law in LAWS:
            for family in REMEDIES.families.values():
                cell = REMEDIES.cell(code, group, law, family)
                assert bool(cell.documents) != bool(cell.none_because), (code, law, family.family)
                assert cell.none_because != NOT_KNOWN, (code, law, family.family)
                cells += 1
    assert cells >= 10_000


def test_every_law_of_the_catalogue_has_a_review_with_documents() -> None:
    assert set(REMEDIES.regimes) == {regime.value for regime in Regime}
    for remedy in REMEDIES.regimes.values():
        for review in remedy.reviews:
            assert len(review.documents) >= 3
            assert len(set(review.documents)) == len(review.documents)


def test_every_group_of_reasons_is_spoken_of() -> None:
    for group in ReasonGroup:
        cell = REMEDIES.aspect("A_CODE_NOT_YET_KNOWN", group.value)
        assert bool(cell.documents) != bool(cell.none_because)
        assert cell.none_because != NOT_KNOWN


def test_a_code_of_no_group_says_that_none_is_defined() -> None:
    other = REMEDIES.families["other"]
    cell = REMEDIES.cell("NEW", None, None, other)
    assert (cell.documents, cell.none_because) == ((), NOT_KNOWN)
    assert REMEDIES.cell("NEW", None, "UFLPA", other).documents


@pytest.mark.parametrize(
    ("hts", "family"),
    [
        ("6201407511", "cotton_apparel"),
        ("854143", "polysilicon_solar"),
        ("7604", "aluminium"),
        ("850760", "batteries_lithium"),
        ("391810", "pvc_flooring"),
        ("720839", "steel"),
        ("401110", "tyres_rubber"),
        ("401512", "gloves"),
        ("200290", "tomatoes"),
        ("030343", "seafood"),
        ("670411", "hair_goods"),
        ("640399", "footwear"),
        ("940360", "timber_furniture"),
        ("2701110000", "minerals_coal"),
        ("710812", "gold_precious"),
        ("870899", "electronics_auto"),
        ("151110", "palm_oil"),
        ("170199", "sugar"),
        ("240120", "tobacco"),
        ("9903880300", "other"),
    ],
)
def test_the_longest_prefix_names_the_family(hts: str, family: str) -> None:
    assert REMEDIES.family_of(hts).family == family


def test_a_hit_leaves_only_the_reviews_meant_for_its_list() -> None:
    def codes(regime: str | None, *lists: str) -> list[str]:
        return [each.code for each in REMEDIES.reviews(regime, frozenset(lists))]

    assert codes("TA-307") == ["wro_admissibility", "finding"]
    assert codes("TA-307", "WRO") == ["wro_admissibility"]
    assert codes("TA-307", "FINDING") == ["finding"]
    assert codes("TA-307", "UFLPA") == ["wro_admissibility", "finding"]
    assert codes("UFLPA", "UFLPA") == ["uflpa_applicability", "uflpa_exception"]
    assert codes(None) == []
    assert codes("a law of another time") == []


def test_what_the_law_asks_for_comes_before_goods_and_reason() -> None:
    family = REMEDIES.families["hair_goods"]
    cell = REMEDIES.cell("DPRK_BORDER_MANUFACTURER", "supplier", "CAATSA-321", family)
    names = [each.document_id for each in cell.documents]
    assert names.index("worker_roster") < names.index("hair_chain") < names.index("factory_address")
    assert len(names) == len(set(names))


def shipped() -> dict[str, bytes]:
    folder = files("app.core.remedies").joinpath("tables")
    return {name: folder.joinpath(name).read_bytes() for name in NAMES}


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("documents.toml", b'from = ["importer"]', b'from = ["nobody"]', "documents.toml"),
        ("documents.toml", b'source = "cfr-12-43"', b'source = "hearsay"', "documents.toml"),
        ("documents.toml", b"[certificate_of_origin]", b"[certificate", "documents.toml"),
        ("families.csv", b"tomato_chain", b"tomato", "families.csv"),
        ("families.csv", b"\nother,", b"\nothers,", "wanted the family other"),
        ("regimes.toml", b'"due_diligence"', b'"diligence"', "regimes.toml"),
        ("aspects.csv", b"\nTARIFF_CODE_STATUS,classification,", b"\nX,,", "aspects.csv"),
        ("aspects.csv", b"\nlane,,", b"\nlane,payroll,", "aspects.csv"),
        ("sources.csv", b"source,", b"name,", "sources.csv"),
    ],
)
def test_a_damaged_table_is_refused_by_name(name: str, old: bytes, new: bytes, said: str) -> None:
    data = shipped()
    assert old in data[name]
    data[name] = data[name].replace(old, new, 1)
    with pytest.raises(ReferenceRefused, match=said):
        build_remedies(data)


def test_a_document_that_shows_nothing_is_refused() -> None:
    data = shipped()
    data["documents.toml"] += b'\n[empty]\ntitle = "x"\nshows = []\nfrom = []\nsource = "own"\n'
    with pytest.raises(ReferenceRefused, match="must show something"):
        build_remedies(data)


def test_every_table_names_a_source_and_no_text_accuses() -> None:
    for document in REMEDIES.documents.values():
        assert document.source
        assert document.supplied_by
        words = " ".join([document.title, *document.shows]).lower()
        assert "uses forced labour" not in words
