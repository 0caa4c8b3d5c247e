"""Places named in texts: towns in an address, not streets, houses or firms that bear their name."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from app.core.reference.folding import fold_text, has_han
from app.core.reference.kinds import GatewayPlace, Port

MEMO_SIZE = 16_384  # texts kept; a large broker's makers
MAX_WORDS = 4  # "Changbai Korean Autonomous County" is the longest name less its rank
_SHORTEST_IN_TEXT = 4  # Lop, Ili and Usu count only where they stand alone
# A port names a manufacturer's town only where being there is a signal in itself; the milder
# hubs (Dalian, Qingdao, Busan) speak of a route and only together with goods.
_TOWN_RISKS = frozenset({"high", "prohibited"})
_TOWN_COUNTRIES = frozenset({"CN", "KP"})
_RANKS = frozenset(
    {"city", "shi", "county", "xian", "prefecture", "municipality", "district", "qu", "town"}
    | {"zhen", "autonomous", "region", "province", "sheng", "oblast", "krai", "kray", "dist"}
)
_PORT_WORDS = frozenset({"apt", "airport", "pt", "port"})
_COUNTRY_WORDS = frozenset({"china", "pr", "prc", "p", "r", "cn", "russia", "ru", "russian"})
_PEOPLES = frozenset(
    {
        "uygur",
        "uyghur",
        "uighur",
        "weiwuer",
        "hui",
        "kazak",
        "kazakh",
        "kirghiz",
        "kirgiz",
        "kyrgyz",
    }
    | {"mongol", "mongolian", "tajik", "xibe", "korean", "manchu"}
)
_FILLERS = _RANKS | _COUNTRY_WORDS | _PEOPLES | {"the", "of"}
# A town lends its name to its development zones and parks, which lie in it.
_OF_TOWN = (
    _RANKS | _PEOPLES | {"economic", "development", "industrial", "industry", "border", "zone"}
)
# What follows a town's name where a street, a house or a firm bears it.
_STREETS = frozenset(
    {"road", "rd", "street", "str", "st", "avenue", "ave", "av", "lane", "ln", "lu", "jie", "dajie"}
    | {"dadao", "daolu", "boulevard", "blvd", "highway", "hwy", "expressway", "alley", "hutong"}
    | {"xiang", "bridge", "ulitsa"}
)
_BEARERS = _STREETS | frozenset(
    {"building", "bldg", "tower", "mansion", "plaza", "square", "hotel", "restaurant", "office"}
    | {"market", "mall", "garden", "gardens", "co", "company", "ltd", "limited", "inc", "corp"}
    | {"group", "trading", "trade", "supply", "import", "export", "bank", "university"}
    | {"international", "intl", "metro", "station", "store", "shop"}
)
_BETWEEN = frozenset(  # may stand between the name and the word road
    {"east", "west", "north", "south", "middle", "central", "zhong", "dong", "xi", "nan", "bei"}
    | {"first", "second", "third", "1st", "2nd", "3rd", "yi", "er", "san", "e", "w", "n", "s"}
)
_HAN_ENDINGS = ("市", "县", "州")
_HAN_BEARER = re.compile(
    r"[东西南北中一二三0-9]*(?:路|街|道|巷|大道|大街|大厦|大楼|广场|酒店|宾馆|大桥)"
)
_PARTS = re.compile(r"[,;/|()\n，；（）、]")
# ISO 3166-2:CN, in the spelling of addresses; Xinjiang is a place of the table.
PROVINCES = frozenset(
    {"anhui", "beijing", "chongqing", "fujian", "gansu", "guangdong", "guangxi", "guizhou"}
    | {"hainan", "hebei", "heilongjiang", "henan", "hubei", "hunan", "jiangsu", "jiangxi", "jilin"}
    | {"liaoning", "neimenggu", "ningxia", "qinghai", "shaanxi", "shandong", "shanghai", "shanxi"}
    | {"sichuan", "tianjin", "tibet", "xinjiang", "yunnan", "zhejiang"}
)


class Named(NamedTuple):
    """A place that a text names; `plain` where nothing else can be meant by the words."""

    place: GatewayPlace | Port
    plain: bool


class Reading(NamedTuple):
    """What a text names: places of the table, and provinces of China by their folded names."""

    places: tuple[Named, ...]
    provinces: frozenset[str]


NOTHING_READ = Reading((), frozenset())


def fold_town(name: str) -> str:
    """Return a town's name without case, accents, punctuation, province or the word city.

    Chinese characters stay as they are, without the last 市, 县 or 州.
    """
    first = name.split(",", 1)[0].split("/", 1)[0].split("(", 1)[0]
    folded = fold_text(first)
    words = [word for word in folded.split() if word not in _RANKS | _PORT_WORDS]
    text = " ".join(words) or folded
    return text[:-1] if len(text) > 2 and text.endswith(_HAN_ENDINGS) else text


class PlaceIndex:
    """Places that are a signal where a party is, found in the words of a text.

    Safe to share between threads; the memos are bounded.
    """

    __slots__ = ("_begins", "_by_name", "_fold", "_han", "_letters", "_read")

    def __init__(
        self, places: Iterable[tuple[GatewayPlace, tuple[str, ...]]], ports: Iterable[Port]
    ) -> None:
        """Index places with their other names, then the ports that say as much."""
        self._by_name: dict[tuple[str, str], GatewayPlace | Port] = {}
        letters: dict[tuple[str, str], dict[GatewayPlace | Port, None]] = {}
        for place, aliases in places:
            for name in (place.name, *aliases):
                self._add(name, place)
                key = fold_text(name).replace(" ", "")[:3].upper()
                if key.isascii() and key.isalpha():
                    letters.setdefault((key, place.country), {})[place] = None
        for port in ports:
            if port.gateway_risk in _TOWN_RISKS and port.country in _TOWN_COUNTRIES:
                self._add(port.name, port)
        self._letters: Mapping[tuple[str, str], tuple[GatewayPlace | Port, ...]] = {
            key: tuple(found) for key, found in letters.items()
        }
        self._han = tuple(
            (name, country, place) for (name, country), place in self._by_name.items()
            if has_han(name)
        )  # fmt: skip
        self._fold: Callable[[str], str] = lru_cache(MEMO_SIZE)(_town_key)
        self._read: Callable[[str, str], Reading] = lru_cache(MEMO_SIZE)(self._read_text)
        self._begins: Callable[[str, str], GatewayPlace | Port | None] = lru_cache(MEMO_SIZE)(
            self._begin_of
        )

    def find(self, town: str, country: str) -> GatewayPlace | Port | None:
        """Return the signal of a town whose name is the whole text, or None."""
        return self._by_name.get((self._fold(town), country))

    def read(self, text: str, country: str) -> Reading:
        """Return the places and provinces that an address or a city field names."""
        return self._read(text, country)

    def begins(self, name: str, country: str) -> GatewayPlace | Port | None:
        """Return the place that a firm's name begins with, as names of Chinese firms do."""
        return self._begins(name, country)

    def by_letters(self, letters: str, country: str) -> tuple[GatewayPlace | Port, ...]:
        """Return the places whose name begins with the three letters that end a MID."""
        return self._letters.get((letters, country), ())

    def _add(self, name: str, place: GatewayPlace | Port) -> None:
        self._by_name.setdefault((_town_key(name), place.country), place)

    def _begin_of(self, name: str, country: str) -> GatewayPlace | Port | None:
        folded = fold_text(name)
        if has_han(folded):
            return next(
                (place for key, at, place in self._han if at == country and folded.startswith(key)),
                None,
            )
        words = folded.split()
        for length in range(min(MAX_WORDS, len(words)), 0, -1):
            place = self._by_name.get(("".join(words[:length]), country))
            if place is not None:
                return None if _is_borne(words, length, _STREETS) else place
        return None

    def _read_text(self, text: str, country: str) -> Reading:
        found: dict[GatewayPlace | Port, bool] = {}
        provinces: set[str] = set()
        for part in _PARTS.split(text):
            folded = fold_text(part)
            if has_han(folded):
                self._read_han(folded, country, found)
                continue
            words = folded.split()
            provinces.update(
                word
                for at, word in enumerate(words, start=1)
                if word in PROVINCES and not _is_borne(words, at)
            )
            self._read_words(words, country, found)
        return Reading(tuple(Named(*each) for each in found.items()), frozenset(provinces))

    def _read_han(self, text: str, country: str, found: dict[GatewayPlace | Port, bool]) -> None:
        for name, at, place in self._han:
            start = text.find(name) if at == country else -1
            if start >= 0 and not _HAN_BEARER.match(text, start + len(name)):
                found[place] = True

    def _read_words(
        self, words: list[str], country: str, found: dict[GatewayPlace | Port, bool]
    ) -> None:
        alone = [word for word in words if not (word in _FILLERS or word.isdigit())]
        at = 0
        while at < len(words):
            length, place = self._longest(words, at, country)
            if place is not None and not _is_borne(words, at + length):
                name = "".join(words[at : at + length])
                plain = _is_plain(words, at, length, alone)
                if plain or len(name) >= _SHORTEST_IN_TEXT:
                    found[place] = found.get(place, False) or plain
            at += length

    def _longest(
        self, words: list[str], at: int, country: str
    ) -> tuple[int, GatewayPlace | Port | None]:
        for length in range(min(MAX_WORDS, len(words) - at), 0, -1):
            place = self._by_name.get(("".join(words[at : at + length]), country))
            if place is not None:
                return length, place
        return 1, None


def _town_key(name: str) -> str:
    return fold_town(name).replace(" ", "")


def _is_borne(words: list[str], after: int, bearers: frozenset[str] = _BEARERS) -> bool:
    """Whether a street, house or firm bears the name that ends before `after`."""
    rest = words[after:]
    while rest and (rest[0] in _BETWEEN or rest[0].isdigit()):
        rest = rest[1:]
    return bool(rest) and rest[0] in bearers


def _is_plain(words: list[str], at: int, length: int, alone: list[str]) -> bool:
    """Whether the name stands alone in its part but for ranks, countries and provinces, has its
    rank or a zone behind it, or ends the part after the rank of a smaller place."""
    name = words[at : at + length]
    others = [word for word in alone if word not in name and word not in PROVINCES]
    before, after = words[at - 1 : at], words[at + length : at + length + 1]
    return not others or bool(
        _OF_TOWN.intersection(after) if after else _RANKS.intersection(before)
    )
