"""Accessibility: keyboard, touch on a phone, dark mode, screen readers."""

import re

import httpx2
import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations
from tests.browser.filled_shop import archive
from tests.browser.user_actions import choose_files, file_payload
from tests.support.images import jpeg
from tests.support.sales import user
from tests.support.shop_client import eventually

pytestmark = [pytest.mark.stack, pytest.mark.browser]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PAGES = {
    "collections": "#/",
    "items": "#/c/{c}",
    "item": "#/c/{c}/items/3",
    "search": "#/c/{c}/search",
    "recommendations": "#/c/{c}/recommendations",
    "customers": "#/c/{c}/customers",
    "a customer": f"#/c/{{c}}/customers/{user(2)}",
    "an unknown customer": "#/c/{c}/customers/nobody",
    "storefront": "#/c/{c}/storefront",
    "a product of the shop": "#/c/{c}/storefront/items/3",
    "settings": "#/c/{c}/settings",
    "rejected rows": "#/c/{c}/rejects/{upload}",
    "jobs": "#/jobs",
    "a job": "#/jobs/{job}",
    "an unknown page": "#/nowhere",
    "an unknown collection": "#/c/none",
}
DIALOGS = [
    ("#/c/{c}/settings", "Add rule"),
    ("#/", "New collection"),
    ("#/c/{c}/items/3", "Delete"),
    ("#/c/{c}/settings", "Delete this collection"),
]
MAX_TABS = 60


def preview_newsletter(page):
    page.get_by_label("Address of the item pages").fill("https://shop.example/p/{sku}")
    page.get_by_label("Address of the item images").fill("https://shop.example/{sku}.jpg")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", level=3).first).to_be_visible()


def filter_items(page):
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("group", name="kind").get_by_label("shoe").check()
    expect(page.get_by_role("button", name="Change all matches")).to_be_visible()


def search_by_words(page):
    page.get_by_label("Search by words").fill("dress xyzzy")
    expect(page.get_by_role("list", name="How the words were understood")).to_be_visible()


STATES = {
    "newsletter": ("#/c/{c}/mailing", preview_newsletter),
    "filtered items": ("#/c/{c}", filter_items),
    "search by words": ("#/c/{c}/search", search_by_words),
}


