"""Uploading, viewing, editing and deleting items."""

import hashlib
import io
import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations
from tests.browser.filled_shop import archive
from tests.browser.user_actions import (
    choose_files,
    confirm_import,
    drop,
    file_payload,
    import_files,
    own_clock,
)
from tests.support.archives import make_zip
from tests.support.images import jpeg
from tests.support.items import own
from tests.support.shop_client import eventually, zip_of_images

pytestmark = [pytest.mark.stack, pytest.mark.browser]

FURTHER_ATTEMPTS = 3
FILTER_VALUE = "Value; separate several with commas"
MANY = 1000  # images that are not done before the page shows their job


def activity_panel(page):
    return page.get_by_role("complementary", name="Uploads and jobs")


def wait_for_activity(page, text):
    expect(activity_panel(page).get_by_text(text)).to_be_visible()


def cards(page):
    return page.get_by_role("list", name="Items").get_by_role("listitem")


def test_chosen_images_appear_without_a_reload(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}")
    import_files(page, "Add files", *(file_payload(f"A-{n}.jpg", jpeg(n)) for n in range(3)))
    expect(cards(page)).to_have_count(3)
    drop(page.get_by_role("main"), {"elsewhere.jpg": jpeg(8)})  # outside the drop zone
    import_files(page, "Add files", file_payload("B.jpg", jpeg(4)))
    expect(cards(page)).to_have_count(4)
    assert sorted(shop.skus()) == ["A-0", "A-1", "A-2", "B"]


def test_a_folder_keeps_its_paths_whatever_the_names(shop, visit, tmp_path):
    long = "Größenübersicht-" + "n" * 90
    views = {("Mäntel & Röcke", "vorne"): 1, ("Mäntel & Röcke", "hinten"): 2, (long, "main"): 3}
    for (sku, view), number in views.items():
        path = tmp_path / "shop" / sku / f"{view}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    page = visit(f"{shop.url}/#/c/{shop.name}")
    import_files(page, "Add folder", tmp_path / "shop")
    expect(cards(page)).to_have_count(2)
    for (sku, view), number in views.items():
        path = f"{shop.path}/items/{sku}/image"
        image = shop.http.get(path, params={"view": view})
        assert (image.status_code, image.content) == (200, jpeg(number)), (sku, view)


def test_the_description_is_still_shown_after_an_upload(shop, visit):
    shop.http.patch(shop.path, json={"description": "Generated items"})
    page = visit(f"{shop.url}/#/c/{shop.name}")
    import_files(page, "Add files", file_payload("A.jpg", jpeg(1)))
    summary = re.compile(r"^1 item, 1 image · Generated items$")
    expect(page.get_by_role("main").get_by_text(summary)).to_be_visible()


