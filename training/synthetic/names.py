"""Names of invented firms, the ways they are spelled, and the MIDs built from them.

Syllables and trade words are common ones; a likeness to a real firm is chance.
"""

import numpy as np

from training.synthetic.draws import Ints, Strings

SPELLINGS = 4  # canonical, in capitals, with another legal form, an alias that folds differently
SPELLING_SHARES = np.array([0.5, 0.25, 0.17, 0.08])  # invented
_STYLES = {
    "CN": "cn", "HK": "cn", "TW": "cn", "VN": "vn", "TH": "th", "KH": "th", "MM": "th",
    "MY": "my", "ID": "my", "PH": "my", "IN": "in", "PK": "in", "BD": "in", "LK": "in", "NP": "in",
    "KR": "kr", "JP": "jp", "RU": "ru", "KZ": "ru", "UZ": "ru", "MN": "ru", "LA": "th", "US": "us",
}  # fmt: skip
_FIRST = {
    "cn": "Hong Jin Hua Xin Tai Sheng Yong Rui Fu Tian Hai Bo De Ming Jia Wan Long Guang Zhong "
    "Da Yi Kang Xiang Bao Feng Heng Lian Run Shun Tong",
    "vn": "Minh Thanh Phuoc Tan Viet Nam Hoang Long Dai An Phu Thai Binh Duc Kim Loc Son Tien",
    "th": "Siam Thai Chai Suk Rung Watt Nara Phon Sri Boon Kasem Amnu Vira Charo Preecha Udom",
    "my": "Mega Sinar Indo Surya Jaya Cahaya Bintang Duta Karya Mulia Prima Sumber Tunas Wira",
    "in": "Shree Om Raj Lakshmi Ganesh Krish Sun Royal Star Vard Anand Maha Jay Nav Pad Sid",
    "kr": "Dae Han Sam Shin Woo Dong Kyung Jin Sung Hyun Tae Young Seo Mirae",
    "jp": "Naka Yama Kawa Taka Matsu Fuji Oka Mori Hara Shima Kita Mina Sato Ota",
    "ru": "Vostok Primor Sever Dal Morsk Les Amur Baikal Nord Ural Sibir Neva",
    "es": "Maquila Nort Sierra Rio Sol Valle Monte Costa Alto Puerto Santa Vista Campo",
    "eu": "Alp Nord West Berg Mar Val Rhein Bel Ter Sol Linde Stein Fjord Orb",
    "us": "Harbor Summit Liberty Pioneer Atlas Cedar Granite River Beacon Sterling Keystone "
    "Prairie Coastal Evergreen Frontier Heritage Anchor Blue Copper Northern Redwood Sierra "
    "Union Vista",
}
_SECOND = {
    "cn": "hua sheng tai da yuan fa long xing li cheng xin hong de mao wei bang jun ke lin qi ran "
    "shi tong wang yu zhou an bin chang dong",
    "vn": "phat tien loi hung thinh vuong khanh quang dat gia nghia trung tin vinh",
    "th": "chart porn wong sak thana kit charoen siri dee mitr pat vit",
    "my": "makmur sejati utama abadi perkasa lestari raya sentosa mandiri nusa",
    "in": "exim tex fab kraft vardhan pura tech land globe line ways rise",
    "kr": "il jin woo won sung han kook seong min hae",
    "jp": "moto da saki guchi zawa no shita mura be ya",
    "ru": "torg prom snab export trans flot bereg les ryba sib",
    "es": "eña mar tex pac sur co ver norte dor val",
    "eu": "tec mann werk ino ex lux dor ier sen plast",
    "us": " & Sons; Trading; Supply; Outfitters; Imports; Brands; Distribution; Partners; Home;"
    " Goods; Products; Group",
}
_FORMS = {  # canonical, written out or otherwise
    "cn": ("Co., Ltd.", "Company Limited"),
    "vn": ("Co., Ltd.", "Company Limited"),
    "th": ("Co., Ltd.", "Company Limited"),
    "my": ("Sdn. Bhd.", "SDN BHD"),
    "in": ("Pvt. Ltd.", "Private Limited"),
    "kr": ("Co., Ltd.", "Company Limited"),
    "jp": ("Co., Ltd.", "K.K."),
    "ru": ("LLC", "OOO"),
    "es": ("S.A. de C.V.", "SA de CV"),
    "eu": ("GmbH", "Ltd"),
    "us": ("LLC", "L.L.C."),
}
_TRADES = {
    "garments": "Garment Apparel Fashion Clothing",
    "knitwear": "Knitting Apparel Textile",
    "home_textile": "Textile Home-Textile Weaving",
    "footwear": "Footwear Shoes",
    "seafood": "Seafood Aquatic Foods",
    "hair": "Hair-Products Wigs Beauty-Crafts",
    "timber": "Wood Timber Wood-Industry",
    "solar": "Solar Photovoltaic New-Energy",
    "tomato": "Foods Agricultural",
    "flooring": "Flooring Plastics New-Material",
    "aluminium": "Aluminium Metal",
    "auto": "Auto-Parts Automotive",
    "minerals": "Minerals Mining Refractories",
}
_OTHER_TRADES = "Industry Trading Manufacturing Technology International Products"
STREETS = (
    *("Zhenxing Road", "Industrial Road", "Port Road", "Station Street", "Harbour Street"),
    *("Development Zone Road", "Market Street", "Factory Lane", "River Road", "Mill Road"),
)


