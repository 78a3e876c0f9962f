"""Sales, customers, recommendations with reasons, and the erasure of customers."""

import csv
import gzip
import io
import re
from hashlib import md5
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations
from tests.browser.filled_shop import fill
from tests.browser.user_actions import choose_files, confirm_import, file_payload, import_files
from tests.support.sales import as_csv, order_lines, user

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def recommended_names(shop, name, **region):
    rows = shop.recommendations(name, limit=12, **region).json()["recommendations"]
    return [f"Thing {row['sku']}" for row in rows]


def names_below(page, title):
    """Return the item names in the list below a heading."""
    section = page.get_by_role("heading", name=title).locator("..")
    cards = section.get_by_role("list").first.locator("> li")
    expect(cards.first).to_be_visible()
    links = [card.get_by_role("link").first for card in cards.all()]
    for link in links:
        expect(link).to_contain_text("Thing")  # the name replaces the sku once it is fetched
    return [link.inner_text() for link in links]


def test_a_customer_page_shows_purchases_and_what_the_customer_and_a_stranger_see(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/customers")
    page.get_by_label("Find a customer").fill(user(3).upper())
    page.get_by_role("link", name=user(3)).click()
    own = recommended_names(filled, user(3))
    assert names_below(page, "What they get, and why") == own
    popular = filled.http.get(f"{filled.path}/popular", params={"limit": 12}).json()["items"]
    others = [f"Thing {row['sku']}" for row in popular]
    assert names_below(page, "What a stranger would see") == others
    count = f"{len({*own} - {*others})} of these 12 are not in a stranger"
    expect(page.get_by_text(count)).to_be_visible()
    purchases = {f"Thing {row[1]}" for row in order_lines() if row[0] == user(3)}
    assert set(names_below(page, "What they bought")) <= purchases
    bought = page.get_by_role("heading", name="What they bought").locator("..")
    expect(bought.get_by_role("heading", level=3)).to_have_count(6)  # orders, of 2 items each
    links = bought.get_by_role("listitem").get_by_role("link").filter(has_text="Thing")
    expect(links).to_have_count(12)
    assert {*links.all_inner_texts()} == purchases
    page.get_by_text("Scores for specialists").click()
    rows = filled.recommendations(user(3), limit=12).json()["recommendations"]
    assert page.get_by_title("Score").all_inner_texts() == [f"{row['score']:.2f}" for row in rows]
    reason = page.get_by_text(re.compile(r"^(Bought together with|Looks like) Thing")).first
    purchase = reason.get_by_role("link").inner_text()
    assert purchase in purchases
    reason.get_by_role("link").click()
    expect(page.get_by_role("heading", name=purchase, level=1)).to_be_visible()


def test_the_address_of_a_customer_without_purchases_stays_in_the_browser(filled, visit):
    address, code = " Ann.Müller@Example.com", md5(b"ann.m\xc3\xbcller@example.com").hexdigest()
    page = visit(f"{filled.url}/#/c/{filled.name}/customers")
    requests = []
    page.on("request", lambda request: requests.append(unquote(request.url)))
    page.get_by_label("Find a customer").fill(address)
    page.get_by_role("button", name="Show recommendations").click()
    expect(page.get_by_role("heading", name=code, level=1)).to_be_visible()
    expect(page.get_by_text("No purchases are known")).to_be_visible()
    page.get_by_label("Country").fill("DE")
    page.get_by_label("Postcode").fill("10115")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Popular in DE").first).to_be_visible()
    names = recommended_names(filled, code, country="DE", zip="10115")
    assert names_below(page, "What they get: popular items") == names
    page.goto(f"{filled.url}/#/c/{filled.name}/customers/{quote(address)}")
    expect(page).to_have_url(re.compile(f"/customers/{code}$"))
    assert code in "".join(requests)
    assert [url for url in requests if "@" in url] == []
    page.go_back()
    expect(page).not_to_have_url(re.compile("@|%40"))


def test_the_browser_computes_the_same_codes_as_sales_files_have(filled, visit):
    page = visit(filled.url)
    texts = ["ä" * length for length in (0, 1, 27, 28, 31, 32, 63, 64)]  # around the block size
    digest = "async texts => texts.map((await import(`${location.pathname}ui/js/md5.js`)).md5)"
    assert page.evaluate(digest, texts) == [md5(text.encode()).hexdigest() for text in texts]


def test_a_sales_file_without_a_required_column_is_rejected_with_the_reason(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/recommendations", expects="status of 422")
    import_files(page, "Choose file", file_payload("sales.csv", b"article,when\n1,2\n", "text/csv"))
    activity = page.get_by_role("complementary", name="Uploads and jobs")
    expect(activity).to_contain_text("1 rejected")
    expect(activity).to_contain_text("md5email")


def test_rejected_rows_of_a_sales_file_are_listed(shop, visit):
    shop.ingest_numbers(range(30))  # the report also names other SKUs, which have no image
    lines = as_csv(order_lines())
    twice = lines + lines.split(b"\n", 1)[1] + b'ann,"7, or 8",,1,DE,never\n'
    page = visit(f"{shop.url}/#/c/{shop.name}/recommendations")
    file = file_payload("sales.csv", twice.replace(b"md5email", b"Kundin", 1), "text/csv")
    choose_files(page, "Choose file", file)
    page.get_by_label("Customer").select_option("Kundin")
    confirm_import(page)
    activity = page.get_by_role("complementary", name="Uploads and jobs")
    expect(activity).to_contain_text("Done, 1 row rejected", timeout=120_000)
    note = f"{len(order_lines()):,} of {2 * len(order_lines()):,} order lines count"
    expect(page.get_by_text(note)).to_be_visible()
    repeated = f"{len(order_lines())} order lines: another order line has the same customer"
    expect(page.get_by_text(repeated)).to_contain_text(f"such as lines {len(order_lines()) + 2}, ")
    expect(page.locator(".tiles")).to_contain_text("SKUs sold40")
    page.get_by_role("link", name="1 row", exact=True).click()
    heading = page.get_by_role("heading", name="Rows of sales.csv that were not imported", level=1)
    expect(heading).to_be_visible()
    cells = page.get_by_role("row").last.get_by_role("cell").all_inner_texts()
    assert cells == ['ann,"7, or 8",,1,DE,never', f"{2 * len(order_lines()) + 2:,}"]
    page.go_back()
    choose_files(page, "Choose file", file)
    expect(page.get_by_label("Customer")).to_have_value("Kundin")


def test_a_rollback_shows_when_the_restored_lists_were_trained(filled, visit):
    page = visit(filled.url)
    changes = {"previous": "before"}
    page.route("**/recommender", lambda route: route.fulfill(json=route.fetch().json() | changes))
    page.route("**/recommender/rollback", lambda route: route.fulfill(json={}))
    page.goto(f"{filled.url}/#/c/{filled.name}/recommendations")
    expect(page.get_by_text("up to date")).to_be_visible()
    page.get_by_role("button", name="Use the previous lists").click()
    since = "2026-01-05T12:00:00Z"
    changes |= {"trained_at": "2021-03-04T12:00:00Z", "stale": True, "rolled_back_at": since}
    page.get_by_role("dialog").get_by_role("button", name="Use the previous lists").click()
    expect(page.get_by_text("Mar 4, 2021")).to_be_visible()
    expect(page.get_by_text("outdated: sales, items or their vectors have changed")).to_be_visible()
    expect(page.get_by_text("Lists of later trainings are not used")).to_be_visible()
    changes |= {"rolled_back_at": None, "refusal": "the sales have no dates"}
    page.get_by_role("button", name="Return to the newest lists").click()
    expect(page.get_by_text("The sales have no dates.")).to_be_visible()
    expect(page.get_by_text("Lists of later trainings are not used")).to_be_hidden()
    expect(page.get_by_text("“Train again” brings the lists up to date.")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_report_begins_with_plain_words_and_pictures_of_lists(filled, visit, width, scheme):
    report = filled.http.get(f"{filled.path}/recommender").json()["report"]
    size = {"width": width, "height": 900}
    url = f"{filled.url}/#/c/{filled.name}/recommendations"
    page = visit(url, viewport=size, color_scheme=scheme)
    sentences = [*report["summary"]["sentences"], report["catalogue"]["sentence"]]
    for text in sentences:
        expect(page.get_by_text(text, exact=True)).to_be_visible()
    examples = report["summary"]["examples"]
    skus = [sku for row in examples for sku in row["recommended"] + row["bought"]]
    skus += report["catalogue"]["unseen"]
    pictures = page.locator(".pictures img")
    expect(pictures).to_have_count(len(skus))
    hits = [sku for row in examples for sku in row["bought"] if sku in row["recommended"]]
    expect(page.get_by_role("link", name="shown and bought")).to_have_count(2 * len(hits))
    pictures.last.scroll_into_view_if_needed()
    expect(pictures.last).to_have_js_property("complete", value=True)
    assert pictures.last.evaluate("image => image.naturalWidth") > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this report to print or send").click()
    document = unescape(Path(download.value.path()).read_text())
    assert [text for text in sentences if text not in document] == []
    assert document.count('<img src="data:image/jpeg') == len(skus)
    expect(page.get_by_text("NDCG@10", exact=True).first).to_be_hidden()
    page.get_by_text("Figures for specialists").click()
    expect(page.get_by_text("NDCG@10", exact=True).first).to_be_visible()
    assert serious_violations(page) == []


def test_a_file_for_a_newsletter_is_shown_before_it_is_downloaded(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/customers")
    page.get_by_role("link", name="File for your newsletter").click()
    page.get_by_label("Items for each customer").fill("2")
    page.get_by_label("Who").select_option("30")
    page.get_by_label("Address of the item pages").fill("https://shop.example/p/{sku}")
    page.get_by_role("button", name="Preview").click()
    image = page.get_by_label("Address of the item images")  # this server is known as localhost
    assert image.evaluate("input => input.matches(':invalid')")
    image.fill("https://shop.example/{sku}.jpg")
    page.get_by_role("button", name="Preview").click()
    query = {"items": 2, "bought_within": 30, "link": "https://shop.example/p/{sku}"}
    query["image"] = "https://shop.example/{sku}.jpg"
    file = filled.http.get(f"{filled.path}/mailing", params=query).text
    rows = [*csv.DictReader(io.StringIO(file))]
    customers = page.get_by_role("heading", level=3)
    expect(customers).to_have_text([row["user"] for row in rows[:3]])
    for text, part in (("Thing", "link"), ("Image", "image_url")):
        links = page.get_by_role("listitem").get_by_role("link", name=text)
        urls = [row[f"item_{n}_{part}"] for row in rows[:3] for n in (1, 2)]
        assert [link.get_attribute("href") for link in links.all()] == urls
    assert serious_violations(page) == []
    page.get_by_label("Format").select_option("csv.gz")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"{filled.name}-mailing.csv.gz"
    assert gzip.decompress(Path(download.value.path()).read_bytes()).decode() == file
    page.get_by_label("Language of the reasons").select_option("German")
    page.reload()  # what was filled in is still there
    expect(page.get_by_label("Address of the item images")).to_have_value(query["image"])
    page.get_by_label("Format").select_option("CSV for Excel")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    german = filled.http.get(f"{filled.path}/mailing", params=query | {"language": "de"}).content
    assert german != file.encode()
    assert Path(download.value.path()).read_bytes() == b"\xef\xbb\xbf" + german


def test_an_erased_customer_disappears(shop, visit):
    fill(shop)
    page = visit(f"{shop.url}/#/c/{shop.name}/customers/{user(5)}")
    page.get_by_role("button", name="Erase").click()
    dialog = page.get_by_role("dialog", name="Erase this customer?")
    expect(dialog).to_contain_text("If you upload the same orders again, they are left out")
    dialog.get_by_label("Type").fill(user(5)[:6])
    dialog.get_by_role("button", name="Erase").click()
    activity = page.get_by_role("complementary", name="Uploads and jobs")
    expect(activity.get_by_text("succeeded").first).to_be_visible()
    page.get_by_label("Find a customer").fill(user(5))
    expect(page.get_by_role("heading", name="No customers match")).to_be_visible()
    page_of_users = shop.http.get(f"{shop.path}/users", params={"prefix": user(5)}).json()
    assert page_of_users["items"] == []
