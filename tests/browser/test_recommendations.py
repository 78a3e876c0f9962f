"""Customers, what they are offered and why, and their erasure."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.filled import fill
from tests.browser.hands import buffer, pick
from tests.sales import order_lines, user

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def list_of(shop, name, **where):
    path = f"{shop.path}/users/{name}/recommendations"
    found = shop.http.get(path, params={"limit": 12, **where}).json()["recommendations"]
    return [f"Thing {one['sku']}" for one in found]


def offers(page, title):
    """The names in the list below a heading."""
    part = page.get_by_role("heading", name=title).locator("..")
    cards = part.get_by_role("list").first.locator("> li")
    expect(cards.first.get_by_role("link").first).to_contain_text("Thing")
    return [card.get_by_role("link").first.inner_text() for card in cards.all()]


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
