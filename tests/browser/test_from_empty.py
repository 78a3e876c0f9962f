"""A separate server: from empty to a filled shop, with API keys, and with downtime."""

import re

import httpx2
import pytest
from playwright.sync_api import expect

from core.storage import Keys, Role, open_backend
from tests.browser.filled_shop import archive
from tests.browser.user_actions import confirm_import, drop, file_payload, import_files, no_reload
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import Shop, zip_of_images

pytestmark = [pytest.mark.stack, pytest.mark.browser]

DOWNTIME = "ERR_|status of 503"
KEY_PROMPT = "This server requires an API key"


def test_from_an_empty_server_to_a_recommendation_and_back(own_stack, visit):
    page = visit(own_stack.url)
    with no_reload(page):
        create(page, "boutique")
        (collection,) = httpx2.get(f"{own_stack.url}/v1/collections").json()["items"]
        assert (collection["recipe"], collection["fit_automatically"]) == ("parts-1", False)
        upload(page, archive())
        search(page, jpeg(7))
        import_sales(page, as_csv(order_lines()))
        read_a_reason(page, user(0))
        delete(page, "boutique")
    expect(page.get_by_role("heading", name="No collections yet")).to_be_visible()
    assert httpx2.get(f"{own_stack.url}/v1/collections").json()["items"] == []


def create(page, name):
    expect(page.get_by_role("heading", name="No collections yet")).to_be_visible()
    page.get_by_role("button", name="New collection").click()
    dialog = page.get_by_role("dialog", name="New collection")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Description").fill("Generated items")
    dialog.get_by_text("For specialists").click()
    dialog.get_by_label("Recipe").select_option("parts-1")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def upload(page, data):
    drop(page.get_by_text("Drop images, folders, zip files"), {"shop.zip": data})
    confirm_import(page)
    activity = page.get_by_role("complementary", name="Uploads and jobs")
    expect(activity.get_by_role("progressbar")).to_be_visible()
    expect(activity.get_by_text("succeeded")).to_be_visible()
    activity.get_by_role("button", name="Close").click()
    expect(activity).to_be_hidden()
    items = page.get_by_role("list", name="Items").get_by_role("listitem")
    expect(items.first).to_contain_text("Thing 39")  # newest first
    expect(page.get_by_text("40 items, 40 images")).to_be_visible()


def search(page, photo):
    page.get_by_role("link", name="Search", exact=True).click()
    drop(page.get_by_text("Drop a photo here"), {"photo.jpg": photo})
    best_match = page.get_by_role("listitem").filter(has=page.get_by_title("Similarity")).first
    expect(best_match).to_contain_text("Thing 7")
    expect(best_match).to_contain_text("1.000")


def import_sales(page, sales):
    page.get_by_role("link", name="Recommendations", exact=True).click()
    expect(page.get_by_text("No recommendations yet.")).to_be_visible()
    import_files(page, "Choose file", file_payload("sales.csv", sales, "text/csv"))
    heading = page.get_by_role("heading", name="Recommendations are in use")
    expect(heading).to_be_visible(timeout=120_000)
    expect(page.get_by_role("cell", name="sales.csv", exact=True)).to_be_visible()
    expect(page.get_by_text("customers who came back").first).to_be_visible()
    page.get_by_text("Figures for specialists").click()
    expect(page.get_by_role("heading", name="Results on the hold-out")).to_be_visible()


def read_a_reason(page, name):
    page.get_by_role("link", name="Show customers").click()
    page.get_by_label("Find a customer").fill("no such")
    expect(page.get_by_text("No customers match")).to_be_visible()
    page.get_by_label("Find a customer").fill(name)
    page.get_by_role("link", name=name).click()
    bought = page.get_by_role("heading", name="What they bought").locator("..")
    reasons = page.get_by_text(re.compile(r"^(Bought together with|Looks like)"))
    purchase = reasons.first.get_by_role("link")
    expect(purchase).to_contain_text("Thing")  # the name replaces the sku once it is fetched
    name = purchase.inner_text()
    expect(bought.get_by_role("link", name=name, exact=True).first).to_be_visible()


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