def test_failures_are_listed_with_reasons_and_retry_is_offered_only_if_useful(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}")
    broken = make_zip({"good.jpg": jpeg(1), "broken.jpg": jpeg(2)[:900]})
    import_files(page, "Add files", file_payload("images.zip", broken, "application/zip"))
    wait_for_activity(page, "done, with problems")
    expect(activity_panel(page)).to_contain_text("Done, 1 failed")
    result = "1 image imported · 1 failed · now 1 item"
    expect(activity_panel(page)).to_contain_text(result)
    activity_panel(page).get_by_role("link", name="Details").click()
    expect(page.get_by_role("heading", name="1 failure")).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name="broken.jpg"))
    reason = shop.failures({"id": page.url.rsplit("/", 1)[1]})["broken.jpg"]["reason"]
    expect(row.get_by_role("cell").last).to_have_text(f"{reason[0].upper()}{reason[1:]}.")
    expect(page.get_by_text("A retry would fail in the same way")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    page.route("**/failures?*", respond_with_code("worker-lost"))
    page.reload()
    expect(page.get_by_role("button", name="Retry failed")).to_be_visible()


def respond_with_code(code):
    """Return a route handler that changes the code of all failures."""

    def respond(route):
        body = route.fetch().json()
        items = [{**failure, "code": code} for failure in body["items"]]
        route.fulfill(json={**body, "items": items})

    return respond


def test_a_failed_upload_can_be_sent_again(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="ERR_CONNECTION_RESET")
    page.route("**/items", lambda route: route.abort("connectionreset"))
    with own_clock(page) as clock:
        import_files(page, "Add files", file_payload("A.jpg", jpeg(1)))
        expect(activity_panel(page)).to_contain_text("The connection is lost; trying again …")
        for _ in range(FURTHER_ATTEMPTS):
            with page.expect_event("requestfailed"):
                clock.fast_forward(30_000)
        expect(activity_panel(page)).to_contain_text("1 not sent")
        page.unroute("**/items")
        activity_panel(page).get_by_role("button", name="Send again").click()
        wait_for_activity(page, "succeeded")
        expect(cards(page)).to_have_count(1)
    assert shop.skus() == ["A"]


def test_the_activity_panel_can_be_folded_while_busy_and_closed_when_done(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}")
    images = zip_of_images(range(200))
    import_files(page, "Add files", file_payload("many.zip", images, "application/zip"))
    activity_panel(page).get_by_role("button", name="Hide").click()
    expect(activity_panel(page).get_by_role("link")).to_have_count(0)
    expect(activity_panel(page).get_by_role("button", name="Show")).to_be_focused()
    page.keyboard.press("Enter")
    expect(activity_panel(page).get_by_role("link")).to_have_count(1)
    wait_for_activity(page, "succeeded")
    activity_panel(page).get_by_role("button", name="Close").click()
    expect(activity_panel(page)).to_be_hidden()


def test_a_running_job_can_be_cancelled_and_retried(shop, visit):
    page = visit(f"{shop.url}/#/jobs")
    job = shop.send([("many.zip", zip_of_images(range(MANY)))]).json()
    row = page.get_by_role("row").filter(has_text=shop.name).filter(has_text="Import of items")
    expect(row.get_by_role("progressbar")).to_be_visible()
    row.get_by_role("link", name="Import of items").click()
    expect(page.get_by_text("per second")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    badge = page.get_by_role("main").get_by_text("cancelled")
    expect(badge).to_be_visible()
    assert 0 < shop.wait_for_job(job["id"])["progress"]["done"] < MANY
    page.get_by_role("button", name="Retry").click()
    wait_for_activity(page, "succeeded")
    assert shop.counts() == (MANY, MANY)


def test_an_upload_continues_while_other_pages_are_open(shop, visit):
    page = visit(f"{shop.url}/#/c/{shop.name}")
    import_files(page, "Add files", file_payload("shop.zip", archive(), "application/zip"))
    page.get_by_role("link", name="Search", exact=True).click()
    wait_for_activity(page, "succeeded")
    items = page.get_by_role("link", name="Items", exact=True)
    items.click()
    expect(page.get_by_text("40 items, 40 images")).to_be_visible()
    expect(items).to_have_attribute("aria-current", "page")


def test_an_item_can_be_edited_and_deleted(shop, visit):
    shop.ingest([("shop.zip", archive(range(6)))])
    page = visit(f"{shop.url}/#/c/{shop.name}")
    page.get_by_role("link", name="Thing 3").click()
    expect(page.get_by_role("heading", name="Thing 3", level=1)).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Value of price").fill("12,5")
    page.get_by_label("Value of kind").fill("")
    page.get_by_label("Attribute", exact=True).last.fill("new")
    page.get_by_label("Value", exact=True).fill("true")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("definition").filter(has_text="12.5")).to_be_visible()
    attributes = shop.http.get(f"{shop.path}/items/3").json()["attributes"]
    assert own(attributes) == {"name": "Thing 3", "price": 12.5, "new": True}
    change_images(shop, page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog", name="Delete 3?").get_by_role("button", name="Delete").click()
    expect(cards(page)).to_have_count(5)
    assert "3" in shop.skus()  # it can still be taken back
    page.reload()
    expect(page.get_by_role("link", name="Thing 4")).to_be_visible()
    expect(page.get_by_role("link", name="Thing 3")).to_have_count(0)
    eventually(lambda: "3" not in shop.skus())
    prices = b"Artikelnummer;Preis\n4;7,5\n"
    drop(page.get_by_role("list", name="Items"), {"Preisliste.csv": prices})
    expect(page.get_by_text("this is a price list: 1 item gets new prices")).to_be_visible()
    confirm_import(page)
    item = f"{shop.path}/items/4"
    eventually(lambda: shop.http.get(item).json()["attributes"].get("Preis") == 7.5)


def test_an_item_whose_deletion_failed_when_the_page_was_left_is_shown_again(shop, visit):
    shop.ingest([("shop.zip", archive(range(2)))])
    sent = json.dumps(json.dumps([[shop.name, ["1"]]]))  # what a page stores when it is left
    page = visit(f"{shop.url}/#/c/{shop.name}")
    page.add_init_script(f"sessionStorage.setItem('lookalike-deletions', {sent})")
    with own_clock(page) as clock:
        clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
        page.reload()
        expect(page.get_by_role("link", name="Thing 0")).to_be_visible()
        expect(page.get_by_role("link", name="Thing 1")).to_have_count(0)
        page.evaluate("document.body.style.paddingBottom = '2000px'; scrollTo(0, 1000)")
        clock.fast_forward(60_000)
        expect(page.get_by_role("link", name="Thing 1")).to_be_visible()


def change_images(shop, page):
    """Add a second image, replace the first one, then delete it."""
    views = page.get_by_role("heading", name="Images").locator("..").get_by_role("listitem")
    choose_files(page, "Add an image", file_payload("new.jpg", jpeg(21)))
    page.get_by_role("dialog", name="Add an image").get_by_label("What does it show?").fill("back")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(views).to_have_count(2)
    choose_files(page, "Replace the image main", file_payload("other.jpg", jpeg(22)))
    image = f"{shop.path}/items/3/image"
    eventually(lambda: shop.http.get(image).content == jpeg(22))
    large_image = page.locator(".large-image img")
    expect(large_image).to_have_attribute(
        "src", re.compile(hashlib.sha256(jpeg(22)).hexdigest()[:16])
    )
    assert shop.http.get(image, params={"view": "back"}).content == jpeg(21)
    undo = page.get_by_role("complementary", name="What you can take back")
    undo.get_by_role("button", name="Undo").click()
    eventually(lambda: shop.http.get(image).content == jpeg(3))
    expect(undo).to_be_hidden()
    page.get_by_role("button", name="Delete the image main").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(views).to_have_count(1)
    assert shop.http.get(image).content == jpeg(21)
    assert shop.http.get(f"{shop.path}/items/3").json()["attributes"]["price"] == 12.5


def test_the_availability_of_an_item_is_changed_and_shown(shop, visit):
    shop.ingest([("shop.zip", archive(range(2)))])
    page = visit(f"{shop.url}/#/c/{shop.name}/items/1")
    badges = page.get_by_role("main").locator(".badge")
    expect(badges).to_have_count(0)
    path = f"{shop.path}/items/1"
    for label, state in (("Hidden", "hidden"), ("Out of stock", "out_of_stock")):
        page.get_by_label("Availability").select_option(label)
        expect(badges).to_have_text([label])
        assert shop.http.get(path).json()["availability"] == state
    page.get_by_role("link", name=f"← {shop.name}").click()
    expect(cards(page).filter(has_text="Out of stock")).to_have_count(1)
    expect(cards(page).filter(has_text="Out of stock")).to_contain_text("Thing 1")
    page.get_by_label("Select Thing 0").check()
    page.get_by_label("Select Thing 1").check()
    selected = page.get_by_role("group", name="Selected items")
    selected.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog", name="Change 2 items")
    dialog.get_by_label("Availability").select_option("Hidden")
    dialog.get_by_label("Attribute").fill("price")
    dialog.get_by_role("button", name="Change").click()
    expect(cards(page).filter(has_text="Hidden")).to_have_count(2)
    assert "price" not in shop.http.get(path).json()["attributes"]
    selected.get_by_role("button", name="Undo").click()
    expect(cards(page).filter(has_text="Hidden")).to_have_count(0)
    item = shop.http.get(path).json()
    assert (item["attributes"]["price"], item["availability"]) == (1.5, "out_of_stock")
    filter_by_availability(page)
    page.go_back()
    expect(page.get_by_role("heading", name="Thing 1", level=1)).to_be_visible()
    page.get_by_label("Availability").select_option("In stock")
    expect(badges).to_have_count(0)
    assert "availability" not in shop.http.get(path).json()


def filter_by_availability(page):
    """One of two items is out of stock."""
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Availability").select_option("Hidden")
    expect(page.get_by_role("heading", name="No items match")).to_be_visible()
    page.get_by_label("Availability").select_option("Out of stock")
    expect(cards(page)).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 of 2 items")).to_be_visible()


def test_deleted_items_come_back_until_the_message_about_them_is_closed(shop, visit):
    shop.ingest([("shop.zip", archive(range(2)))])
    page = visit(f"{shop.url}/#/c/{shop.name}")
    deleted = page.get_by_role("complementary", name="What you can take back")
    delete_selected(page, "Thing 0", "Thing 1")
    expect(cards(page)).to_have_count(0)
    deleted.get_by_role("button", name="Undo").click()
    expect(cards(page)).to_have_count(2)
    expect(
        page.get_by_role("main").get_by_role("status").filter(has_text="2 items")
    ).to_be_visible()
    delete_selected(page, "Thing 0")
    expect(cards(page)).to_have_count(1)
    assert sorted(shop.skus()) == ["0", "1"]
    deleted.get_by_role("button", name="Close").click()
    eventually(lambda: shop.skus() == ["1"])
    expect(page.get_by_text("1 item, 1 image")).to_be_visible()


def delete_selected(page, *names):
    for name in names:
        page.get_by_label(f"Select {name}").check()
    tools = page.get_by_role("group", name="Selected items")
    tools.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()


def test_a_filter_narrows_the_grid_and_an_invalid_filter_is_explained(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}", expects="status of 422")
    page.get_by_text("Filter", exact=True).click()
    status, kinds = page.get_by_role("status"), page.get_by_role("group", name="kind")
    kinds.get_by_label("shoe 20").check()
    expect(status.filter(has_text="20 of 40 items")).to_be_visible()
    page.get_by_label("price: to").fill("5,00")
    expect(cards(page)).to_have_count(2)
    expect(kinds.get_by_label("dress 3", exact=True)).to_be_visible()  # as many as would be added
    kinds.get_by_label("shoe 2", exact=True).uncheck()
    expect(status.filter(has_text="5 of 40 items")).to_be_visible()
    page.get_by_label("price: to").fill("")
    page.get_by_role("button", name="Add condition").click()
    page.get_by_label("Attribute", exact=True).fill("price")
    page.get_by_label("Comparison").select_option("<")
    page.get_by_label(FILTER_VALUE).fill("-1")
    expect(page.get_by_role("heading", name="No items match")).to_be_visible()
    page.get_by_label(FILTER_VALUE).fill("true")
    expect(page.get_by_role("alert")).to_contain_text("price")
    page.get_by_role("button", name="Remove condition").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    kinds.get_by_label(re.compile("^dress")).check()
    page.get_by_role("button", name="Clear all filters").click()
    expect(status.filter(has_text="40 items")).to_be_visible()
    expect(kinds.get_by_label("dress 20")).not_to_be_checked()
    assert page.url == f"{filled.url}/#/c/{filled.name}"


def test_the_way_back_leads_to_the_same_search_filter_and_place(filled, visit):
    url, size = f"{filled.url}/#/c/{filled.name}", {"width": 390, "height": 600}
    page = visit(url, expects="status of 422", viewport=size)  # of an unknown word
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("group", name="kind").get_by_label("dress 20").check()
    expect(page.get_by_role("status").filter(has_text="20 of 40 items")).to_be_visible()
    name = page.get_by_role("link", name=re.compile("^Thing")).last.inner_text()
    page.get_by_role("link", name=name, exact=True).scroll_into_view_if_needed()
    top = page.evaluate("scrollY")
    assert top > 200
    for go_back in (page.go_back, page.get_by_role("link", name=f"← {filled.name}").click):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        go_back()
        expect(page.get_by_label("dress 20")).to_be_checked()
        if go_back == page.go_back:
            eventually(lambda: abs(page.evaluate("scrollY") - top) < 2)
    assert serious_violations(page) == []
    page.get_by_label("Find items by SKU or words").fill(name)
    expect(cards(page).first).to_contain_text(name)
    page.get_by_label("Find items by SKU or words").fill("17, 4,nope")
    expect(cards(page)).to_have_text([re.compile("Thing 4")])
    page.get_by_label("Find items by SKU or words").fill("nope")
    expect(page.get_by_text("No item has the SKU “nope”")).to_be_visible()
    page.get_by_label("Find items by SKU or words").fill("17, 4,nope")
    page.get_by_label(re.compile("^dress")).uncheck()  # without a number: words are not counted
    expect(cards(page).filter(has_text="Thing 17")).to_be_visible()
    page.reload()
    expect(cards(page).filter(has_text="Thing 17")).to_be_visible()


@contextmanager
def delayed_count(page):
    """Count the matches of a filter only at the end of a `with`."""
    held = []

    def hold(route):
        held.append(route)

    page.route("**/items?*dry_run=true*", hold, times=1)
    with page.expect_response("**/items?*dry_run=true*"):
        yield
        held[0].continue_()


def test_types_are_changed_and_all_matches_of_a_filter_are_changed(shop, visit):
    shop.ingest([("shop.zip", archive(range(6)))])
    for number in range(3):
        changed = {"attributes": {"sale": number == 0}}
        assert shop.http.patch(f"{shop.path}/items/{number}", json=changed).is_success
    page = visit(f"{shop.url}/#/c/{shop.name}/settings")
    page.get_by_label("Type of price").select_option("text")
    page.get_by_role("button", name="Save types").click()
    wait_for_activity(page, "succeeded")
    eventually(lambda: all(job["finished_at"] for job in shop.jobs()))
    page.get_by_role("link", name="Items", exact=True).click()
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("group", name="kind").get_by_label(re.compile("^dress")).check()
    sale = page.get_by_label("sale", exact=True)
    expect(sale.get_by_role("option")).to_have_text(["any", "no (1)", "yes (1)"])
    sale.select_option("no (1)")
    expect(cards(page)).to_have_count(1)
    expect(cards(page)).to_contain_text("Thing 2")
    page.get_by_role("button", name="Clear all filters").click()
    page.get_by_role("button", name="Add condition").click()
    page.get_by_label("Attribute", exact=True).fill("name")
    page.get_by_label(FILTER_VALUE).fill("Thing 4")
    expect(cards(page)).to_have_text([re.compile("Thing 4")])
    with delayed_count(page):
        page.get_by_role("button", name="Change all matches").click()
        page.get_by_label(FILTER_VALUE).fill("Thing 3")
        expect(cards(page)).to_have_text([re.compile("Thing 3")])
    eventually(shop.have_all_jobs_ended)  # what was counted for another filter opens no dialog
    page.get_by_role("button", name="Change all matches").click()
    change = page.get_by_role("dialog", name="Change 1 item")
    change.get_by_label("Attribute").fill("price")
    change.get_by_label("New value").fill("12,50")
    change.get_by_role("button", name="Change").click()
    path = f"{shop.path}/items/3"
    eventually(lambda: shop.http.get(path).json()["attributes"]["price"] == "12,50")
    assert shop.http.get(f"{shop.path}/items/2").json()["attributes"]["price"] == "2.5"


def test_the_import_of_a_whole_catalogue_deletes_what_it_lacks_after_a_count(shop, visit):
    shop.ingest([("shop.zip", archive(range(10)))])
    page = visit(f"{shop.url}/#/c/{shop.name}")
    check_catalogue(page, range(9))
    dialog = page.get_by_role("dialog", name="Delete 1 item?")
    missing = f"1 of 10 items in {shop.name} is missing in it and would be deleted: 9."
    expect(dialog).to_contain_text(missing)
    assert shop.counts() == (10, 10)
    dialog.get_by_role("button", name="Import and delete").click()
    expect(cards(page)).to_have_count(9)
    check_catalogue(page, range(4))
    dialog = page.get_by_role("dialog", name="Delete 5 items?")
    expect(dialog).to_contain_text("20% may be deleted without confirmation")
    confirm = dialog.get_by_role("button", name="Import and delete")
    expect(confirm).to_be_disabled()
    dialog.get_by_label("Type 5 to confirm").fill("5")
    confirm.click()
    expect(cards(page)).to_have_count(4)
    assert sorted(shop.skus()) == ["0", "1", "2", "3"]


def check_catalogue(page, numbers):
    data = archive(numbers)
    choose_files(page, "Add files", file_payload("shop.zip", data, "application/zip"))
    page.get_by_label("This is the whole catalogue").check()
    confirm_import(page)


def test_similar_items_link_to_their_pages(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/items/4")
    section = page.get_by_role("heading", name="Similar items").locator("..")
    similar = section.get_by_role("listitem")
    response = filled.http.get(f"{filled.path}/items/4/similar", params={"limit": 12})
    expect(similar).to_have_count(12)
    names = [match["attributes"]["name"] for match in response.json()["matches"]]
    assert similar.get_by_role("link").all_inner_texts() == names
    similar.first.click()
    expect(page.get_by_role("heading", name=names[0], level=1)).to_be_visible()


def test_the_page_shows_the_images_of_each_problem(shop, visit):
    files = {"white.png": picture("white"), "dark.png": picture("black", "#302020")}
    shop.ingest([*files.items(), ("good.png", picture("white", "#b03040"))])
    page = visit(f"{shop.url}/#/c/{shop.name}")
    page.get_by_role("link", name="Image problems").click()
    listed = page.get_by_role("list", name="Images with problems").get_by_role("listitem")
    expect(listed).to_have_count(2)
    page.get_by_role("button", name="Dark · 1").click()
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("dark")
    page.get_by_role("button", name="It is fine: image main of dark").click()
    expect(listed).to_have_count(0)
    expect(page.get_by_text("1 image that you found fine")).to_be_visible()
    assert serious_violations(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(listed).to_have_count(1)
    hide_and_replace(shop, page, listed)
    listed.get_by_role("link", name="dark").click()
    expect(page.get_by_text("colours seen in the image")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Value of seen_colour")).to_have_count(0)


def hide_and_replace(shop, page, listed):
    """Do with the one image that is listed what can be done, and take it back."""
    item = f"{shop.path}/items/dark"
    undo = page.get_by_role("main").get_by_role("button", name="Undo")
    shop.http.patch(item, json={"availability": "out_of_stock"})
    page.get_by_role("button", name="Hide dark").click()
    expect(listed.get_by_text("Hidden")).to_be_visible()
    assert shop.http.get(item).json()["availability"] == "hidden"
    undo.click()
    expect(listed.get_by_text("Out of stock")).to_be_visible()
    expect(undo).to_have_count(0)
    good = file_payload("good.png", picture("white", "#3040b0"), "image/png")
    choose_files(page, "Replace the image main of dark", good)
    expect(listed).to_have_count(0)
    panel = page.get_by_role("complementary", name="What you can take back")
    panel.get_by_role("button", name="Undo").click()
    expect(listed).to_have_count(1)


def test_the_page_shows_items_with_the_same_image_of_which_one_can_be_deleted(shop, visit):
    views = make_zip({"twice/main.jpg": jpeg(3), "twice/back.jpg": jpeg(1)})
    shop.ingest([(f"{name}.jpg", jpeg(1)) for name in ("first", "copy")] + [("a.zip", views)])
    path = f"{shop.path}/duplicates"
    eventually(lambda: shop.http.get(path, params={"kind": "same_picture"}).json()["items"])
    page = visit(f"{shop.url}/#/c/{shop.name}")
    page.get_by_role("link", name="Duplicates").click()
    group = page.get_by_role("region", name=re.compile("[23] items"))
    expect(group.get_by_role("link")).to_have_text([re.compile("copy|first|twice")] * 3)
    assert serious_violations(page) == []
    group.get_by_role("button", name="Not the same: twice and the others").click()
    expect(group.get_by_role("link")).to_have_text([re.compile("copy|first")] * 2)
    expect(page.get_by_text("1 group that you found not to be the same")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    group.get_by_role("button", name="Not the same", exact=True).click()
    expect(group).to_have_count(0)
    assert shop.http.get(path, params={"kind": "same_picture"}).json()["items"] == []
    page.get_by_role("button", name="Undo").click()
    group.get_by_role("button", name="Delete twice").click()
    image = page.get_by_role("dialog", name="Delete the image “back” of twice?")
    image.get_by_role("button", name="Delete").click()
    expect(group.get_by_role("link")).to_have_text([re.compile("copy|first")] * 2)
    twice = f"{shop.path}/items/twice"
    eventually(lambda: len(shop.http.get(twice).json()["images"]) == 1)
    group.get_by_role("button", name="Delete copy").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(group).to_have_count(0)  # a single item is no duplicate
    deleted = page.get_by_role("complementary", name="What you can take back")
    deleted.get_by_role("button", name="Close").click()
    eventually(lambda: shop.http.get(f"{shop.path}/items/copy").status_code == 404)
    expect(page.get_by_text("2 items, 2 images")).to_be_visible()
    page.get_by_role("button", name="Variants").click()
    expect(page.get_by_role("heading", name="None found")).to_be_visible()


def picture(ground, colour=None):
    image = Image.new("RGB", (400, 400), ground)
    if colour:
        ImageDraw.Draw(image).polygon([(80, 330), (320, 330), (250, 60), (150, 60)], colour)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
