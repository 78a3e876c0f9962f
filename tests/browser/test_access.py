"""The page for everybody: by keyboard, by touch on a phone, in the dark, with a screen reader."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.user_actions import buffer, pick
from tests.support.images import jpeg
from tests.support.sales import user

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
    "nobody": "#/c/{c}/customers/nobody",
    "settings": "#/c/{c}/settings",
    "rows set aside": "#/c/{c}/rejects/{upload}",
    "jobs": "#/jobs",
    "a job": "#/jobs/{job}",
    "no such page": "#/nowhere",
    "no such collection": "#/c/none",
}
DIALOGS = {
    "#/": "New collection",
    "#/c/{c}/items/3": "Delete",
    "#/c/{c}/settings": "Delete this collection",
}


def show(page, shop, place):
    upload = shop.http.get(f"{shop.path}/sales").json()["items"][0]["id"]
    page.evaluate("for (const one of main.children) one.dataset.old = true")
    page.goto(f"{shop.url}/{place.format(c=shop.name, upload=upload, job=upload)}")
    expect(page.locator("[data-old]")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Loading …")).to_have_count(0)


def faults(page):
    """What axe-core finds grave: its rule and where."""
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in {"serious", "critical"}]
    return [(one["id"], node["html"]) for one in grave for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_or_dialog_has_a_grave_fault(filled, visit, scheme):
    page = visit(filled.url, expects="status of 404", color_scheme=scheme)
    found = {}
    for name, place in PAGES.items():
        show(page, filled, place)
        found[name] = faults(page)
    for place, button in DIALOGS.items():
        show(page, filled, place)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found[f"dialog {button}"] = faults(page)
    show(page, filled, PAGES["search"])
    pick(page, "Pick a photo", buffer("photo.jpg", jpeg(2)))
    page.get_by_role("button", name="+ Condition").click()
    expect(page.get_by_title("Similarity").first).to_be_visible()
    found["results"] = faults(page)
    assert {name: some for name, some in found.items() if some} == {}


@pytest.mark.parametrize("width", [390, 360])
def test_no_page_and_no_part_of_one_is_wider_than_a_phone(filled, visit, width):
    page = visit(
        filled.url,
        expects="status of 404",
        **{**PHONE, "viewport": {"width": width, "height": 760}},
    )
    wide = """[...document.querySelectorAll("html, header, nav, .tabs, .wide")]
      .filter((one) => one.scrollWidth > one.clientWidth)
      .map((one) => one.outerHTML.slice(0, 80))"""
    over = {}
    for name, place in PAGES.items():
        show(page, filled, place)
        over[name] = page.evaluate(wide)
    assert {name: parts for name, parts in over.items() if parts} == {}


def test_on_a_phone_a_touch_leads_from_a_photo_to_a_customer(filled, visit):
    page = visit(filled.url, **PHONE)
    page.get_by_role("link", name=filled.name, exact=True).tap()
    page.get_by_role("link", name="Search", exact=True).tap()
    with page.expect_file_chooser() as camera:
        page.get_by_role("button", name="Take a photo").tap()
    camera.value.set_files([buffer("photo.jpg", jpeg(6))])
    first = page.get_by_role("listitem").filter(has=page.get_by_title("Similarity")).first
    expect(first).to_contain_text("Thing 6")
    first.tap()
    expect(page.get_by_role("heading", name="Thing 6", level=1)).to_be_visible()
    page.get_by_role("link", name=f"← {filled.name}").tap()
    page.get_by_role("link", name="Customers", exact=True).tap()
    page.get_by_role("link", name=user(0)).tap()
    expect(page.get_by_role("heading", name="We would offer")).to_be_visible()


def by_key(page, role, name):
    """Go on with Tab until a control has the focus."""
    wanted = page.get_by_role(role, name=name, exact=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
    pytest.fail(f"{role} {name!r} cannot be reached by Tab")


def test_a_dialog_holds_the_focus_and_gives_it_back(filled, visit):
    page = visit(filled.url)
    by_key(page, "button", "New collection")
    page.keyboard.press("Enter")
    inside = "document.activeElement === document.body || document.activeElement.closest('dialog')"
    expect(page.get_by_label("Name")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(f"Boolean({inside})")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="New collection")).to_be_focused()


def test_a_dialog_forgets_its_problem_once_something_is_changed(filled, visit):
    page = visit(filled.url, expects="status of 409")
    page.get_by_role("button", name="New collection").click()
    page.get_by_label("Name").fill(filled.name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("exists")
    page.get_by_label("Name").fill(f"{filled.name}-2")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_networks_whose_weights_are_not_there_stand_apart(filled, visit):
    page = visit(filled.url)
    page.get_by_role("button", name="New collection").click()
    network = page.get_by_label("Network")
    ready = network.locator("> option")
    expect(ready.first).to_have_text("efficientnet-lite0: 1280 numbers a picture")
    apart = network.locator("optgroup[label='Weights not here yet'] > option")
    expect(apart).to_have_count(32 - ready.count())
    expect(page.get_by_text("lookalike weights fetch NAME")).to_be_visible()


def test_a_dialog_does_not_outlive_its_page(filled, visit):
    page = visit(filled.url)
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.get_by_role("link", name="Collections", exact=True).click()
    page.get_by_role("button", name="New collection").click()
    page.go_back()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_keyboard_alone_makes_a_collection_and_goes_about_in_it(stack, visit, request):
    name = f"keys-{abs(hash(request.node.nodeid)) % 10_000}"
    page = visit(stack.url)
    by_key(page, "button", "New collection")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_focused()
    by_key(page, "link", "Settings")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Description")).to_be_visible()
    by_key(page, "button", "Delete this collection")
    page.keyboard.press("Enter")
    expect(page.get_by_label(re.compile("^Type"))).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Collections", level=1)).to_be_focused()


def test_the_first_tab_skips_to_the_content(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}")
    expect(page.get_by_role("heading", name=filled.name)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Items", exact=True)).to_be_focused()
