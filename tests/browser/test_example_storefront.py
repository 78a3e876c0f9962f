"""The example storefront in a browser: a stranger, a customer, the basket, stock, no server."""

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations
from tests.browser.prefix_gateway import prefix_gateway
from tests.browser.user_actions import file_payload
from tests.support.images import jpeg
from tests.support.sales import user
from tests.support.storefront import storefront, write_shop, write_stock

pytestmark = [pytest.mark.stack, pytest.mark.browser]

LIMIT = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("storefront")
    write_shop(folder)
    return folder


@pytest.fixture(scope="module")
def url(filled, folder):
    with storefront(folder, filled.name, filled.url) as url:
        yield url


def names(page, title):
    """Return the names of the products in the row below a heading."""
    row = page.get_by_role("region", name=title, exact=True)
    expect(row).to_be_visible()
    return row.locator("li span").all_inner_texts()


def things(rows):
    return [f"Thing {row['sku']}" for row in rows][:LIMIT]


def put_into_basket(page, url, sku):
    page.goto(f"{url}/products/{sku}")
    page.get_by_role("button", name="Add to basket").click()
    expect(page.get_by_role("heading", name="Your basket", exact=True)).to_be_visible()


def sign_in(page, name):
    page.get_by_label("Customer").fill(name)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()


def test_a_stranger_sees_popular_items_and_then_what_goes_with_viewed_ones(filled, url, visit):
    page = visit(url)
    popular = filled.http.get(f"{filled.path}/popular", params={"country": "DE"}).json()["items"]
    assert names(page, "Popular now") == things(popular)
    assert serious_violations(page) == []
    page.get_by_role("link", name="Thing").first.click()
    assert len(names(page, "Similar items")) == LIMIT
    sku = page.url.rsplit("/", 1)[1]
    together = filled.http.get(f"{filled.path}/items/{sku}/bought-together").json()["items"]
    assert names(page, "Often bought together") == things(together)
    page.get_by_role("link", name="Garments").click()
    first_title = page.get_by_role("region").first.get_by_role("heading")
    expect(first_title).to_have_text("Because of what you looked at")


def test_a_customer_sees_personal_recommendations(filled, url, visit):
    page = visit(url)
    sign_in(page, user(3))
    answer = filled.recommendations(user(3), country="DE").json()
    assert names(page, "For you") == things(answer["recommendations"])
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Welcome", exact=True)).to_be_visible()


def test_recommendations_follow_the_basket_and_todays_purchases(filled, url, visit):
    page = visit(url, color_scheme="dark")
    put_into_basket(page, url, 3)
    first = names(page, "Goes with your basket")
    put_into_basket(page, url, 30)
    second = names(page, "Goes with your basket")
    assert first != second
    assert serious_violations(page) == []
    basket = {"skus": ["3", "30"], "country": "DE"}
    answer = filled.http.post(f"{filled.path}/recommendations", json=basket).json()
    assert second == things(answer["recommendations"])
    page.get_by_role("button", name="Buy").click()
    assert names(page, "Goes with what you bought") == second


def test_unavailable_items_disappear_and_have_substitutes(filled, folder, url, visit):
    page = visit(f"{url}/products/8")
    sold_out, hidden, *_ = names(page, "Similar items")
    states = {sold_out.split()[1]: "out_of_stock", hidden.split()[1]: "hidden"}
    change = filled.http.post(f"{filled.path}/availability", json=states)
    try:
        assert change.json()["changed"] == 2
        page.reload()  # the shop's own stock still has them, but Lookalike does not suggest them
        remaining = names(page, "Similar items")
        assert len(remaining) == LIMIT
        assert not {sold_out, hidden} & set(remaining)
        write_stock(folder, states)
        page.goto(f"{url}/products/{sold_out.split()[1]}")
        expect(page.get_by_text("Sold out")).to_be_visible()
        assert names(page, "Similar and in stock")
    finally:
        filled.http.post(f"{filled.path}/availability", json=dict.fromkeys(states, "in_stock"))
        write_stock(folder, {})


def test_a_photo_finds_its_product(url, visit):
    page = visit(url)
    page.get_by_label("Search by photo").set_input_files(file_payload("photo.jpg", jpeg(7)))
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", name="Most like your photo")).to_be_visible()
    assert page.locator("li span").first.inner_text() == "Thing 7"


def test_the_shop_goes_on_when_lookalike_stops(filled, folder, visit):
    with ExitStack() as shop:
        with prefix_gateway(filled.url, "/lookalike") as gateway:
            url = shop.enter_context(storefront(folder, filled.name, gateway))
            page = visit(url)
            popular = names(page, "Popular now")
        for path in ("/", "/products/8", "/category/dress", "/basket"):
            assert page.goto(f"{url}{path}").status == 200
            assert path.startswith("/category") or popular[0] in page.content()
        put_into_basket(page, url, 8)
        picture = page.locator("main img").first
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        page.get_by_label("Search by photo").set_input_files(file_payload("photo.jpg", jpeg(7)))
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page.get_by_role("alert")).to_have_text(re.compile("not available"))
