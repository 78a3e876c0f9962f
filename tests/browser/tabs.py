"""Tabs of the browser, each used by one test after the other."""

from contextlib import contextmanager, suppress

from playwright.sync_api import Browser, Error, Page, expect

TIMEOUT_MS = 60_000
"""How long a test waits for the page: many times what it takes, since the machine may be busy."""


class Tabs:
    """Keeps one tab for each set of options; to open another costs more than what it shows."""

    def __init__(self, browser: Browser):
        self._browser, self._idle = browser, {}
        expect.set_options(timeout=TIMEOUT_MS)

    @contextmanager
    def lend(self, options):
        """Open a tab with these options, or reuse one; close those that it opens.

        The tab runs `init_script` before the scripts of each page.
        """
        key = repr(options)
        page = self._idle.pop(key, None) or self._open(**options)
        yield page
        for other in page.context.pages:
            if other != page:
                other.close()
        if page.is_closed():
            return
        if key in self._idle:
            page.context.close()
            return
        _empty(page)
        self._idle[key] = page

    def _open(self, *, init_script="", **options):
        page = self._browser.new_context(**options).new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.add_init_script(init_script)
        return page


def _empty(page: Page):
    page.unroute_all(behavior="ignoreErrors")
    with suppress(Error):  # a page without storage
        page.evaluate("sessionStorage.clear(); localStorage.clear()")
    page.goto("about:blank")
