"""A server of its own: from nothing to a shop, behind keys, and gone for a while."""

import re

import httpx2
import pytest
from playwright.sync_api import expect

from core.storage import Files, Keys, Role
from tests.browser.filled_shop import archive
from tests.browser.user_actions import buffer, drop, no_reload, pick
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, numbered

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def test_from_an_empty_server_to_a_reason_and_back_to_nothing(own_stack, visit):
    page = visit(own_stack.url)
    with no_reload(page):
        create(page, "boutique")
        upload(page, archive())
        search(page, jpeg(7))
        sell(page, as_csv(order_lines()))
        read_a_reason(page, user(0))
        delete(page, "boutique")
    expect(page.get_by_role("heading", name="No collection yet")).to_be_visible()
    assert httpx2.get(f"{own_stack.url}/v1/collections").json()["items"] == []


def create(page, name):
    expect(page.get_by_role("heading", name="No collection yet")).to_be_visible()
    page.get_by_role("button", name="New collection").click()
    dialog = page.get_by_role("dialog", name="New collection")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Description").fill("Drawn things")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def upload(page, data):
    drop(page.get_by_text("Drop pictures, a folder or a zip here"), {"shop.zip": data})
    corner = page.get_by_role("complementary", name="Uploads and jobs")
    expect(corner.get_by_role("progressbar")).to_be_visible()
    expect(corner.get_by_text("succeeded")).to_be_visible(timeout=60_000)
    items = page.get_by_role("list", name="Items").get_by_role("listitem")
    expect(items.first).to_contain_text("Thing 39")  # the newest first
    expect(page.get_by_text("40 items, 40 pictures")).to_be_visible()
    corner.get_by_role("button", name="Close").click()
    expect(corner).to_be_hidden()


def search(page, photo):
    page.get_by_role("link", name="Search", exact=True).click()
    drop(page.get_by_text("Drop a photo here"), {"photo.jpg": photo})
    first = page.get_by_role("listitem").filter(has=page.get_by_title("Similarity")).first
    expect(first).to_contain_text("Thing 7")
    expect(first).to_contain_text("1.000")


def sell(page, sales):
    page.get_by_role("link", name="Recommendations", exact=True).click()
    expect(page.get_by_text("No recommendations yet.")).to_be_visible()
    pick(page, "Pick a file", buffer("sales.csv", sales, "text/csv"))
    served = page.get_by_role("heading", name="Recommendations are served")
    expect(served).to_be_visible(timeout=120_000)
    expect(page.get_by_role("cell", name="sales.csv", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="On the days held back")).to_be_visible()


def read_a_reason(page, name):
    page.get_by_role("link", name="Customers and their lists").click()
    page.get_by_label("Find a customer").fill("no such")
    expect(page.get_by_text("Nobody's name begins so")).to_be_visible()
    page.get_by_label("Find a customer").fill(name)
    page.get_by_role("link", name=name).click()
    bought = page.get_by_role("heading", name="Bought").locator("..").get_by_role("link")
    expect(bought.first).to_contain_text("Thing")  # the page of the customer is there
    names = bought.all_inner_texts()
    reasons = page.get_by_text(re.compile(r"^(Bought together with|Looks like)"))
    purchase = reasons.first.get_by_role("link").inner_text()
    assert purchase.startswith("Thing")
    assert purchase in names


def delete(page, name):
    page.get_by_role("link", name="Collections", exact=True).click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("button", name="Delete this collection").click()
    dialog = page.get_by_role("dialog", name=f"Delete {name}?")
    button = dialog.get_by_role("button", name="Delete")
    for typed in ("", name.upper(), name[:-1]):
        dialog.get_by_label("Type").fill(typed)
        expect(button).to_be_disabled()
    dialog.get_by_label("Type").fill(name)
    button.click()


def test_while_the_server_is_away_the_page_says_so_and_then_goes_on(own_stack, visit):
    page = visit(
        own_stack.url, expects=r"ERR_(CONNECTION_REFUSED|INCOMPLETE|EMPTY|CONNECTION_RESET)"
    )
    own_stack.stop("api")
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    own_stack.start("api")
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()


def test_the_jobs_page_catches_up_with_what_ended_while_the_server_was_away(own_stack, visit):
    with Shop(own_stack.url, "meanwhile") as shop:
        shop.create()
        page = visit(f"{own_stack.url}/#/jobs", expects="ERR_")
        job = shop.send([("some.zip", numbered(range(40)))]).json()["id"]
        row = page.get_by_role("row").filter(has_text="meanwhile")
        expect(row).to_be_visible()
        own_stack.stop("api")
        own_stack.start("api")
        assert shop.ended(job)["state"] == "succeeded"
        expect(row).to_contain_text("40 pictures taken in · 40 items now")


@pytest.fixture(scope="module")
def keyed(own_stack):
    """The server with a few items, and texts of keys by their role."""
    with Shop(own_stack.url, "locked") as shop:
        shop.create()
        assert shop.ingest_numbers(range(6))["state"] == "succeeded"
        keys = Keys(Files(own_stack.settings.store))
        texts = {role: keys.create(role, role)[1] for role in Role}
        shop.http.headers["authorization"] = f"Bearer {texts['read']}"
        yield shop, texts


def give_key(page, text):
    dialog = page.get_by_role("dialog", name="This server needs a key")
    dialog.get_by_label("API key").fill(text)
    dialog.get_by_role("button", name="Use it").click()


def test_a_key_is_asked_for_and_kept_for_the_tab_alone(keyed, visit):
    shop, texts = keyed
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="status of 401")
    give_key(page, "lk_wrong")
    expect(page.get_by_role("dialog")).to_contain_text("The key was not accepted")
    give_key(page, texts["admin"])
    pictures = page.get_by_role("list", name="Items").locator("img")
    expect(pictures).to_have_count(6)
    expect(pictures.first).to_have_js_property("complete", True)
    expect(pictures.first).not_to_have_js_property("naturalWidth", 0)
    page.reload()
    expect(pictures).to_have_count(6)
    tab = page.context.new_page()
    tab.goto(shop.url)
    expect(tab.get_by_role("dialog", name="This server needs a key")).to_be_visible()


def test_who_has_no_key_is_told_so_and_may_try_again(keyed, visit):
    shop, texts = keyed
    small = {"width": 360, "height": 740}
    page = visit(shop.url, expects="status of 401", viewport=small)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="A key is needed")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    give_key(page, texts["read"])
    expect(page.get_by_role("link", name=shop.name)).to_be_visible()
    for link in page.get_by_role("navigation", name="Main").get_by_role("link").all():
        expect(link).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Forget key")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Forget key").click()
    expect(page.get_by_role("dialog", name="This server needs a key")).to_be_visible()


def test_a_key_to_read_sees_nothing_that_writes(keyed, visit):
    shop, texts = keyed
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="status of 401")
    give_key(page, texts["read"])
    expect(page.get_by_role("list", name="Items").get_by_role("listitem")).to_have_count(6)
    drop(page.get_by_role("list", name="Items"), {"A.jpg": jpeg(9)})
    for place in ("", f"#/c/{shop.name}/items/3", f"#/c/{shop.name}/recommendations", "#/jobs"):
        page.goto(f"{shop.url}/{place}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    page.goto(f"{shop.url}/#/c/{shop.name}/settings")
    expect(page.get_by_text("Your key may read this collection, not change it.")).to_be_visible()
    assert shop.counts() == (6, 6)
