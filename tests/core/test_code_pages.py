# ruff: noqa: RUF001
import pytest

from core.code_pages import guess_code_page
from core.tables.foreign_words import first_foreign_word, foreign_words

TABLES = {
    "windows-1252": [
        ["Österreich", "Größe", "Straße"], ["Café"], ["España", "Málaga", "Coruña"],
        ["São Paulo", "Ações", "João"], ["Città", "Forlì", "Cantù"], ["København", "Ærø"],
        ["Malmö", "Skåne"], ["Élégant", "été", "Nîmes"], ["5€", "38–40", "Levi’s®", "½ Arm"],
        ["KÖLN", "MÜNCHEN"], ["ÉLÉGANT", "ÉTÉ"],
    ],
    "windows-1250": [
        ["Łódź", "Kraków", "Gdańsk"], ["ŁÓDŹ", "GDAŃSK"], ["České Budějovice", "Šaty", "Plzeň"],
        ["Győr", "Székesfehérvár"], ["Košice", "Žilina"], ["Bucureşti", "Constanţa"],
        ["Šibenik", "Čakovec", "Đakovo"],
    ],
    "windows-1254": [["Şişli", "Muğla", "kırmızı"]],
    "windows-1257": [["Šiauliai", "Panevėžys", "Klaipėda"]],
    "windows-1251": [["Платье"], ["Москва", "Туфли"], ["Київ", "Львів"], ["ПЛАТЬЕ", "МОСКВА"]],
    "windows-1253": [["Αθήνα", "Θεσσαλονίκη"]],
    "koi8-r": [["Платье", "Москва", "Туфли"]],
    "cp866": [["Платье", "Москва", "Туфли"]],
    "gb18030": [["产品"], ["连衣裙-红色", "北京市", "数码相机"]],
    "cp932": [["ワンピース"], ["東京都", "青い靴", "商品番号"], ["ｶﾒﾗ", "北海道"], ["ポーチ"]],
    "cp949": [["원피스", "서울특별시", "상품"]],
    "big5": [["連衣裙", "台北市", "鞋子"]],
    "mac-roman": [["Österreich", "Größe", "Straße"], ["Élégant", "Nîmes"]],
    "cp850": [["Österreich", "Größe", "Straße", "Köln", "München"]],
    "cp852": [["Łódź", "Kraków", "Gdańsk"]],
    "cp874": [["เสื้อ", "กางเกง"]],
}  # fmt: skip


ZIPS = {
    "cp850": [
        ["Größe-0", "Schürze-1"], ["été", "robe élégante"], ["piñata", "niño"], ["calção"],
        ["Ærø", "Blåbær"], ["KÖLN", "MÄNTEL"], ["Café"],
    ],
    "cp852": [["sukienka żółta"], ["ŁÓDŹ", "GDAŃSK"], ["šaty červené"], ["Bucureşti", "Constanţa"]],
    "cp866": [["Платье красное"], ["ПЛАТЬЕ"]],
    "cp737": [["Φόρεμα", "κόκκινο"], ["Αθήνα"]],
    "cp857": [["Kırmızı elbise", "şapka"], ["Şişli", "Muğla"]],
    "cp874": [["เสื้อ", "กางเกง"]],
    "cp932": [["ドレス-0", "表示-ソ"], ["青い靴"]],
    "cp949": [["빨간 드레스"]],
    "gb18030": [["连衣裙-红色"], ["产品"]],
    "big5": [["連衣裙", "鞋子"]],
    "windows-1252": [["Größe-1"], ["robe élégante"], ["niño"]],
    "windows-1250": [["sukienka żółta"], ["šaty červené"]],
    "windows-1251": [["Платье"]],
    "koi8-r": [["Платье", "Туфли"]],
    "mac-roman": [["Größe", "Schürze"], ["robe élégante"]],
}  # fmt: skip


def samples(words_by_page):
    return [(page, words) for page, lists in words_by_page.items() for words in lists]


@pytest.mark.parametrize(("page", "words"), samples(TABLES))
@pytest.mark.parametrize("delimiter", [",", "|"])
def test_words_of_a_table_are_read_as_they_were_written(page, words, delimiter):
    rows = [[f"u{n}", f"{word}-{n}", "10115"] for n, word in enumerate(words)]
    data = "\n".join(delimiter.join(row) for row in rows).encode(page)
    assert data.decode(guess_code_page(foreign_words(data))) == data.decode(page)


@pytest.mark.parametrize(("page", "words"), samples(ZIPS))
def test_names_in_a_zip_are_read_as_they_were_written(page, words):
    names = [f"shop/{word}.jpg".encode(page) for word in words]
    guess = guess_code_page(names, dos=True)
    assert [name.decode(guess) for name in names] == [f"shop/{word}.jpg" for word in words]


def test_the_word_to_check_a_guess_by_is_the_first_one_that_is_not_ascii():
    data = "u1|Kleid|Größe|10115\n".encode("cp1252")
    assert first_foreign_word(data, "windows-1252") == "Größe"
    assert first_foreign_word("ポーチ|u1".encode("cp932"), "cp932") == "ポーチ"
