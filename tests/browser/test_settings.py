"""Groups of variants and merchandising rules."""

from datetime import datetime

import pytest
from playwright.sync_api import expect

from tests.browser.filled_shop import archive
from tests.support.shop_client import Shop

pytestmark = [pytest.mark.stack, pytest.mark.browser]

FILTER_VALUE = "Value; separate several with commas"
IN_JSON = "for specialists: that match a filter in JSON"
TYPES = [["kind", "text"], ["price", "number"], ["sale", "boolean"]]
EDITABLE = [
    {"kind": {"eq": text}} for text in ("5", "true", "", " a ", "007", "not", "ünï", "\\")
] + [
    {"price": {"gte": -0.5, "lt": 20}, "sale": {"eq": True}},
    {"kind": {"in": ["5", "a b"]}, "price": {"in": [1, 2.5]}},
    {"other": {"ne": "1"}, "another": {"ne": 1}},
]  # fmt: skip
ONLY_JSON = [
    {"or": [{"kind": "shoe"}]}, {"kind": {"not": "shoe"}}, {"kind": {"exists": True}},
    {"kind": {"eq": "a, b"}}, {"kind": 'a "b"'}, {"price": 1e21}, {"\\or": 5},
]  # fmt: skip
EDIT_AND_SAVE = """async ([module, types, filters]) => {
  const { conditionsOf, conditionsProblem, valueFilterOf } = await import(module);
  return filters.map((filter) => {
    const conditions = conditionsOf(filter);
    if (!conditions) return null;
    const typed = conditions.map((texts) => texts.map((text) => text.trim()));
    return conditionsProblem(typed) ?? valueFilterOf(typed, new Map(types));
  });
}"""


@pytest.fixture(scope="module")
def shop(stack):
    """A shop of two items, of which each test restores the settings."""
    with Shop(stack.url, "settings") as shop:
        shop.create()
        shop.ingest([("shop.zip", archive(range(2)))])
        yield shop


@pytest.fixture
def page(shop, visit):
    return visit(f"{shop.url}/#/c/{shop.name}/settings", expects="status of 4(09|22)")


def rules(shop):
    return shop.http.get(f"{shop.path}/rules").json()["rules"]


def press(page, button):
    page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


