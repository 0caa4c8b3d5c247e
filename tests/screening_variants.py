"""Names for measuring screening: variants of listed names by class, and plausible unlisted names.

The generator knows nothing of the matcher: its words, towns, syllables and rules are its own, from
customs papers and phone books. Everything follows from a seed. docs/screening.md tells the classes.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from random import Random

from app.core.reference import ListedEntity

FORMS = (
    "Co., Ltd.", "Co Ltd", "Company Limited", "CO.,LTD", "Ltd.", "Limited", "Ltd Co", "Co.",
    "Corp.", "Corporation", "Inc.", "Company", "LLC", "Co., Limited", "Corporation Limited",
    "(Pvt) Ltd",
)  # fmt: skip
_FORM = re.compile(
    r"[,\s]*\(?\b(?:co\.?,?\s*ltd|company limited|corporation limited|co|company|corp|ltd|limited"
    r"|inc|corporation|llc|l\.l\.c|s\.r\.l|s\.a\. de c\.v|sdn\.? bhd|bhd|berhad|ltda|d\.o\.o"
    r"|\(p\) ltd)"
    r"\b\.?,?\)?\s*$",
    re.IGNORECASE,
)
ABBREVIATIONS = {
    "technology": ("Tech", "Tech."), "international": ("Intl", "Int'l"), "group": ("Grp",),
    "manufacturing": ("Mfg", "Mfg."), "industry": ("Ind.", "Ind"), "industrial": ("Indl", "Ind."),
    "industries": ("Inds.",), "trading": ("Trdg", "Trad."), "development": ("Dev.", "Devt"),
    "chemical": ("Chem.", "Chem"), "electronics": ("Elec.", "Elect."),
    "products": ("Prods.", "Prod"), "product": ("Prod.",), "materials": ("Mat'ls", "Matls"),
    "material": ("Matl",), "textile": ("Tex.", "Txtl"), "textiles": ("Tex.",),
    "machinery": ("Mach.", "Mchy"), "pharmaceutical": ("Pharm.", "Pharma"),
    "biotechnology": ("Biotech", "Biotech."), "agricultural": ("Agri.", "Agric."),
    "investment": ("Invest.", "Inv"), "import": ("Imp.",), "export": ("Exp.",),
    "construction": ("Const.", "Constr."), "engineering": ("Eng.", "Engg"),
    "logistics": ("Log.", "Logis."), "information": ("Info",), "holdings": ("Hldgs", "Hldg."),
    "accessories": ("Acc.",), "apparel": ("App.",), "garment": ("Garm.", "Gmt"),
    "equipment": ("Equip.",), "science": ("Sci.",), "warehousing": ("Whse",),
    "corporation": ("Corp.",), "company": ("Co.",), "vegetable": ("Veg.",),
    "management": ("Mgmt",), "and": ("&",), "economic": ("Econ.",), "energy": ("Engy",),
    "factory": ("Fty",), "corps": ("Corps.",),
}  # fmt: skip
_POSTAL = {
    "xinjiang": "Sinkiang", "beijing": "Peking", "qingdao": "Tsingtao", "guangdong": "Kwangtung",
    "sichuan": "Szechwan", "zhejiang": "Chekiang", "jiangsu": "Kiangsu", "fujian": "Fukien",
    "shandong": "Shantung", "hebei": "Hopeh", "henan": "Honan", "hubei": "Hupeh",
    "tianjin": "Tientsin", "nanjing": "Nanking", "hetian": "Hotan", "kashgar": "Kashi",
    "turpan": "Tulufan", "aksu": "Akesu",
}  # fmt: skip
_SYLLABLE = re.compile(
    r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|ui|uo|ue"
    r"|a|e|i|o|u)"
)
_WG_START = {
    "zh": "ch", "ch": "ch'", "j": "ch", "q": "ch'", "x": "hs", "z": "ts", "c": "ts'", "b": "p",
    "p": "p'", "d": "t", "t": "t'", "g": "k", "k": "k'", "r": "j",
}  # fmt: skip
_WG_END = {"ian": "ien", "ie": "ieh", "ue": "ueh", "ong": "ung", "iong": "iung"}
_WG_ODD = {
    "zhi": "chih", "chi": "ch'ih", "shi": "shih", "ri": "jih", "zi": "tzu", "ci": "tz'u",
    "si": "ssu", "he": "ho", "ge": "ko", "ke": "k'o", "gui": "kuei", "kui": "k'uei", "yi": "i",
    "you": "yu", "yan": "yen", "ye": "yeh", "yong": "yung", "duo": "to", "tuo": "t'o", "luo": "lo",
    "nuo": "no", "zhuo": "cho", "ruo": "jo", "zuo": "tso", "cuo": "ts'o", "suo": "so",
}  # fmt: skip
_CHINESE = ("CN", "HK", "TW")
_MARKS = "\u0304\u0301\u030c\u0300"
CITIES = (
    "Shandong", "Jiangsu", "Zhejiang", "Guangdong", "Hebei", "Henan", "Hubei", "Anhui", "Fujian",
    "Xinjiang", "Sichuan", "Liaoning", "Dalian", "Qingdao", "Yantai", "Weihai", "Rizhao",
    "Nantong", "Suzhou", "Wuxi", "Changzhou", "Ningbo", "Hangzhou", "Shaoxing", "Wenzhou",
    "Jiaxing", "Xiamen", "Quanzhou", "Guangzhou", "Shenzhen", "Dongguan", "Foshan", "Zhongshan",
    "Huizhou", "Zhuhai", "Hefei", "Nanjing", "Tianjin", "Beijing", "Shanghai", "Baoding",
    "Shijiazhuang", "Tangshan", "Hengshui", "Heze", "Binzhou", "Nanyang", "Urumqi", "Kashgar",
    "Aksu", "Hetian", "Changji", "Inner Mongolia", "Hunan", "Gansu", "Dandong", "Yiwu", "Linyi",
    "Weifang", "Zibo",
)  # fmt: skip
TRADES = (
    "Textile", "Textiles", "Apparel", "Garment", "Garments", "Fashion", "Clothing", "Knitting",
    "Cotton", "Seafood", "Foods", "Food", "Food Ingredients", "Canned Food", "Aquatic Products",
    "Hair Products", "Hair Accessories", "Shoes", "Footwear", "Electronics",
    "Electronic Technology", "New Energy", "Solar Technology", "Silicon Industry",
    "New Materials", "Chemical", "Biotechnology", "Trading", "International Trade",
    "Import and Export", "Industrial", "Industry", "Machinery", "Metal Products", "Steel",
    "Nonferrous Metals", "Copper", "Logistics", "Warehousing", "Cotton and Linen", "Furniture",
    "Wood Products", "Rubber", "Gloves", "Toys", "Auto Parts", "Tea", "Pharmaceutical", "Group",
    "Technology Group", "Agricultural Development", "Fruits and Vegetables", "Wool Textile",
    "Mining",
)  # fmt: skip
_NAME_SYLLABLES = re.findall(
    r"\w+",
    "hua xin da tai jin yuan feng sheng long hai tian ming yu xing fu de an hong guang wei "
    "bao kang jia mei li shun he ping cheng zhong run yang ya lan bo rui hui jun peng fei han "
    "dong nan xi bei yin hao kai ze shan qing zhi chen sen lin shi gang tong mao chang yong "
    "jing ling shuang wan qi ke",
)
_BRANDS = (
    "Sunrise", "Everbright", "Goldenway", "Starlink", "Bluewave", "Oceanpro", "Unitex", "Texwell",
    "Fairland", "Novatex", "Brightstar", "Greenfield", "Topline", "Winway", "Megatex",
    "Silverline", "Pacific", "Orient", "Luckystar", "Goodwill", "Kingwin", "Maxtop", "Sunway",
    "Eastwind", "Polytex",
)  # fmt: skip
_EVERYDAY = frozenset(
    re.findall(
        r"\w+",
        "western gold camel century sunshine group holdings giant manufacturing rare earth select "
        "great east hope needle craft casual wear energy real estate new life golden horse china "
        "everest valley smart glove top brightway tree farm synergy foundation station center "
        "centre education training skills vocation vocational buying selling reserve library "
        "corporation county base number no and of the production corps works plant camp company "
        "limited co ltd international development economic safety products plantation island "
        "union supreme reliable",
    )
)
_KNOWN = frozenset(
    word.casefold() for each in (*CITIES, *TRADES) for word in each.split()
) | _EVERYDAY | frozenset(ABBREVIATIONS)  # fmt: skip
_NOT_CHINESE = (_KNOWN - frozenset(each.casefold() for each in CITIES)) | frozenset(
    re.findall(
        r"\w+",
        "mongolia ocean hide tom hero finca monte sunrise europe daqo mangalore linen needle",
    )
)
_SHORTEST = 8  # letters of a name whose variants can tell it; below, it is reported apart


def core_of(name: str) -> str:
    """Return a name without its legal forms."""
    while True:
        shorter = _FORM.sub("", name).rstrip(" ,")
        if shorter in {name, ""}:
            return name
        name = shorter


def is_telling(name: str) -> bool:
    """Whether a name can be told from others: long enough, with a longer word of its own."""
    words = re.findall(r"[a-z]+", core_of(name).casefold())
    own = [word for word in words if len(word) > 3 and word not in _KNOWN]
    return sum(map(len, words)) >= _SHORTEST and len(words) > 1 and bool(own)


def legal_form(name: str, random: Random) -> str | None:
    """Drop, replace, repeat or move the legal form."""
    core = core_of(name)
    how = random.randrange(4)
    if how == 0:
        return core
    form = random.choice(FORMS)
    if how == 1:
        return f"{core} {form}"
    if how == 2:
        return f"{core}, {form.upper()}".upper()
    return f"{form} {core}"


def word_order(name: str, random: Random) -> str | None:
    """Move the first word to the end, swap neighbours, or put a word in brackets at the end."""
    words = core_of(name).split()
    if len(words) < 2:
        return None
    how = random.randrange(3)
    if how == 0:
        words = [*words[1:], words[0]]
    elif how == 1:
        at = random.randrange(len(words) - 1)
        words[at], words[at + 1] = words[at + 1], words[at]
    else:
        words = [*words[1:], f"({words[0]})"]
    return f"{' '.join(words)} {random.choice(FORMS)}"


def typos(name: str, random: Random) -> str | None:
    """Make one or two typing errors in the letters of the name, legal form included or not."""
    text = core_of(name) if random.random() < 0.5 else name
    for _ in range(random.choice((1, 1, 2))):
        places = [at for at, sign in enumerate(text) if sign.isalpha()]
        at = random.choice(places)
        letter = random.choice("abcdefghijklmnopqrstuvwxyz")
        how = random.randrange(4)
        if how == 0:
            text = text[:at] + letter + text[at + 1 :]
        elif how == 1:
            text = text[:at] + text[at + 1 :]
        elif how == 2:
            text = text[:at] + letter + text[at:]
        elif at + 1 < len(text) and text[at + 1].isalpha():
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def transliteration(name: str, random: Random) -> str | None:
    """Write Chinese words with spaces, without, with tones, in Wade-Giles or as the post did."""
    words = core_of(name).split()
    chinese = {at: parts for at, word in enumerate(words) if (parts := _syllables(word))}
    if not chinese:
        return None
    how = random.randrange(5)
    if how == 1:
        first = min(chinese)
        if first + 1 not in chinese:
            return None
        words[first : first + 2] = [words[first] + words[first + 1].lower()]
        return f"{' '.join(words)} Co., Ltd."
    for at, parts in chinese.items():
        if how == 0:
            words[at] = " ".join(part.capitalize() for part in parts)
        elif how == 2:
            words[at] = "".join(_with_tone(part, random) for part in parts).capitalize()
        elif how == 3:
            words[at] = random.choice("-- ").join(map(_wade_giles, parts)).capitalize()
        else:
            words[at] = _POSTAL.get(words[at].casefold(), words[at].upper())
    return f"{' '.join(words)} Co., Ltd."


def abbreviation(name: str, random: Random) -> str | None:
    """Abbreviate the words that papers abbreviate."""
    words = name.split()
    changed = [
        random.choice(ABBREVIATIONS[key])
        if (key := word.casefold().strip(".,")) in ABBREVIATIONS
        else word
        for word in words
    ]
    return " ".join(changed) if changed != words else None


def subsidiary(name: str, random: Random) -> str | None:
    """Name a branch or subsidiary with its parent."""
    core = core_of(name)
    town, form = random.choice(CITIES[:46]), random.choice(FORMS[:5])
    other = f"{random.choice(CITIES)} {_word(random)} {random.choice(TRADES)} Co., Ltd."
    return random.choice(
        (
            f"{core} ({town}) {form}",
            f"{core} {form} {town} Branch",
            f"{town} Branch of {name}",
            f"{other} (subsidiary of {name})",
            f"{other}, a subsidiary of {core}",
            f"{core} {random.choice(('Import and Export', 'Trading', 'International'))} {form}",
        )
    )


CLASSES: dict[str, Callable[[str, Random], str | None]] = {
    "legal form": legal_form,
    "word order": word_order,
    "typos": typos,
    "transliteration": transliteration,
    "abbreviation": abbreviation,
    "subsidiary": subsidiary,
}


def variants(
    listed: Sequence[ListedEntity], kind: str, count: int, seed: int, *, telling: bool = True
) -> Iterator[tuple[ListedEntity, str]]:
    """Yield `count` variants of a class, each with its entity; `telling` False: of short names."""
    random = Random(f"{seed} {kind} {telling}")  # noqa: S311 - test data
    among = [each for each in listed if is_telling(each.name) is telling]
    if kind == "transliteration":
        among = [each for each in among if each.country in _CHINESE]
    made = 0
    while made < count:
        entity = random.choice(among)
        text = CLASSES[kind](entity.name, random)
        if text is not None:
            made += 1
            yield entity, text


def unlisted(listed: Sequence[ListedEntity], count: int, seed: int) -> Iterator[str]:
    """Yield plausible names of other firms: same towns and trades, some one word off a listed."""
    random = Random(f"{seed} unlisted")  # noqa: S311 - test data
    names = {each.name for each in listed}
    among = [each.name for each in listed if is_telling(each.name)]
    made = 0
    while made < count:
        text = _neighbour(random.choice(among), random) if random.random() < 0.3 else _firm(random)
        if text is not None and text not in names:
            made += 1
            yield text


def _firm(random: Random) -> str:
    parts = [random.choice(CITIES)] if random.random() < 0.85 else []
    parts.append(_word(random))
    parts.append(random.choice(TRADES))
    parts.append(random.choice(FORMS))
    return " ".join(parts)


def _neighbour(name: str, random: Random) -> str | None:
    """Return a listed name with its telling words replaced: all but its town and its trade."""
    words = name.split()
    own = [at for at, word in enumerate(words) if _is_own(word)]
    if not own:
        return None
    for at in own:
        word = _word(random)
        if word.casefold() == words[at].casefold():
            return None
        words[at] = word
    return " ".join(words)


def _is_own(word: str) -> bool:
    plain = re.sub(r"[^a-z]", "", word.casefold())
    return len(plain) > 3 and plain not in _KNOWN and not _FORM.fullmatch(word)


def _word(random: Random) -> str:
    if random.random() < 0.15:
        return random.choice(_BRANDS)
    count = random.choice((2, 2, 2, 2, 3))
    return "".join(random.choice(_NAME_SYLLABLES) for _ in range(count)).capitalize()


def _syllables(word: str) -> list[str] | None:
    plain = word.casefold().strip("(),.")
    if plain in _NOT_CHINESE:
        return None
    found = _SYLLABLE.findall(plain)
    parts = [start + end for start, end in found]
    return parts if "".join(parts) == plain and len(parts) > 1 else None


def _with_tone(part: str, random: Random) -> str:
    vowel = next(at for at, letter in enumerate(part) if letter in "aeiou")
    marked = part[: vowel + 1] + random.choice(_MARKS) + part[vowel + 1 :]
    return unicodedata.normalize("NFC", marked)


def _wade_giles(part: str) -> str:
    if part in _WG_ODD:
        return _WG_ODD[part]
    match = _SYLLABLE.fullmatch(part)
    if match is None:
        raise ValueError(part)
    start, end = match.group(1) or "", match.group(2)
    return _WG_START.get(start, start) + _WG_END.get(end, end)
