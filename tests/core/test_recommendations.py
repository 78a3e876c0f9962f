from dataclasses import replace

from core.cache.list_writer import to_lines
from core.recommendations import (
    RECOMMENDATION,
    USER_ROW,
    BoughtBefore,
    BoughtTogether,
    LooksLike,
    New,
    OrderLines,
    Popular,
    Purchase,
    Recommendation,
    UserLists,
    to_json,
)

REASONS = [
    BoughtBefore(3, "2026-11-03"),
    BoughtBefore(1),
    BoughtTogether("ü", orders=3),
    LooksLike("A", similarity=0.5),
    LooksLike("A", similarity=0.25, orders=9),
    Popular("DE/20", orders=3, days=30),
    New(),
]
ROW = ("ann", UserLists(1, [Purchase("A", "2026-10-01")], [Recommendation("B", 1.0, REASONS)]))


def test_reasons_have_a_kind_and_only_the_fields_that_apply():
    assert to_json(RECOMMENDATION, ROW[1].recommendations[0]).decode() == (
        '{"sku":"B","score":1.0,"reasons":['
        '{"kind":"bought_before","orders":3,"last":"2026-11-03"},'
        '{"kind":"bought_before","orders":1},'
        '{"kind":"bought_together","with":"ü","orders":3},'
        '{"kind":"looks_like","with":"A","similarity":0.5},'
        '{"kind":"looks_like","with":"A","similarity":0.25,"orders":9},'
        '{"kind":"popular","region":"DE/20","orders":3,"days":30},'
        '{"kind":"new"}]}'
    )


def test_stored_lists_are_read_back_as_they_were():
    assert USER_ROW.validate_json(to_json(USER_ROW, ROW)) == ROW
    lines = OrderLines(["A"], [1_790_847_000], [7], [2], complete=True)
    with_lines = ("ann", replace(ROW[1], lines=lines))
    assert USER_ROW.validate_json(to_json(USER_ROW, with_lines)) == with_lines


def test_each_recommendation_is_a_line_of_the_cached_list_whatever_its_sku_contains():
    odd = ['a",{"sku":"b', "}\u2028\u0085", "ü"]
    rows = [Recommendation(sku, 0.5, [LooksLike(odd[0], 0.5), New()]) for sku in odd]
    lines = [to_json(RECOMMENDATION, row) + b"\t" + row.sku.encode() for row in rows]
    assert to_lines(rows).split(b"\n") == lines
    assert to_lines([]) == b""
