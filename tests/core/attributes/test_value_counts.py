"""The values of attributes are counted as a hand-made table says."""

from core.attributes import AttributeType, count_values

TYPES = {
    "kind": AttributeType.TEXT, "name": AttributeType.TEXT, "text": AttributeType.TEXT,
    "price": AttributeType.NUMBER, "sale": AttributeType.BOOLEAN, "tags": AttributeType.LIST,
    "size": AttributeType.OBJECT, "unused": AttributeType.NUMBER,
}  # fmt: skip
ITEMS = [
    {
        "kind": "shoe" if n % 3 else "dress", "name": f"Thing {n}", "text": "long " * (n + 19),
        "price": n - 1.5, "sale": n < 2, "tags": ["new", "new", f"size {n % 2}"], "size": {"cm": n},
        "other": 1,
    }
    for n in range(60)
]  # fmt: skip


def test_choices_are_counted_and_many_values_are_no_choices():
    counts = count_values(ITEMS, TYPES)
    assert counts["kind"].choices == [("shoe", 40), ("dress", 20)]
    assert counts["sale"].choices == [(False, 58), (True, 2)]
    assert counts["tags"].choices == [("new", 60), ("size 0", 30), ("size 1", 30)]
    assert counts["unused"].choices == []
    without = [name for name in TYPES if counts[name].choices is None]
    assert without == ["name", "text", "price", "size"]
    assert (counts["price"].least, counts["price"].greatest) == (-1.5, 57.5)
    assert set(counts) == set(TYPES)
    assert count_values([{"tags": ["new", 38]}], TYPES)["tags"].choices is None
