"""Pictures put in, looked at, mended and taken away, as a shop's buyer does it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.filled_shop import archive
from tests.browser.user_actions import buffer, drop, pick
from tests.support.archives import zipped
from tests.support.images import jpeg
from tests.support.shop_client import numbered

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def corner_of(page):
    return page.get_by_role("complementary", name="Uploads and jobs")


def wait_for(page, state):
    expect(corner_of(page).get_by_text(state)).to_be_visible(timeout=60_000)


def cards(page):
    return page.get_by_role("list", name="Items").get_by_role("listitem")


def test_pictures_from_the_file_picker_show_without_a_reload(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}")
    pick(page, "Add pictures", *(buffer(f"A-{n}.jpg", jpeg(n)) for n in range(3)))
    expect(cards(page)).to_have_count(3, timeout=30_000)
    drop(page.get_by_role("main"), {"elsewhere.jpg": jpeg(8)})  # not upon the place for it
    pick(page, "Add pictures", buffer("B.jpg", jpeg(4)))
    expect(cards(page)).to_have_count(4, timeout=30_000)
    assert sorted(shop.skus()) == ["A-0", "A-1", "A-2", "B"]


def test_a_folder_keeps_its_paths_whatever_the_names(shop, visit, tmp_path):
    long = "Größenübersicht-" + "n" * 90
    views = {("Mäntel & Röcke", "vorne"): 1, ("Mäntel & Röcke", "hinten"): 2, (long, "main"): 3}
    for (sku, view), number in views.items():
        path = tmp_path / "shop" / sku / f"{view}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    page = visit(f"{shop.url}/#/c/{shop.name}")
    pick(page, "Add a folder", tmp_path / "shop")
    expect(cards(page)).to_have_count(2, timeout=30_000)
    for (sku, view), number in views.items():
        path = f"{shop.path}/items/{sku}/image"
        kept = shop.http.get(path, params={"view": view})
        assert (kept.status_code, kept.content) == (200, jpeg(number)), (sku, view)


def test_after_an_upload_the_description_still_stands_beside_the_counts(shop, visit):
    shop.http.patch(shop.path, json={"description": "Drawn things"})
    page = visit(f"{shop.url}/#/c/{shop.name}")
    pick(page, "Add pictures", buffer("A.jpg", jpeg(1)))
    told = re.compile(r"^1 item, 1 picture · .+ · Drawn things$")
    expect(page.get_by_role("main").get_by_text(told)).to_be_visible(timeout=30_000)


def test_what_failed_is_told_with_its_reason_and_not_offered_another_try(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}")
    broken = zipped({"good.jpg": jpeg(1), "broken.jpg": jpeg(2)[:900]})
    pick(page, "Add pictures", buffer("some.zip", broken, "application/zip"))
    wait_for(page, "ended, some failed")
    expect(corner_of(page)).to_contain_text("Done, 1 refused")
    expect(corner_of(page)).to_contain_text("1 picture taken in · 1 refused · 1 item now")
    corner_of(page).get_by_role("link", name="why").click()
    expect(page.get_by_role("heading", name="1 failure")).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name="broken.jpg"))
    said = shop.failures({"id": page.url.rsplit("/", 1)[1]})["broken.jpg"]["reason"]
    expect(row.get_by_role("cell").last).to_have_text(f"{said[0].upper()}{said[1:]}.")
    expect(page.get_by_text("Another try would end the same")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    page.route("**/failures?*", with_code("worker-lost"))
    page.reload()
    expect(page.get_by_role("button", name="Retry failed")).to_be_visible()


def with_code(code):
    """As if all failures had been of this kind."""

    def answered(route):
        found = route.fetch().json()
        items = [{**one, "code": code} for one in found["items"]]
        route.fulfill(json={**found, "items": items})

    return answered


def test_what_could_not_be_sent_is_sent_again_by_a_button(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="ERR_CONNECTION_RESET")
    page.route("**/items", lambda route: route.abort("connectionreset"))
    pick(page, "Add pictures", buffer("A.jpg", jpeg(1)))
    expect(corner_of(page)).to_contain_text("The server went away; it is tried again.")
    expect(corner_of(page)).to_contain_text("1 not sent", timeout=60_000)
    page.unroute("**/items")
    corner_of(page).get_by_role("button", name="Send again").click()
    wait_for(page, "succeeded")
    expect(cards(page)).to_have_count(1)
    assert shop.skus() == ["A"]


def test_the_tray_is_folded_while_it_works_and_closed_when_it_is_done(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}")
    pick(page, "Add pictures", buffer("many.zip", numbered(range(200)), "application/zip"))
    corner_of(page).get_by_role("button", name="Hide").click()
    expect(corner_of(page).get_by_role("link")).to_have_count(0)
    expect(corner_of(page).get_by_role("button", name="Show")).to_be_focused()
    page.keyboard.press("Enter")
    expect(corner_of(page).get_by_role("link")).to_have_count(1)
    wait_for(page, "succeeded")
    corner_of(page).get_by_role("button", name="Close").click()
    expect(corner_of(page)).to_be_hidden()


def test_an_item_is_opened_by_its_sku_and_one_that_is_not_there_is_told(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}", expects="status of 404")
    field = page.get_by_label("Open the item with the sku")
    field.fill("no such")
    field.press("Enter")
    expect(page.get_by_text("There is no item no such.")).to_be_visible()
    field.fill("17")
    expect(page.get_by_text("There is no item")).to_have_count(0)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Thing 17", level=1)).to_be_visible()


def test_a_running_job_is_cancelled_and_then_done_after_all(shop, visit):
    page = visit(f"{shop.url}/#/jobs")
    job = shop.send([("many.zip", numbered(range(400)))]).json()
    row = page.get_by_role("row").filter(has_text=shop.name).first
    expect(row.get_by_role("progressbar")).to_be_visible()
    row.get_by_role("link", name="Pictures").click()
    expect(page.get_by_text("a second")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("main").get_by_text("cancelled")).to_be_visible(timeout=30_000)
    assert 0 < shop.ended(job["id"])["progress"]["done"] < 400
    page.get_by_role("button", name="Try again").click()
    wait_for(page, "succeeded")
    assert shop.counts() == (400, 400)


def test_an_upload_goes_on_while_other_pages_are_looked_at(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}")
    pick(page, "Add pictures", buffer("shop.zip", archive(), "application/zip"))
    page.get_by_role("link", name="Search", exact=True).click()
    wait_for(page, "succeeded")
    page.get_by_role("link", name="Items", exact=True).click()
    expect(page.get_by_text("40 items, 40 pictures")).to_be_visible()


def test_an_item_is_changed_and_deleted(shop, visit):
    shop.ingest([("shop.zip", archive(range(6)))])
    page = visit(f"{shop.url}/#/c/{shop.name}")
    page.get_by_role("link", name="Thing 3").click()
    expect(page.get_by_role("heading", name="Thing 3", level=1)).to_be_visible()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Value of price").fill("12.5")
    page.get_by_label("Value of kind").fill("")
    page.get_by_label("Attribute", exact=True).last.fill("new")
    page.get_by_label("Value", exact=True).fill("true")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("definition").filter(has_text="12.5")).to_be_visible()
    kept = shop.http.get(f"{shop.path}/items/3").json()["attributes"]
    assert kept == {"name": "Thing 3", "price": 12.5, "new": True}
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog", name="Delete 3?").get_by_role("button", name="Delete").click()
    expect(cards(page)).to_have_count(5)
    assert "3" not in shop.skus()


def test_a_filter_narrows_the_grid_and_a_bad_one_is_explained(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}", expects="status of 422")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("button", name="+ Condition").click()
    page.get_by_label("Attribute", exact=True).fill("price")
    page.get_by_label("Comparison").select_option("<")
    page.get_by_label("Value; several with commas").fill("5")
    expect(cards(page)).to_have_count(5)
    expect(page.get_by_role("status").filter(has_text="5 of 40 items")).to_be_visible()
    page.get_by_label("Value; several with commas").fill("-1")
    expect(page.get_by_role("heading", name="No item is like that")).to_be_visible()
    page.get_by_label("Value; several with commas").fill("true")
    expect(page.get_by_role("alert")).to_contain_text("price")
    page.get_by_role("button", name="Take this condition away").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="40 items")).to_be_visible()


def test_the_look_alikes_of_an_item_lead_on(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/items/4")
    alike = page.get_by_role("heading", name="Looks like it").locator("..").get_by_role("listitem")
    found = filled.http.get(f"{filled.path}/items/4/similar", params={"limit": 12}).json()[
        "matches"
    ]
    expect(alike).to_have_count(12)
    names = [one["attributes"]["name"] for one in found]
    assert alike.get_by_role("link").all_inner_texts() == names
    alike.first.click()
    expect(page.get_by_role("heading", name=names[0], level=1)).to_be_visible()
