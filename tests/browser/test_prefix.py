"""The page below a prefix, as a gateway serves it."""

import pytest
from playwright.sync_api import expect

from tests.browser.prefix_gateway import gateway
from tests.browser.user_actions import buffer, pick
from tests.support.images import jpeg

pytestmark = [pytest.mark.stack, pytest.mark.browser]

PREFIX = "/routes/lookalike"


@pytest.fixture
def page(shop, visit):
    """The page behind a gateway; whatever is asked for beside the prefix is trouble."""
    with gateway(shop.url, PREFIX) as address:
        page = visit(f"{address}/#/c/{shop.name}")
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        yield page
        page.context.close()
    strayed = [url for url in asked if not url.startswith((f"{address}/", "blob:", "data:"))]
    assert strayed == []


def test_below_a_prefix_the_whole_page_works(shop, page):
    with page.expect_response("**/v1/jobs/events") as events:
        page.reload()
    assert events.value.headers["content-type"].startswith("text/event-stream")
    pick(page, "Add pictures", *(buffer(f"{n}.jpg", jpeg(n)) for n in range(4)))
    pictures = page.get_by_role("list", name="Items").locator("img")
    expect(pictures).to_have_count(4, timeout=30_000)
    expect(pictures.first).not_to_have_js_property("naturalWidth", 0)
    page.get_by_role("link", name="Search", exact=True).click()
    pick(page, "Pick a photo", buffer("photo.jpg", jpeg(2)))
    first = page.get_by_role("listitem").filter(has=page.get_by_title("Similarity")).first
    expect(first).to_contain_text("1.000")
    first.click()
    expect(page.get_by_role("heading", name="2", level=1)).to_be_visible()
    expect(page.get_by_role("img", name="2, main")).not_to_have_js_property("naturalWidth", 0)
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=shop.name)).to_have_count(1)
    page.get_by_role("link", name="Collections", exact=True).click()
    expect(page.get_by_role("link", name=shop.name, exact=True)).to_be_visible()