def show(page, shop, path):
    upload = shop.http.get(f"{shop.path}/sales").json()["items"][0]["id"]
    page.evaluate("for (const child of main.children) child.dataset.old = true")
    page.goto(f"{shop.url}/{path.format(c=shop.name, upload=upload, job=upload)}")
    expect(page.locator("[data-old]")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Loading …")).to_have_count(0)


def open_dialog(page, button):
    """Open a dialog, and what it folds for most users."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    for details in page.get_by_role("dialog").locator("summary").all():
        details.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_and_dialogs_have_no_serious_accessibility_violation(filled, visit, scheme):
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = visit(filled.url, expects="status of 404", **options)
    violations = {}
    for name, path in PAGES.items():
        show(page, filled, path)
        violations[name] = serious_violations(page)
    for path, button in DIALOGS:
        show(page, filled, path)
        open_dialog(page, button)
        violations[f"dialog {button}"] = serious_violations(page)
    for name, (path, act) in STATES.items():
        show(page, filled, path)
        act(page)
        violations[name] = serious_violations(page)
    page.get_by_label("Search by words").fill("")
    choose_files(page, "Choose photo", file_payload("photo.jpg", jpeg(2)))
    page.get_by_role("button", name="Add condition").click()
    expect(page.get_by_title("Similarity").first).to_be_visible()
    # they are faint while it searches, perhaps once more for the condition
    eventually(lambda: serious_violations(page) == [])
    assert {name: pairs for name, pairs in violations.items() if pairs} == {}


@pytest.mark.parametrize("width", [390, 360])
def test_no_page_dialog_or_part_of_it_is_wider_than_a_phone(filled, visit, width):
    page = visit(
        filled.url,
        expects="status of 404",
        **{**PHONE, "viewport": {"width": width, "height": 760}},
    )
    parts = "html, header, nav:not(.tabs), .table-scroll, dialog"
    find_too_wide = f"""[...document.querySelectorAll("{parts}")]
      .filter((node) => node.scrollWidth > node.clientWidth)
      .map((node) => node.outerHTML.slice(0, 80))"""
    too_wide = {}
    for name, path in PAGES.items():
        show(page, filled, path)
        too_wide[name] = page.evaluate(find_too_wide)
    for path, button in DIALOGS[:2]:
        show(page, filled, path)
        open_dialog(page, button)
        too_wide[f"dialog {button}"] = page.evaluate(find_too_wide)
    assert {name: parts for name, parts in too_wide.items() if parts} == {}


def test_the_tabs_of_a_collection_are_one_row_on_a_phone_that_shows_the_current_tab(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/settings", **PHONE)
    tabs = page.get_by_role("navigation", name="Sections of")
    expect(tabs.get_by_role("link", name="Settings")).to_be_in_viewport(ratio=0.95)
    tops = "nodes => new Set(nodes.map((node) => node.getBoundingClientRect().top)).size"
    assert tabs.get_by_role("link").evaluate_all(tops) == 1
    assert tabs.evaluate("node => node.scrollLeft > 0")


def test_a_phone_user_gets_from_a_photo_to_a_customer_by_touch(filled, visit):
    page = visit(filled.url, **PHONE)
    page.get_by_role("link", name=filled.name, exact=True).tap()
    page.get_by_role("link", name="Search", exact=True).tap()
    with page.expect_file_chooser() as camera:
        page.get_by_role("button", name="Take photo").tap()
    camera.value.set_files([file_payload("photo.jpg", jpeg(6))])
    best_match = page.get_by_role("listitem").filter(has=page.get_by_title("Similarity")).first
    expect(best_match).to_contain_text("Thing 6")
    best_match.tap()
    expect(page.get_by_role("heading", name="Thing 6", level=1)).to_be_visible()
    page.get_by_role("link", name=f"← {filled.name}").tap()
    page.get_by_role("link", name="Customers", exact=True).tap()
    page.get_by_role("link", name=user(0)).tap()
    expect(page.get_by_role("heading", name="What they get, and why")).to_be_visible()


def tab_to(page, role, name, key="Tab"):
    """Press Tab, or another key, until a control has the focus."""
    control = page.get_by_role(role, name=name, exact=True)
    for _ in range(MAX_TABS):
        page.keyboard.press(key)
        if control.evaluate("(node) => node === document.activeElement"):
            return
    pytest.fail(f"{role} {name!r} cannot be reached by Tab")


def test_a_dialog_traps_the_focus_and_restores_it(filled, visit):
    page = visit(filled.url)
    tab_to(page, "button", "New collection")
    page.keyboard.press("Enter")
    is_inside = (
        "document.activeElement === document.body || document.activeElement.closest('dialog')"
    )
    expect(page.get_by_label("Name")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(f"Boolean({is_inside})")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="New collection")).to_be_focused()


def test_a_dialog_hides_its_error_once_the_input_changes(filled, visit):
    page = visit(filled.url, expects="status of 409")
    page.get_by_role("button", name="New collection").click()
    page.get_by_label("Name").fill(filled.name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("exists")
    page.get_by_label("Name").fill(f"{filled.name}-2")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_encoders_without_weights_are_listed_separately(filled, visit):
    page = visit(filled.url)
    page.get_by_role("button", name="New collection").click()
    page.get_by_text("For specialists").click()
    encoder = page.get_by_label("Encoder")
    ready = encoder.locator("> option")
    expect(ready.first).to_have_text("efficientnet-lite0: 1456 dimensions")
    others = encoder.locator("optgroup[label='Weights not installed'] > option")
    encoders = httpx2.get(f"{filled.url}/v1/encoders", timeout=30).json()["items"]
    missing = [encoder for encoder in encoders if encoder["weights"] != "present"]
    expect(others).to_have_count(len(missing))
    expect(page.get_by_text("lookalike weights fetch NAME")).to_be_visible()


def test_a_dialog_closes_when_its_page_is_left(filled, visit):
    page = visit(filled.url)
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.get_by_role("link", name="Collections", exact=True).click()
    page.get_by_role("button", name="New collection").click()
    page.go_back()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_collection_is_created_and_deleted_by_keyboard_alone(stack, visit, request):
    name = f"keys-{abs(hash(request.node.nodeid)) % 10_000}"
    page = visit(stack.url)
    tab_to(page, "button", "New collection")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_focused()
    tab_to(page, "link", "Settings")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Description")).to_be_visible()
    tab_to(page, "button", "Delete this collection")
    page.keyboard.press("Enter")
    expect(page.get_by_label(re.compile("^Type"))).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Collections", level=1)).to_be_focused()


def test_deletions_are_taken_back_by_keyboard_alone(shop, visit):
    shop.ingest([("shop.zip", archive(range(2)))])
    page = visit(f"{shop.url}/#/c/{shop.name}")
    items = page.get_by_role("list", name="Items").get_by_role("listitem")
    tab_to(page, "checkbox", "Select Thing 0")
    page.keyboard.press("Space")
    tab_to(page, "button", "Delete", key="Shift+Tab")
    delete_and_undo(page)
    expect(page.get_by_role("main")).to_be_focused()
    expect(items).to_have_count(2)
    tab_to(page, "link", "Thing 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thing 1", level=1)).to_be_focused()
    tab_to(page, "button", "Delete")
    delete_and_undo(page)
    expect(items).to_have_count(2)
    assert sorted(shop.skus()) == ["0", "1"]


def delete_and_undo(page):
    """Delete by the focused button, confirm, and take it back once other items are shown."""
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("dialog").get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Items").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    assert serious_violations(page) == []
    page.keyboard.press("Enter")


def test_the_first_tab_stop_skips_to_the_content(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}")
    expect(page.get_by_role("heading", name=filled.name)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Items", exact=True)).to_be_focused()
