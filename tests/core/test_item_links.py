from hypothesis import given
from hypothesis import strategies as st

from core.item_links import MILLION, ItemLink, parse_links, to_text


def test_links_are_stored_as_a_line_of_skus_and_a_line_of_numbers():
    text = to_text([("ü 1", 12, 3.14159, 70_000), ("b", 1, 13_180.4, 1)])
    assert text == "ü 1\tb\n[[70000,1],[12,1],[3.142,1.318e+04]]"
    assert parse_links(text) == [ItemLink("ü 1", 12, 3.142, 0.07), ItemLink("b", 1, 13_180, 1e-6)]


def test_an_item_without_links_has_an_empty_text():
    assert to_text([]) == ""
    assert parse_links("") == []


rows = st.tuples(
    st.text("aü b/-", min_size=1),
    st.integers(1, 10**6),
    st.floats(0.001, 1e6),
    st.integers(1, MILLION),
)


@given(st.lists(rows, max_size=5))
def test_links_survive_being_written_as_text(links):
    parsed = parse_links(to_text(links))
    assert [(link.sku, link.orders, round(link.weight * MILLION)) for link in parsed] == [
        (sku, orders, weight) for sku, orders, _, weight in links
    ]
