"""Customers, what they are offered and why, and their erasure."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.filled_shop import fill
from tests.browser.user_actions import buffer, pick
from tests.support.sales import as_csv, order_lines, user

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def list_of(shop, name, **where):
    path = f"{shop.path}/users/{name}/recommendations"
    found = shop.http.get(path, params={"limit": 12, **where}).json()["recommendations"]
    return [f"Thing {one['sku']}" for one in found]


def offers(page, title):
    """The names in the list below a heading."""
    part = page.get_by_role("heading", name=title).locator("..")
    cards = part.get_by_role("list").first.locator("> li")
    expect(cards.first).to_be_visible()
    links = [card.get_by_role("link").first for card in cards.all()]
    for link in links:
        expect(link).to_contain_text("Thing")  # its name comes after its sku
    return [link.inner_text() for link in links]


def test_a_customer_s_purchases_stand_beside_their_list(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/customers")
    page.get_by_label("Find a customer").fill(user(3))
    page.get_by_role("link", name=user(3)).click()
    assert offers(page, "We would offer") == list_of(filled, user(3))
    bought = {f"Thing {row[1]}" for row in order_lines() if row[0] == user(3)}
    assert set(offers(page, "Bought")) <= bought
    reason = page.get_by_text(re.compile(r"^(Bought together with|Looks like) Thing")).first
    purchase = reason.get_by_role("link").inner_text()
    assert purchase in bought
    reason.get_by_role("link").click()
    expect(page.get_by_role("heading", name=purchase, level=1)).to_be_visible()


def test_who_has_bought_nothing_is_offered_what_is_popular_where_they_live(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/customers")
    page.get_by_label("Find a customer").fill("nobody we know")
    page.get_by_role("button", name="Show their list").click()
    expect(page.get_by_text("No purchases are known.")).to_be_visible()
    page.get_by_label("Country").fill("DE")
    page.get_by_label("Zip").fill("10115")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Popular in DE").first).to_be_visible()
    told = list_of(filled, "nobody we know", country="DE", zip="10115")
    assert offers(page, "Popular, for want of purchases") == told


def test_a_sales_file_without_a_column_is_refused_in_words(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/recommendations", expects="status of 422")
    pick(page, "Pick a file", buffer("sales.csv", b"article,when\n1,2\n", "text/csv"))
    corner = page.get_by_role("complementary", name="Uploads and jobs")
    expect(corner).to_contain_text("refused")
    expect(corner).to_contain_text("md5email")


def test_a_sales_file_is_told_line_by_line(shop, visit):
    shop.ingest_numbers(range(40))
    lines = as_csv(order_lines())
    twice = lines + lines.split(b"\n", 1)[1] + b'ann,"7, or 8",,1,DE,never\n'
    page = visit(f"{shop.url}/#/c/{shop.name}/recommendations")
    pick(page, "Pick a file", buffer("sales.csv", twice, "text/csv"))
    corner = page.get_by_role("complementary", name="Uploads and jobs")
    expect(corner).to_contain_text("Done, 1 set aside", timeout=120_000)
    counted = f"{len(order_lines()):,} of {2 * len(order_lines()):,} order lines count"
    expect(page.get_by_text(counted)).to_be_visible()
    page.get_by_role("link", name="1 row: why").click()
    expect(page.get_by_role("heading", name="Set aside of sales.csv", level=1)).to_be_visible()
    cells = page.get_by_role("row").last.get_by_role("cell").all_inner_texts()
    assert cells[1] == str(2 * len(order_lines()) + 2)
    assert cells[2] == 'ann,"7, or 8",,1,DE,never'


def test_going_back_shows_when_the_lists_were_trained_that_are_served_then(filled, visit):
    page = visit(filled.url)
    served = {"previous": "before"}
    page.route("**/recommender", lambda route: route.fulfill(json=route.fetch().json() | served))
    page.route("**/recommender/rollback", lambda route: route.fulfill(json={}))
    page.goto(f"{filled.url}/#/c/{filled.name}/recommendations")
    expect(page.get_by_text("up to date")).to_be_visible()
    page.get_by_role("button", name="Go back to the ones before").click()
    served |= {"trained_at": "2021-03-04T12:00:00Z", "stale": True}
    page.get_by_role("button", name="Go back", exact=True).click()
    expect(page.get_by_text("Mar 4, 2021")).to_be_visible()
    expect(page.get_by_text("stale: sales or items have changed")).to_be_visible()


def test_a_score_is_shown_with_what_it_means(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/customers/{user(3)}")
    expect(page.get_by_text("standard deviations an item stands above")).to_be_visible()
    found = filled.http.get(f"{filled.path}/users/{user(3)}/recommendations", params={"limit": 12})
    scores = [f"{one['score']:.2f}" for one in found.json()["recommendations"]]
    assert page.get_by_title("Score").all_inner_texts() == scores


def test_an_erased_customer_is_gone_from_the_page(shop, visit):
    fill(shop)
    page = visit(f"{shop.url}/#/c/{shop.name}/customers/{user(5)}")
    page.get_by_role("button", name="Erase").click()
    dialog = page.get_by_role("dialog", name="Delete this customer?")
    dialog.get_by_label("Type").fill(user(5)[:6])
    dialog.get_by_role("button", name="Delete").click()
    corner = page.get_by_role("complementary", name="Uploads and jobs")
    expect(corner.get_by_text("succeeded").first).to_be_visible(timeout=60_000)
    page.get_by_label("Find a customer").fill(user(5))
    expect(page.get_by_role("heading", name="Nobody's name begins so")).to_be_visible()
    found = shop.http.get(f"{shop.path}/users", params={"prefix": user(5)}).json()["items"]
    assert found == []