def style_of(country: str) -> str:
    """Return the naming style of a country."""
    if country in _STYLES:
        return _STYLES[country]
    latin = {"MX", "ES", "PT", "BR", "CL", "PE", "EC", "CO", "CR", "GT", "HN", "NI", "DO", "IT"}
    return "es" if country in latin else "eu"


def firm_names(
    rng: np.random.Generator, countries: list[str], cities: list[str], families: list[str]
) -> Strings:
    """Return the spellings (k, SPELLINGS) of one firm for each country, town and family."""
    count = len(countries)
    draws = rng.integers(0, 2**31, size=(count, 5))
    spellings = np.empty((count, SPELLINGS), dtype=object)
    for at in range(count):
        spellings[at] = _spell(countries[at], cities[at], families[at], draws[at].tolist())
    return spellings


def _spell(country: str, city: str, family: str, draws: list[int]) -> tuple[str, ...]:
    style = style_of(country)
    firsts = _FIRST[style].split()
    first = firsts[draws[0] % len(firsts)]
    trades = _TRADES.get(family, _OTHER_TRADES).split()
    trade = trades[draws[2] % len(trades)].replace("-", " ")
    form, other = _FORMS[style]
    if style == "us":
        seconds = _SECOND[style].split(";")
        core = f"{first} {firsts[draws[3] % len(firsts)]}{seconds[draws[1] % len(seconds)]}"
        return (f"{core} {form}", f"{core} {form}".upper(), f"{core} {other}", f"{first} {form}")
    seconds = _SECOND[style].split()
    second = seconds[draws[1] % len(seconds)]
    third = seconds[draws[3] % len(seconds)] if draws[4] % 2 else ""
    brand = f"{first}{second}{third}"
    town = f"{city} " if draws[4] % 5 < 2 else ""
    plain = f"{town}{brand} {trade} {form}"
    capitals = plain.replace(",", "").replace(".", "").upper()
    apart = f"{first} {second.capitalize()}{' ' + third.capitalize() if third else ''}"
    alias = f"{brand} {trade} {form}" if town else f"{apart} Import & Export {form}"
    return (plain, capitals, f"{town}{brand} {trade} {other}", alias)


def mids(
    countries: list[str], spellings: Strings, numbers: Ints, cities: list[str], unique: bool
) -> Strings:
    """Return the MID (k,) of each firm by CBP's rule: country, 3 letters of each of the first two
    words, up to 4 digits of the street number, 3 letters of the city.

    Firms of one town collide under the rule; `unique` gives each a number of its own instead.
    """
    made = np.empty(len(countries), dtype=object)
    for at, country in enumerate(countries):
        words = ["".join(c for c in word if c.isascii() and c.isalpha()) for word in
                 str(spellings[at, 0]).upper().split()]  # fmt: skip
        letters = "".join(word[:3] for word in [word for word in words if word][:2])
        number = f"{at % 10_000:04d}" if unique else str(numbers[at])[:4]
        city = "".join(c for c in cities[at].upper() if c.isascii() and c.isalpha())[:3]
        made[at] = f"{country}{letters}{number}{city}"[:15]
    return made
