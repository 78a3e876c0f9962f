import os
from contextlib import ExitStack

import pytest

from tests.browser.filled_shop import fill
from tests.browser.page_monitor import monitored
from tests.browser.tabs import Tabs
from tests.support.external import chromium
from tests.support.shop_client import Shop


@pytest.fixture(scope="package")
def browser():
    if not chromium.is_installed():
        reason = f"{chromium.PATH} does not exist: install Debian's package chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with chromium.launch() as browser:
        yield browser


@pytest.fixture(scope="package")
def tabs(browser):
    """Empty tabs by their options; a new tab costs twice as much as the page that it loads."""
    return Tabs(browser)


@pytest.fixture
def visit(tabs):
    """Open a URL in a tab; fails at the end if anything unexpected happened there.

    `expects` is a pattern of issues to ignore; other options are those of the tab's context.
    """
    with ExitStack() as opened:

        def open_url(url, *, expects=None, **options):
            page = opened.enter_context(tabs.lend(options))
            opened.enter_context(monitored(page.context, url, expects))
            page.goto(url)
            return page

        yield open_url


@pytest.fixture(scope="session")
def filled(stack):
    """A shop of 40 items with attributes, sales of 60 customers and their lists; read-only."""
    with Shop(stack.url, "filled") as shop:
        shop.create(description="Used by all read-only tests")
        fill(shop)
        yield shop
