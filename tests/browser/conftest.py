import os

import pytest

from tests.browser.filled_shop import fill
from tests.browser.page_monitor import PageMonitor
from tests.support.external import chromium
from tests.support.shop_client import Shop


@pytest.fixture(scope="package")
def browser():
    if not chromium.is_installed():
        reason = f"{chromium.PATH} does not exist: install Debian's package chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with chromium.launch() as browser:
        yield browser


@pytest.fixture
def visit(browser):
    """Open a URL in a new tab; fails at the end if anything unexpected happened there.

    `expects` is a pattern of issues to ignore; other options are those of the tab's context.
    """
    monitors = []

    def open_tab(url, *, expects=None, **options):
        monitor = PageMonitor(browser.new_context(**options), url, expects)
        monitors.append(monitor)
        page = monitor.context.new_page()
        page.set_default_timeout(15_000)
        page.goto(url)
        return page

    yield open_tab
    for monitor in monitors:
        monitor.context.close()
    assert [issue for monitor in monitors for issue in monitor.issues] == []


@pytest.fixture(scope="session")
def filled(stack):
    """A shop of 40 items with attributes, sales of 60 customers and their lists; read-only."""
    with Shop(stack.url, "filled") as shop:
        shop.create(description="Used by all read-only tests")
        fill(shop)
        yield shop
