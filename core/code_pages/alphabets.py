"""The usual characters of languages in each code page, in the order of preference."""

from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal, get_args

CodePage = Literal[
    "windows-1252", "windows-1250", "windows-1254", "windows-1257", "windows-1251",
    "windows-1253", "windows-1255", "windows-1256", "koi8-r", "gb18030", "cp932", "cp949",
    "big5", "cp874", "mac-roman", "cp850", "cp852", "cp866", "cp737", "cp857", "cp862",
]  # fmt: skip
CODE_PAGES: tuple[CodePage, ...] = get_args(CodePage)


@dataclass(frozen=True)
class Alphabet:
    """The characters that are likely in a text of one language, or of similar languages."""

    page: CodePage
    letters: str
    """The usual ones."""
    others: frozenset[str] = frozenset()
    """Less usual ones, of Asian scripts, which have too many characters to list."""
    script: Literal["Latin", "East Asian", "other"] = "other"


def _latin(page: CodePage, letters: str) -> Alphabet:
    return Alphabet(page, letters, script="Latin")


def _east_asian(
    page: CodePage, letters: str, *, leads: range, trails: range, others: str = ""
) -> Alphabet:
    """Return an alphabet whose other characters include those with these first and second bytes."""
    pairs = (bytes([lead, trail]) for lead in leads for trail in trails)
    common = frozenset(pair.decode(page, errors="ignore") for pair in pairs)
    return Alphabet(page, letters, common.union(others), script="East Asian")


def _characters(*ranges: range) -> str:
    return "".join(map(chr, chain(*ranges)))


_WESTERN = "äöüßéèêëàâçñáíóúôîïûùæøåãõìòÄÖÜÉÈÊÀÂÇÑÁÍÓÚÔÎÆØÅÃÕ"
_CENTRAL_EUROPEAN = "ąćęłńóśźżáčďéěíňřšťúůýžőűöüßäăâîşţđôë"
_TURKISH = "ğışçöüâîİ"
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ"
_HEBREW = "אבגדהוזחטיךכלםמןנסעףפץצקרשת"
_KANA, _HALF_WIDTH_KANA = _characters(range(0x3041, 0x3100)), _characters(range(0xFF61, 0xFFA0))
_JAPANESE = (
    _KANA + "々日本東京都道府県市区町村大小中上下人山川田北南西海新商品番号注文服靴青赤白黒色"
)
_THAI = _characters(range(0x0E01, 0x0E3B), range(0x0E40, 0x0E4F))

WINDOWS = (
    _latin("windows-1252", _WESTERN + "œŒ"),
    _latin("windows-1250", "ąćęłńóśźż"),  # Polish
    _latin("windows-1250", "áčďéěíľĺňóôřŕšťúůýž"),  # Czech and Slovak
    _latin("windows-1250", "áéíóöőúüű"),  # Hungarian
    _latin("windows-1250", "ăâîşţ"),  # Romanian
    _latin("windows-1250", "čćđšž"),  # Croatian and Slovene
    _latin("windows-1254", _TURKISH),
    _latin("windows-1257", "āčēģīķļņšūž"),  # Latvian
    _latin("windows-1257", "ąčęėįšųūž"),  # Lithuanian
    _latin("windows-1250", _CENTRAL_EUROPEAN),
    Alphabet("windows-1251", _CYRILLIC + "іїєґ№"),
    Alphabet("windows-1253", _GREEK),
    Alphabet("windows-1255", _HEBREW),
    Alphabet("windows-1256", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"),
)
DOS = (
    _latin("cp850", _WESTERN),
    _latin("cp852", _CENTRAL_EUROPEAN),
    Alphabet("cp866", _CYRILLIC + "№"),
    Alphabet("cp737", _GREEK),
    _latin("cp857", _TURKISH),
    Alphabet("cp862", _HEBREW),
)
UNIX_AND_MAC = (Alphabet("koi8-r", _CYRILLIC), _latin("mac-roman", _WESTERN + "œŒ"))


@cache
def asian_alphabets() -> tuple[Alphabet, ...]:
    """Return the alphabets of Asia; made when first needed, since that takes 15 ms."""
    return (
        _east_asian(
            "gb18030",
            "的一是不了在人有中大来上国个到为子和地出时年下以生会家学对小心多天好日文无开手用主方前本公同三长产品连衣"
            "裙红色蓝黑白绿黄紫灰粉北京市海广州深圳东西南数码相机客户编号订单鞋包男女装省区县路街商店价格新款套春夏秋冬",
            leads=range(0xB0, 0xD8),
            trails=range(0xA1, 0xFF),
        ),
        _east_asian(
            "cp932",
            _JAPANESE,
            leads=range(0x82, 0x98),
            trails=range(0x40, 0xFD),
            others=_HALF_WIDTH_KANA,
        ),
        _east_asian(
            "cp949",
            "이다는에의를가은한하고도기지로리서시인나사어정대자해보구부주수장스라면과제그전일아원동성공상여우조비국용신계"
            "소화내거연러마피선위경무게산미단세문영데들니생적진회당트중울특별천광남북강충청품방호색",
            leads=range(0xB0, 0xC9),
            trails=range(0xA1, 0xFF),
        ),
        _east_asian(
            "big5",
            "的一是不了在人有中大來上國個到為子和地出時年下以生會家台北市高雄商品連衣裙紅色藍黑白鞋包客戶訂單號",
            leads=range(0xA4, 0xC7),
            trails=range(0x40, 0xFF),
        ),
        Alphabet("cp874", "", frozenset(_THAI)),
    )
