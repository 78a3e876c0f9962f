"""What the page says about files before it imports them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations
from tests.browser.user_actions import drop
from tests.support.archives import make_tar, make_zip
from tests.support.images import jpeg

pytestmark = [pytest.mark.stack, pytest.mark.browser]

KINDS_OF = """async ([module, files]) => {
  const { lookAt } = await import(module);
  const found = await lookAt(files.map(([name, text]) => [name, new File([text], name)]));
  return found.tables.map(({ path, kind, count, rows }) => [path, kind, count, rows.length]);
}"""
TABLES = {
    "orders.csv": ("Order ID,Date,Customer email,SKU\n1,2026-01-02,a@b.de,A-1\n", "sales", 1),
    "verkauf.tsv": ("kunde\tartikel\tdatum\tland\tplz\n1\tA\t1.2.2026\tDE\t1\n", "sales", 1),
    "prices.csv": ("sku;price\nA-1;12,5\nA-2;3\n", "items", 2),
    "quoted.csv": ('"sku","name"\n"A-1","a ""b"", c"\n', "items", 1),
    "items.jsonl": ('{"sku": "A-1", "tags": ["a"]}\n{"sku": "A-2"}\n', "items", 2),
    "other.csv": ("colour,size\nred,5\n", "unknown", 1),
    "empty.csv": ("", "unknown", 0),
}


def found_in(page):
    return page.get_by_role("list", name="What is in these files").get_by_role("listitem")


def first_items(page):
    return page.get_by_role("list", name="The first items").get_by_role("listitem")


def test_files_are_looked_at_before_they_are_sent(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    module = f"{filled.url}/ui/js/imports/look.js"
    files = [(name, text) for name, (text, _, _) in TABLES.items()]
    for path, kind, count, rows in page.evaluate(KINDS_OF, [module, files]):
        assert (kind, count, rows) == (*TABLES[path][1:], TABLES[path][2]), path
    zone = page.get_by_role("list", name="Items")
    expect(zone.get_by_role("listitem").first).to_be_visible()
    shop_of_folders(page, zone)
    tables_and_others(page, zone)
    assert set(sent) == {"GET"}
    assert filled.counts() == (40, 40)


def shop_of_folders(page, zone):
    """Folders of many pictures are categories, unless the user says otherwise."""
    files = {f"shop/{kind}/{kind}-{n}.jpg": jpeg(n) for kind in ("hats", "bags") for n in range(13)}
    drop(zone, {"shop.zip": make_zip(files | {"shop/prices.csv": b"sku,price\nA,1\n"})})
    expect(found_in(page)).to_have_text(["26 pictures in 2 folders."])
    expect(page.get_by_label("A category")).to_be_checked()
    expect(first_items(page)).to_have_count(10)
    expect(first_items(page).first).to_contain_text(re.compile("hats-0.*new.*category: hats"))
    image = first_items(page).first.locator("img")
    expect(image).not_to_have_js_property("naturalWidth", 0)
    expect(page.get_by_text("shop/prices.csv in shop.zip is not read")).to_be_visible()
    assert serious_violations(page) == []
    page.get_by_label("An item: ").check()
    expect(first_items(page)).to_have_text([
        re.compile("hats13 pictures"),
        re.compile("bags13 pict"),
    ])
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def tables_and_others(page, zone):
    """Prices show whose they are; what cannot be imported is named; a huge upload is refused."""
    files = {"p.csv": b"sku;price\n3;12,5\n99;3\n", "x.xlsx": b"PK", "notes.pdf": b"%PDF"}
    drop(zone, files | {"all.tar": make_tar({"a.jpg": jpeg(1)}), "odd.csv": b"a,b\n1,2\n"})
    expect(found_in(page).first).to_have_text(
        "p.csv: this is a price list: 2 items get new prices."
    )
    expect(found_in(page).last).to_have_text("all.tar: the server looks into this archive.")
    expect(page.get_by_text("x.xlsx: save the workbook as CSV")).to_be_visible()
    expect(page.get_by_text("neither pictures nor tables: notes.pdf")).to_be_visible()
    expect(first_items(page).nth(0)).to_contain_text("known")
    expect(first_items(page).nth(1)).to_contain_text("unknown, and without a picture")
    expect(page.get_by_role("region", name="The first rows of odd.csv")).to_be_visible()
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
