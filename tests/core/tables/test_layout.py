import pytest

from core.errors import InvalidInput
from core.tables.layout import find_layout


def find(text):
    return find_layout(text, lambda header: len({"sku", "price"} & set(header)), required=2)


def test_the_header_is_found_below_title_lines():
    layout = find("Prices;2026\n\nof the shop\nsku;price\nA;5\n")
    assert (layout.header, layout.delimiter) == (("sku", "price"), ";")
    assert (layout.header_lines, layout.title_lines) == (4, 2)


@pytest.mark.parametrize("line", ["sep=;\n", '"sep=;"\n', "\n", " \n", ";;;\n"])
def test_empty_lines_and_the_name_of_the_delimiter_are_no_title_lines(line):
    layout = find(f"{line}sku;price\n")
    assert (layout.header_lines, layout.title_lines) == (2, 0)


def test_without_a_header_the_first_line_with_text_is_returned():
    assert find("\nname,price\nA,5\n").header == ("name", "price")


@pytest.mark.parametrize(
    "text", ['sku,price,"note\nA,5,x\n', 'sku,price,"note\nA,5,x"\n', 'sku,price,"no"te\nA,5,x\n']
)
def test_a_stray_quote_does_not_make_rows_a_part_of_the_header(text):
    with pytest.raises(InvalidInput, match="a quote in line 1 is not closed"):
        find(text)


def test_a_name_may_contain_a_line_break_or_a_delimiter():
    layout = find('"sku","a\nnote","red, blue",price\nA,,,5\n')
    assert layout.header == ("sku", "a\nnote", "red, blue", "price")
    assert layout.header_lines == 2
