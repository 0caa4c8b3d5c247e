"""Names in published lists: the forms they are written in, by example."""

import pytest

from app.core.reference.importers.names import published_name, split_names


@pytest.mark.parametrize(
    ("cell", "name", "aliases"),
    [
        ("Camel Group Co., Ltd.", "Camel Group Co., Ltd.", ()),
        (
            "Aksu Huafu Textiles Co. (including two aliases: Akesu Huafu and Aksu Huafu Dyed "
            "Melange Yarn)",
            "Aksu Huafu Textiles Co.",
            ("Akesu Huafu", "Aksu Huafu Dyed Melange Yarn"),
        ),
        (
            "Changji Esquel Textile Co. Ltd. (and one alias: Changji Yida Textile)",
            "Changji Esquel Textile Co. Ltd.",
            ("Changji Yida Textile",),
        ),
        (
            "Hoshine Silicon Industry (Shanshan) Co., Ltd. (including one alias: Hesheng Silicon "
            "Industry (Shanshan) Co.) and subsidiaries",
            "Hoshine Silicon Industry (Shanshan) Co., Ltd.",
            ("Hesheng Silicon Industry (Shanshan) Co",),
        ),
        (
            "Xinjiang Production and Construction Corps (including three aliases: XPCC; Xinjiang "
            "Corps; and Bingtuan) and its subordinate and affiliated entities",
            "Xinjiang Production and Construction Corps",
            ("XPCC", "Xinjiang Corps", "Bingtuan"),
        ),
        (
            "Ninestar Corporation and its eight Zhuhai-based subsidiaries, which include Zhuhai "
            "Ninestar Information Technology Co., Ltd., Geehy Semiconductor Co., Ltd., and "
            "Zhuhai G&G Digital Technology Company",
            "Ninestar Corporation",
            (
                "Zhuhai Ninestar Information Technology Co. Ltd",
                "Geehy Semiconductor Co. Ltd",
                "Zhuhai G&G Digital Technology Company",
            ),
        ),
        (
            "Chenguang Biotech Group Co., Ltd. and its subsidiary Chenguang Biotechnology Group "
            "Yanqi Co. Ltd.",
            "Chenguang Biotech Group Co., Ltd.",
            ("Chenguang Biotechnology Group Yanqi Co. Ltd",),
        ),
        (
            "Changhong Meiling Co., Ltd. (formerly known as Hefei Meiling Co., Ltd.)",
            "Changhong Meiling Co., Ltd.",
            ("Hefei Meiling Co. Ltd",),
        ),
        (
            "Hongyuan Green Energy Co., Ltd. (HY Solar; fka Wuxi Shangji)",
            "Hongyuan Green Energy Co., Ltd.",
            ("HY Solar", "Wuxi Shangji"),
        ),
        ("Fuchu Prison; Union Kogyo Co., Ltd.", "Fuchu Prison", ("Union Kogyo Co., Ltd.",)),
        ("Supermax Corporation Bhd and subsidiaries", "Supermax Corporation Bhd", ()),
        ("FGV Holdings Berhad and subsidiaries/JVs", "FGV Holdings Berhad", ()),
        ("Imaizumi Tea (JP)", "Imaizumi Tea", ()),
        ("Western Gold\u00a0 Co.,\n Ltd.", "Western Gold Co., Ltd.", ()),
        (" ", "", ()),
    ],
)
def test_a_cell_gives_its_name_and_all_others(
    cell: str, name: str, aliases: tuple[str, ...]
) -> None:
    published = published_name(cell)
    assert (published.name, published.aliases) == (name, aliases)


def test_the_comma_before_a_legal_form_does_not_split_a_name() -> None:
    assert split_names("A Firm Co., Ltd., B Firm, Inc. and C Firm") == [
        "A Firm Co. Ltd",
        "B Firm Inc",
        "C Firm",
    ]


def test_a_word_of_trade_after_and_starts_no_other_name() -> None:
    text = "Bayi Iron and Steel; Sanhe Fruit and Vegetable, Laglove and Biopro"
    assert split_names(text) == [
        *("Bayi Iron and Steel", "Sanhe Fruit and Vegetable", "Laglove", "Biopro"),
    ]
