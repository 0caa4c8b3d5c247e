"""Listed names in Chinese characters: same but for legal forms, longer, shorter, one sign other."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.distance import OSA

from app.core.reference import ListedEntity
from app.core.screening.matches import LEGAL_FORM_MATCH, HitStrength, NameMatch

_FORMS = re.compile(
    r"(?:股份|集团|控股)?(?:有限(?:责任)?|责任|股份)?公司|(?:总|分)公司|\(?[甲乙]?种?\)?$"
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff0-9]")
_LEAST = 2  # characters of a name that is searched
_SHORT = 2  # characters of a name that many bear
_CONTAINED_FROM = 4  # characters of a listed name that tell a firm inside a longer one
_SURE_FROM = 6  # characters of a name that may have one wrong and still be it
_NEAR_FROM = 5
_CONTAINED = 0.9
_PART = 0.8
# Traditional characters of firm names, each before its simplified one (public knowledge).
_PAIRS = (
    "亞亚來来個个偉伟備备億亿優优儲储凍冻創创劉刘劑剂務务勝胜區区協协吳吴員员喬乔國国園园圓圆團团場场塊块奧奥孫孙學学實实寧宁寬宽寶宝將将對对庫库廠厂廣广張张強强從从慶庆戰战揚扬據据"
    "時时晉晋書书會会東东楊杨業业極极榮荣樂乐樹树橋桥機机歐欧氣气湯汤準准滬沪滿满潔洁澤泽濟济濰潍濱滨瀋沈灣湾無无煉炼煙烟燈灯燒烧爐炉爾尔牆墙獅狮獎奖瑪玛環环瓊琼產产畫画療疗發发盧卢"
    "矽硅礎础礦矿種种穀谷競竞節节範范築筑粵粤糧粮約约紅红納纳紗纱紙纸級级紡纺細细紹绍給给統统絲丝經经綠绿綢绸維维綿绵線线練练縣县總总織织繡绣繼继羅罗義义聯联臺台興兴舊旧艦舰華华萊莱"
    "萬万葉叶蓮莲蔣蒋蕪芜藍蓝藝艺藥药蘇苏蘭兰處处號号蝦虾術术衛卫裝装製制襪袜見见視视親亲計计訊讯設设許许評评話话認认課课調调謝谢證证識识譚谭議议變变讓让豐丰貝贝財财責责買买貿贸資资"
    "賈贾賣卖質质賴赖購购贛赣趙赵躍跃車车軍军軟软載载輔辅輛辆輝辉輪轮輸输農农連连進进運运過过達达遙遥遠远選选遼辽邊边鄉乡鄒邹鄧邓鄭郑醬酱鈦钛銀银銅铜銘铭銷销鋁铝鋅锌鋪铺鋰锂鋼钢錢钱"
    "錦锦錫锡鍋锅鍛锻鍾钟鎂镁鎮镇鎳镍鐵铁鑄铸長长門门開开閣阁閩闽閻阎關关陝陕陰阴陳陈陸陆陽阳際际隨随隴陇雙双雲云電电靈灵韓韩順顺須须頓顿領领頭头顏颜願愿類类顧顾飛飞飾饰館馆馬马馮冯"
    "駿骏騎骑騰腾驗验體体鬆松魚鱼鮑鲍鮮鲜鳥鸟鳳凤鶴鹤鷹鹰鹽盐麗丽麥麦黃黄點点齊齐齡龄龍龙龔龚"
)
_PLAIN = str.maketrans(_PAIRS[::2], _PAIRS[1::2])


class _Listed(NamedTuple):
    """One listed name in characters, whole and without legal forms."""

    entity: ListedEntity
    kind: str
    whole: str
    key: str


def han_part(folded: str) -> str:
    """Return the Chinese characters and digits of a folded name, in simplified characters."""
    return "".join(_HAN.findall(folded)).translate(_PLAIN)


def han_key(part: str) -> str:
    """Return a name in characters without its legal forms; the name itself if nothing is left."""
    return _FORMS.sub("", part) or part


class HanIndex:
    """Finds the listed names that a name in Chinese characters may be."""

    def __init__(self, names: Iterable[tuple[ListedEntity, str, str]]) -> None:
        """Index (entity, folded name, kind of name); names of one character are left out."""
        self._same: dict[str, list[_Listed]] = {}
        self._pairs: dict[str, dict[str, None]] = {}
        for entity, folded, kind in names:
            whole = han_part(folded)
            key = han_key(whole)
            if len(key) < _LEAST:
                continue
            self._same.setdefault(key, []).append(_Listed(entity, kind, whole, key))
            for pair in _pairs(key):
                self._pairs.setdefault(pair, {})[key] = None

    def find(self, folded: str) -> list[NameMatch]:
        """Return the matches of a folded name that has Chinese characters."""
        whole = han_part(folded)
        key = han_key(whole)
        if len(key) < _LEAST:
            return []
        matches = [_same(listed, whole) for listed in self._same.get(key, ())]
        shared: dict[str, int] = {}
        for pair in _pairs(key):
            for other in self._pairs.get(pair, ()):
                shared[other] = shared.get(other, 0) + 1
        for other, count in shared.items():
            if other != key and count * 2 >= len(other) - 1:
                matches.extend(_near(listed, key) for listed in self._same[other])
        return [match for match in matches if match is not None]


def _pairs(key: str) -> set[str]:
    return {key[at : at + 2] for at in range(len(key) - 1)}


def _same(listed: _Listed, whole: str) -> NameMatch | None:
    equal = listed.whole == whole
    strength = HitStrength.WEAK if len(listed.key) <= _SHORT else HitStrength.STRONG
    how = () if equal else ("legal form",)
    degree = 1.0 if equal else LEGAL_FORM_MATCH
    return NameMatch(listed.entity, listed.kind, degree, strength, how, mark=False)


def _near(listed: _Listed, key: str) -> NameMatch | None:
    if len(listed.key) >= _CONTAINED_FROM and listed.key in key:
        return _match(listed, _CONTAINED, HitStrength.STRONG, "subsidiary")
    if len(key) >= _CONTAINED_FROM and key in listed.key:
        return _match(listed, _PART, HitStrength.WEAK, "abbreviation")
    if len(listed.key) >= _NEAR_FROM and OSA.distance(key, listed.key, score_cutoff=1) <= 1:
        strength = HitStrength.STRONG if len(listed.key) >= _SURE_FROM else HitStrength.WEAK
        return _match(listed, 1 - 1 / len(listed.key), strength, "spelling")
    return None


def _match(listed: _Listed, degree: float, strength: HitStrength, how: str) -> NameMatch:
    return NameMatch(listed.entity, listed.kind, round(degree, 3), strength, (how,), mark=False)
