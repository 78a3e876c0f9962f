import os

import pytest

from tests.browser.filled_shop import fill
from tests.browser.page_monitor import Watch
from tests.support import chromium
from tests.support.shop_client import Shop


@pytest.fixture(scope="package")
def browser():
    if not chromium.there():
        because = f"there is no {chromium.PATH}: install Debian's package chromium"
        pytest.fail(because) if os.environ.get("CI") else pytest.skip(because)
    with chromium.running() as browser:
        yield browser


@pytest.fixture
def visit(browser):
    """Open an address in a tab of its own; at the end nothing untoward may have been seen there.

    `expects` is a pattern of what else would be trouble; all else goes to the tab's context.
    """
    watches = []

    def opened(url, *, expects=None, **options):
        watch = Watch(browser.new_context(**options), url, expects)
        watches.append(watch)
        page = watch.context.new_page()
        page.set_default_timeout(15_000)
        page.goto(url)
        return page

    yield opened
    for watch in watches:
        watch.context.close()
    assert [trouble for watch in watches for trouble in watch.troubles] == []


@pytest.fixture(scope="session")
def filled(stack):
    """A shop of 40 items with attributes, sales of 60 customers and their lists; only read it."""
    with Shop(stack.url, "filled") as shop:
        shop.create(description="What the tests look at")
        fill(shop)
        yield shop