def expect_problem(page, label, text):
    """Expect a problem below a field, and only there."""
    field = page.get_by_role("dialog").get_by_label(label, exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(field.locator("~ .field-problem")).to_contain_text(text)


def test_a_rule_is_added_changed_and_deleted(shop, page):
    page.get_by_role("button", name="Add rule").click()
    dialog = page.get_by_role("dialog", name="Add rule")
    dialog.get_by_label("Name").fill("less-shoes")
    dialog.get_by_label("Effect").select_option("Move down")
    dialog.get_by_label("Similar items").check()
    dialog.get_by_label("Attribute", exact=True).fill("price")
    dialog.get_by_label("Comparison").select_option("≥")
    dialog.get_by_label(FILTER_VALUE).fill("0,5")
    press(page, "Save")
    expect(page.get_by_role("row").last).to_contain_text("move down, factor 2")
    expect(page.get_by_role("button", name="Add rule")).to_be_focused()
    rule = {
        "id": "less-shoes", "placement": ["lists", "similar"], "action": "bury", "factor": 2,
        "filter": {"price": {"gte": 0.5}}, "note": "",
    }  # fmt: skip
    assert rules(shop) == [rule]
    page.get_by_role("button", name="Edit less-shoes").click()
    page.get_by_role("dialog").get_by_label("Note").fill("too many")
    press(page, "Save")
    expect(page.get_by_text("too many")).to_be_visible()
    assert rules(shop) == [rule | {"note": "too many"}]
    page.get_by_role("button", name="Delete less-shoes").click()
    press(page, "Delete")
    expect(page.get_by_text("There are no rules.")).to_be_visible()
    assert rules(shop) == []


def test_a_filter_is_saved_as_it_was_or_edited_as_json(shop, page):
    argument = [f"{shop.url}/ui/js/parts/filter.js", TYPES, EDITABLE + ONLY_JSON]
    assert page.evaluate(EDIT_AND_SAVE, argument) == EDITABLE + [None] * len(ONLY_JSON)


def test_problems_of_a_rule_are_shown_at_their_fields(shop, page):
    page.get_by_role("button", name="Add rule").click()
    dialog = page.get_by_role("dialog", name="Add rule")
    dialog.get_by_label("Name").fill("a\u200bb")
    dialog.get_by_label("Items", exact=True).select_option("with these SKUs")
    dialog.get_by_label("SKUs, one per line").fill("1\nnone")
    press(page, "Save")
    expect_problem(page, "Name", "Use printable characters only")
    dialog.get_by_label("Name").fill("pin")
    dialog.get_by_label("Effect").select_option("Always at a position")
    dialog.get_by_label("Position").fill("200")
    press(page, "Save")
    expect_problem(page, "Position", "less than or equal to 100")
    dialog.get_by_label("Position").fill("1")
    dialog.get_by_label("From").fill("2026-02-01T00:00")
    dialog.get_by_label("Until").fill("2026-01-01T00:00")
    press(page, "Save")
    expect_problem(page, "Until", "must be later than")
    dialog.get_by_label("Until").fill("2026-03-01T00:00")
    shop.http.put(f"{shop.path}/rules", json={"rules": []})
    press(page, "Save")
    expect(dialog.get_by_role("alert")).to_contain_text("is current")
    press(page, "Cancel")  # the list is up to date again
    page.get_by_role("button", name="Add rule").click()
    dialog.get_by_label("Name").fill("empty")
    dialog.get_by_label("Attribute", exact=True).fill("kind")
    press(page, "Save")
    expect(dialog.get_by_role("alert")).to_contain_text("needs an attribute and a value")
    dialog.get_by_label("Items", exact=True).select_option(IN_JSON)
    dialog.get_by_label("Filter in JSON").fill('{"or": [{"kind": "shoe"}, {"price": "x"}]}')
    press(page, "Save")
    expect_problem(page, "Filter in JSON", "price")
    dialog.get_by_label("Items", exact=True).select_option("with these SKUs")
    dialog.get_by_label("SKUs, one per line").fill("1\nnone")
    press(page, "Save")
    expect(page.get_by_text("Rule 'empty': item 'none' does not exist.")).to_be_visible()
    page.get_by_role("button", name="Delete empty").click()
    press(page, "Delete")
    expect(page.get_by_text("There are no rules.")).to_be_visible()


def test_items_of_a_rule_are_chosen_by_their_images_and_for_a_week(shop, page):
    page.get_by_role("button", name="Add rule").click()
    dialog = page.get_by_role("dialog", name="Add rule")
    dialog.get_by_label("Name").fill("chosen")
    dialog.get_by_label("Items", exact=True).select_option("with these SKUs")
    dialog.get_by_label("SKUs, one per line").fill("1")
    dialog.get_by_label("Find items by SKU or words").fill("0,1")
    dialog.get_by_role("button", name="Thing 0").click()
    dialog.get_by_role("button", name="Thing 1", pressed=True).click()  # is no longer chosen
    expect(dialog.get_by_label("SKUs, one per line")).to_have_value("0")
    dialog.get_by_role("button", name="For four weeks").click()
    expect(dialog.get_by_label("From", exact=True)).not_to_have_value("")
    dialog.get_by_label("From", exact=True).fill("2099-01-01T09:00")
    dialog.get_by_role("button", name="For one week").click()
    press(page, "Save")
    page.get_by_role("button", name="Delete chosen").click()
    (rule,) = rules(shop)
    start, end = (datetime.fromisoformat(rule[name]) for name in ("from", "until"))
    assert (rule["skus"], start.year, (end - start).days) == (["0"], 2099, 7)
    press(page, "Delete")
    expect(page.get_by_text("There are no rules.")).to_be_visible()


def test_a_rule_applies_at_least_at_one_place(page):
    page.get_by_role("button", name="Add rule").click()
    dialog = page.get_by_role("dialog", name="Add rule")
    dialog.get_by_label("Name").fill("nowhere")
    dialog.get_by_label("Recommendations").uncheck()
    press(page, "Save")
    expect(dialog.get_by_role("group", name="Where it applies")).to_be_focused()
    expect(dialog.get_by_role("alert")).to_have_text("Choose at least one place.")


def test_items_are_grouped_by_an_attribute(shop, page):
    group_by = page.get_by_label("Group variants by")
    for option, value in (("kind", "kind"), ("No groups: every item is shown", None)):
        group_by.select_option(option)
        with page.expect_response(lambda response: response.request.method == "PATCH"):
            page.get_by_role("button", name="Save", exact=True).click()
        assert shop.http.get(shop.path).json()["group_by"] == value
