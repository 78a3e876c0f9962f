"""The web UI behind a gateway, below a path prefix."""

import pytest
from playwright.sync_api import expect

from tests.browser.prefix_gateway import prefix_gateway
from tests.browser.user_actions import choose_files, file_payload, import_files
from tests.support.images import jpeg

pytestmark = [pytest.mark.stack, pytest.mark.browser]

PREFIX = "/routes/lookalike"


@pytest.fixture
def page(shop, visit):
    """The page behind the gateway; fails if it requests a URL outside the prefix."""
    with prefix_gateway(shop.url, PREFIX) as url:
        page = visit(f"{url}/#/c/{shop.name}")
        requested = []
        page.on("request", lambda request: requested.append(request.url))
        yield page
        page.close()
    outside = [path for path in requested if not path.startswith((f"{url}/", "blob:", "data:"))]
    assert outside == []


def test_all_pages_work_below_a_prefix(shop, page):
    with page.expect_response("**/v1/jobs/events") as events:
        page.reload()
    assert events.value.headers["content-type"].startswith("text/event-stream")
    import_files(page, "Add files", *(file_payload(f"{n}.jpg", jpeg(n)) for n in range(4)))
    images = page.get_by_role("list", name="Items").locator("img")
    expect(images).to_have_count(4)
    expect(images.first).not_to_have_js_property("naturalWidth", 0)
    page.get_by_role("link", name="Search", exact=True).click()
    choose_files(page, "Choose photo", file_payload("photo.jpg", jpeg(2)))
    best_match = page.get_by_role("listitem").filter(has=page.get_by_title("Similarity")).first
    expect(best_match).to_contain_text("1.000")
    best_match.click()
    expect(page.get_by_role("heading", name="2", level=1)).to_be_visible()
    expect(page.get_by_role("img", name="2, main")).not_to_have_js_property("naturalWidth", 0)
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(
        page.get_by_role("row", name=f"Import of items 0.jpg and 3 more {shop.name}")
    ).to_have_count(1)
    page.get_by_role("link", name="Collections", exact=True).click()
    expect(page.get_by_role("link", name=shop.name, exact=True)).to_be_visible()
