"""The storefront as its visitors see it, with the calls behind it."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations
from tests.browser.filled_shop import archive
from tests.browser.user_actions import own_clock
from tests.support.sales import user

pytestmark = [pytest.mark.stack, pytest.mark.browser]

LIMIT = 6
WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}
BASKET = re.compile(r"^Basket \(")
BLOCK_STORAGE = """
const refuse = () => { throw new DOMException("All cookies are blocked", "SecurityError"); };
for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get: refuse });
}
window.BroadcastChannel = class { constructor() { refuse(); } };
"""


def storefront(shop, *path):
    return "/".join([f"{shop.url}/#/c/{shop.name}/storefront", *path])


def shelf(page, title):
    """Return the shelf with a title, once it is filled."""
    section = page.get_by_role("region", name=title, exact=True)
    expect(section.get_by_role("listitem").first).to_be_visible()
    return section


def skus(section):
    """Return the SKUs of a shelf, in order."""
    urls = section.locator(".name a").evaluate_all("nodes => nodes.map(node => node.hash)")
    return [url.rsplit("/", 1)[1] for url in urls]


def expected(rows):
    return [row["sku"] for row in rows]


def shown_response(section):
    """Return the JSON of a shelf's response, which is folded at first."""
    section.get_by_text("For developers").click()
    response = section.get_by_role("group", name="Response")
    expect(response).to_be_hidden()
    section.get_by_text("Response", exact=True).click()
    return json.loads(response.inner_text())


def has_no_sideways_scrolling(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("size", "scheme", "storage"),
    [(WIDE, "light", ""), (PHONE, "dark", BLOCK_STORAGE)],
    ids=["wide", "phone-without-storage"],
)
def test_a_stranger_fills_a_basket_and_gets_what_goes_with_it(filled, visit, size, scheme, storage):
    page = visit(storefront(filled), color_scheme=scheme, init_script=storage, **size)
    popular = filled.http.get(f"{filled.path}/popular", params={"limit": LIMIT}).json()["items"]
    assert skus(shelf(page, "Popular items")) == expected(popular)
    assert has_no_sideways_scrolling(page)
    first = popular[0]["sku"]
    page.get_by_role("button", name=f"Add to basket: {first}", exact=True).first.press("Enter")
    in_basket = page.get_by_role("button", name=f"In the basket: {first}")
    expect(in_basket.first).to_be_focused()
    expect(page.get_by_role("button", name=f"Add to basket: {first}", exact=True)).to_have_count(0)
    page.get_by_role("link", name=BASKET).click()
    expect(page.get_by_role("heading", name="Basket: 1 item")).to_be_visible()
    suggested = skus(shelf(page, "Goes with your basket"))
    assert suggested == goes_with(filled, [first])
    page.get_by_role("button", name=f"Add to basket: {suggested[0]}", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Basket: 2 items")).to_be_focused()
    section = shelf(page, "Goes with your basket")
    expect(section).to_contain_text(f'-d \'{{"skus":["{first}","{suggested[0]}"],"limit":{LIMIT}}}')
    assert skus(section) == goes_with(filled, [first, suggested[0]])
    assert serious_violations(page) == []
    assert has_no_sideways_scrolling(page)
    page.get_by_role("button", name=f"Remove {first}", exact=True).click()
    expect(page.get_by_role("link", name="Basket (1 item)")).to_be_visible()


def goes_with(shop, basket):
    body = {"skus": basket, "limit": LIMIT}
    answer = shop.http.post(f"{shop.path}/recommendations", json=body).json()
    return expected(answer["recommendations"])


def test_customers_get_their_lists_and_unknown_ones_popular_items(filled, visit):
    page = visit(storefront(filled))
    shelf(page, "Popular items")
    page.get_by_label("A customer").check()
    name = page.get_by_label("Customer", exact=True)
    expect(name).to_have_value(re.compile("^[0-9a-f]{32}$"))
    name.fill(user(3))
    name.press("Enter")
    page.get_by_label("Country").fill("DE")
    page.get_by_label("Country").press("Enter")
    path = f"{filled.path}/users/{user(3)}/recommendations"
    section = shelf(page, "Recommended for this customer")
    expect(section).to_contain_text(f"GET {path}")
    expect(section).to_contain_text(f"curl '{filled.url}{path}?limit={LIMIT}&country=DE'")
    expect(section).to_contain_text(re.compile(r"200 · \d+ ms"))
    answer = filled.http.get(path, params={"limit": LIMIT, "country": "DE"}).json()
    assert shown_response(section) == answer
    assert skus(section) == expected(answer["recommendations"])
    name.fill("nobody")
    name.press("Enter")
    expect(page.get_by_text("There is no list for this customer")).to_be_visible()


def test_a_product_page_shows_what_looks_like_it_and_what_is_bought_with_it(filled, visit):
    page = visit(storefront(filled, "items", "4"))
    expect(page.get_by_role("heading", name="Thing 4")).to_be_visible()
    path, params = f"{filled.path}/items/4", {"limit": LIMIT}
    similar = filled.http.get(f"{path}/similar", params=params).json()["matches"]
    bought = filled.http.get(f"{path}/bought-together", params=params).json()["items"]
    assert skus(shelf(page, "Similar items")) == expected(similar)
    section = shelf(page, "Bought together")
    assert skus(section) == expected(bought)
    section.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(f"/storefront/items/{bought[0]['sku']}$"))
    page.get_by_role("link", name="Home page").click()
    newest = filled.http.get(f"{filled.path}/new", params=params).json()["items"]
    assert skus(shelf(page, "New items")) == expected(newest)
    assert "4" not in skus(shelf(page, "Inspired by what you looked at"))


def test_without_sales_a_sold_out_product_has_substitutes_and_the_rest_is_explained(shop, visit):
    shop.ingest([("shop.zip", archive(range(6)))])
    states = {"3": "out_of_stock", "5": "hidden"}
    shop.http.post(f"{shop.path}/availability", json=states)
    shop.http.patch(shop.path, json={"group_by": "kind"})
    page = visit(storefront(shop, "items", "3"), expects="status of 404")
    main = page.get_by_role("main")
    expect(main.get_by_role("button", name="Out of stock: 3")).to_be_disabled()
    assert skus(shelf(page, "Variants")) == ["1"]
    path = f"{shop.path}/items/3/substitutes"
    substitutes = shop.http.get(path, params={"limit": LIMIT}).json()["matches"]
    assert skus(shelf(page, "In stock instead")) == expected(substitutes)
    expect(main).to_contain_text(
        "No recommendations yet. This part needs to know what customers bought"
    )
    page.get_by_label("A customer").check()
    expect(main).to_contain_text("No customer is chosen.")
    main.get_by_role("link", name="Recommendations").last.click()
    expect(page.get_by_text("Upload the sales of this shop")).to_be_visible()


def test_a_shelf_is_filled_once_the_server_can_answer(filled, visit):
    page = visit(filled.url, expects="status of 503")
    answers = [503]
    detail = "the recommendation cache is being refilled from the store; retry later"

    def respond(route):
        if not answers:
            return route.continue_()
        problem = {"title": "Service unavailable", "detail": detail}
        return route.fulfill(status=answers.pop(), json=problem)

    page.route("**/popular?*", respond)
    with own_clock(page) as clock:
        page.goto(storefront(filled))
        note = page.get_by_role("status").filter(has_text=detail[4:])
        expect(note).to_be_visible()
        clock.fast_forward(3000)
        shelf(page, "Popular items")
        expect(note).to_have_count(0)
