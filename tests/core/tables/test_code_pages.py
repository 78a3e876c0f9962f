# ruff: noqa: RUF001
import pytest

from core.tables.code_pages import guess_code_page

WORDS = {
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
    "cp932": [["ワンピース"], ["東京都", "青い靴", "商品番号"], ["ｶﾒﾗ", "北海道"]],
    "cp949": [["원피스", "서울특별시", "상품"]],
    "big5": [["連衣裙", "台北市", "鞋子"]],
    "mac-roman": [["Österreich", "Größe", "Straße"], ["Élégant", "Nîmes"]],
    "cp850": [["Österreich", "Größe", "Straße", "Köln", "München"]],
    "cp852": [["Łódź", "Kraków", "Gdańsk"]],
}  # fmt: skip


@pytest.mark.parametrize(
    ("page", "words"), [(page, words) for page, samples in WORDS.items() for words in samples]
)
def test_words_are_read_as_they_were_written(page, words):
    data = "".join(f"u{n},{word}-{n},o{n},10115\n" for n, word in enumerate(words)).encode(page)
    assert data.decode(guess_code_page(data)) == data.decode(page)
