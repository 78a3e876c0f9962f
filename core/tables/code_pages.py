"""Guesses the code page of text that is not Unicode.

A wrong code page garbles letters: it puts symbols inside words, capitals after small letters, and
letters where no language has them. The code page with the fewest such faults in a sample of words
is chosen; in a tie, the first in `_LETTERS`. A guess is never certain, so callers report it.
"""

import re
from functools import cache
from itertools import pairwise
from typing import Literal, get_args

CodePage = Literal[
    "windows-1252", "windows-1250", "windows-1254", "windows-1257", "windows-1251",
    "windows-1253", "windows-1255", "windows-1256", "koi8-r", "gb18030", "cp932", "cp949",
    "big5", "mac-roman", "cp850", "cp852", "cp866",
]  # fmt: skip
CODE_PAGES: tuple[CodePage, ...] = get_args(CodePage)

_SAMPLE_WORDS = 400
_WORD = re.compile(rb"[^\s,;\"|]*[\x80-\xff][^\s,;\"|]*")
_BEFORE_LETTERS = set("«»“„‘’–—¡¿×\u00a0、。・「」（）：！　ー")  # noqa: RUF001
_SYMBOLS = _BEFORE_LETTERS | set("€£°©®”‚§·ºª½¼¾²³")  # noqa: RUF001
_LETTERS: tuple[tuple[CodePage, str], ...] = (  # in the order of preference
    ("windows-1252", "äöüßéèêëàâçñáíóúôîïûùœæøåãõìòÄÖÜÉÈÊÀÂÇÑÁÍÓÚÔÎŒÆØÅÃÕ"),
    ("windows-1250", "ąćęłńóśźż"),  # Polish
    ("windows-1250", "áčďéěíľĺňóôřŕšťúůýž"),  # Czech and Slovak
    ("windows-1250", "áéíóöőúüű"),  # Hungarian
    ("windows-1250", "ăâîşţ"),  # Romanian
    ("windows-1250", "čćđšž"),  # Croatian and Slovene
    ("windows-1254", "ğışçöüâîİ"),
    ("windows-1257", "āčēģīķļņšūž"),  # Latvian
    ("windows-1257", "ąčęėįšųūž"),  # Lithuanian
    ("windows-1250", "ąćęłńóśźżáčďéěíňřšťúůýžőűöüßäăâîşţđôë"),
    ("windows-1251", "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ№"),
    ("windows-1253", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ"),
    ("windows-1255", "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
    ("windows-1256", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"),
    ("koi8-r", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    ("mac-roman", "äöüßéèêëàâçñáíóúôîïûùœæøåãõÄÖÜÉÈÊÀÂÇÑÁÍÓÚÔÎŒÆØÅÃÕ"),
    ("cp850", "äöüßéèêëàâçñáíóúôîïûùæøåãõÄÖÜÉÈÊÀÂÇÑÁÍÓÚÔÎÆØÅÃÕ"),
    ("cp852", "ąćęłńóśźżáčďéěíňřšťúůýžőűöüß"),
    ("cp866", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя№"),
    (
        "gb18030",
        "的一是不了在人有中大来上国个到为子和地出时年下以生会家学对小心多天好日文无开手用主方前本公同三长产品连衣"
        "裙红色蓝黑白绿黄紫灰粉北京市海广州深圳东西南数码相机客户编号订单鞋包男女装省区县路街商店价格新款套春夏秋冬",
    ),
    ("cp932", "々日本東京都道府県市区町村大小中上下人山川田北南西海新商品番号注文服靴青赤白黒色"),
    (
        "cp949",
        "이다는에의를가은한하고도기지로리서시인나사어정대자해보구부주수장스라면과제그전일아원동성공상여우조비국용신계"
        "소화내거연러마피선위경무게산미단세문영데들니생적진회당트중울특별천광남북강충청품방호색",
    ),
    (
        "big5",
        "的一是不了在人有中大來上國個到為子和地出時年下以生會家台北市高雄商品連衣裙紅色藍黑白鞋包客戶訂單號",
    ),
)
_RARE = {"koi8-r", "mac-roman", "cp850", "cp852", "cp866"}  # of old programs
# Lead bytes of the most usual characters, and their trail bytes
_PAIRS: dict[str, tuple[range, range]] = {
    "gb18030": (range(0xB0, 0xD8), range(0xA1, 0xFF)),
    "cp932": (range(0x82, 0x98), range(0x40, 0xFD)),
    "cp949": (range(0xB0, 0xC9), range(0xA1, 0xFF)),
    "big5": (range(0xA4, 0xC7), range(0x40, 0xFF)),
}
_KANA = {chr(code) for code in (*range(0x3041, 0x3100), *range(0xFF61, 0xFFA0))}
# Italian and Portuguese letters where these languages do not have them
_MISPLACED = re.compile(r"[ìòù](?=[^\W\d_])|õ(?!e)|(?<=[^\W\d_])[ÀÈÌÒÙ]")


def guess_code_page(data: bytes) -> CodePage:
    """Return the code page in which the non-ASCII words look most like words."""
    words = list(dict.fromkeys(match[0] for match in _WORD.finditer(data)))[:_SAMPLE_WORDS]
    return min(_LETTERS, key=lambda row: _count_faults(words, *row))[0]


def first_foreign_word(data: bytes, encoding: str) -> str:
    """Return the first non-ASCII word, so that a person can check the guess of the code page."""
    match = _WORD.search(data) if encoding in CODE_PAGES else None
    return match[0].decode(encoding, errors="replace")[:40] if match else ""


def describe_guess(encoding: str, word: str) -> str:
    """Return a note that the encoding is a guess, with a word to check it by; empty if certain."""
    if encoding not in CODE_PAGES:
        return ""
    return f"the encoding is assumed to be {encoding}" + (
        f", in which one word reads {word!r}" if word else ""
    )


def _count_faults(words: list[bytes], page: CodePage, letters: str) -> float:
    """Return the sum of the words' faults; an undecodable word counts twice its length."""
    usual, possible = frozenset(letters + letters.upper()), _possible_characters(page)
    is_latin = letters[0].lower() in "äąáăčğā"
    faults = 0.5 * (page in _RARE)
    for word in words:
        try:
            text = word.decode(page)
        except UnicodeDecodeError:
            faults += 2 * len(word)
            continue
        for previous, char in pairwise(f" {text} "):
            faults += _fault(previous, char, usual, possible)
            faults += _script_fault(previous, char, is_latin=is_latin, is_alphabet=not possible)
        faults += len(_MISPLACED.findall(text))
    return faults


def _fault(previous: str, char: str, usual: frozenset[str], possible: frozenset[str]) -> float:
    if char.isascii():
        is_symbol = not previous.isascii() and not previous.isalnum()
        return 1.5 * (char.isalpha() and is_symbol and previous not in _BEFORE_LETTERS)
    if char in usual:
        return 1.0 * (char.isupper() and previous.islower())
    if char in possible:
        return 0.2
    if char in _SYMBOLS:
        return 0.3 * previous.isalpha()
    return 1.0 + previous.isalpha()


def _script_fault(previous: str, char: str, *, is_latin: bool, is_alphabet: bool) -> float:
    """Return the fault of two adjacent letters that the script rarely or never combines.

    Latin words rarely have two non-ASCII letters in a row; other alphabets do not mix with ASCII.
    """
    if not (previous.isalpha() and char.isalpha()):
        return 0.0
    if is_latin:
        return 0.2 * (not previous.isascii() and not char.isascii())
    return 2.0 * (is_alphabet and previous.isascii() != char.isascii())


@cache
def _possible_characters(page: str) -> frozenset[str]:
    """Return the usual characters of a double-byte code page; none for other code pages."""
    if page not in _PAIRS:
        return frozenset()
    leads, trails = _PAIRS[page]
    pairs = (bytes([lead, trail]) for lead in leads for trail in trails)
    characters = {pair.decode(page, errors="ignore") for pair in pairs}
    return frozenset(characters | (_KANA if page == "cp932" else set()))