def test_the_page_reports_downtime_and_recovers(own_stack, visit):
    page = visit(own_stack.url, expects=DOWNTIME)
    own_stack.stop("api")
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not respond")
    own_stack.start("api")
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()


def test_the_jobs_page_catches_up_after_downtime(own_stack, visit):
    with Shop(own_stack.url, "downtime") as shop:
        shop.create()
        page = visit(f"{own_stack.url}/#/jobs", expects=DOWNTIME)
        job = shop.send([("images.zip", zip_of_images(range(40)))]).json()["id"]
        row = page.get_by_role("row", name="Import of items images.zip downtime")
        expect(row).to_be_visible()
        own_stack.stop("api")
        own_stack.start("api")
        assert shop.wait_for_job(job)["state"] == "succeeded"
        expect(row).to_contain_text("now 40 items")  # slow steps are repeated: some "unchanged"


@pytest.fixture(scope="module")
def locked_shop(own_stack):
    """A shop with a few items on a server with API keys, and the key of each role."""
    with Shop(own_stack.url, "locked") as shop:
        shop.create()
        assert shop.ingest_numbers(range(6))["state"] == "succeeded"
        keys = Keys(open_backend(own_stack.settings.store))
        key_texts = {role: keys.create(role, role)[1] for role in Role}
        shop.http.headers["authorization"] = f"Bearer {key_texts['read']}"
        yield shop, key_texts


def enter_key(page, text):
    dialog = page.get_by_role("dialog", name=KEY_PROMPT)
    dialog.get_by_label("API key").fill(text)
    dialog.get_by_role("button", name="Use key").click()


def test_an_api_key_is_requested_and_kept_for_the_tab_only(locked_shop, visit):
    shop, keys = locked_shop
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="status of 401")
    enter_key(page, "lk_wrong")
    expect(page.get_by_role("dialog")).to_contain_text("The key was rejected")
    enter_key(page, keys["admin"])
    images = page.get_by_role("list", name="Items").locator("img")
    expect(images).to_have_count(6)
    expect(images.first).to_have_js_property("complete", True)
    expect(images.first).not_to_have_js_property("naturalWidth", 0)
    page.reload()
    expect(images).to_have_count(6)
    tab = page.context.new_page()
    tab.goto(shop.url)
    expect(tab.get_by_role("dialog", name=KEY_PROMPT)).to_be_visible()


def test_a_user_who_cancels_the_key_prompt_can_retry(locked_shop, visit):
    shop, keys = locked_shop
    small = {"width": 360, "height": 740}
    page = visit(shop.url, expects="status of 401", viewport=small)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="API key required")).to_be_visible()
    page.get_by_role("button", name="Retry").click()
    enter_key(page, keys["read"])
    expect(page.get_by_role("link", name=shop.name)).to_be_visible()
    for link in page.get_by_role("navigation", name="Main").get_by_role("link").all():
        expect(link).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Forget key")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Forget key").click()
    expect(page.get_by_role("dialog", name=KEY_PROMPT)).to_be_visible()


def test_a_read_key_sees_no_control_that_writes(locked_shop, visit):
    shop, keys = locked_shop
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="status of 401")
    enter_key(page, keys["read"])
    expect(page.get_by_role("list", name="Items").get_by_role("listitem")).to_have_count(6)
    drop(page.get_by_role("list", name="Items"), {"A.jpg": jpeg(9)})
    titles = {"": "Collections", f"#/c/{shop.name}/items/3": "3"}
    titles |= {f"#/c/{shop.name}/recommendations": shop.name, "#/jobs": "Jobs"}
    for path, title in titles.items():
        page.goto(f"{shop.url}/{path}")
        expect(page.get_by_role("heading", name=title, level=1, exact=True)).to_be_visible()
        expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    page.goto(f"{shop.url}/#/c/{shop.name}/settings")
    expect(page.get_by_text("Your API key can only read this collection.")).to_be_visible()
    assert shop.counts() == (6, 6)
