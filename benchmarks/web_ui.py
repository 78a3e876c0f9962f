"""`python -m benchmarks.web_ui`: the grid of a large collection in a real browser (needs Chromium).

Prints when the first picture is seen, how much the tab holds while all of it is scrolled through,
and how much of the pictures a second visit fetches again.
"""

import os
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page

from benchmarks.support import client_view, photos
from lookalike.client import Lookalike
from tests.support import chromium

COUNT = 10_000
DIFFERENT = 500
VISITS = 5
STEPS = 60
_FIRST_PICTURE = """() => new Promise((done) => {
  const look = () => {
    const pictures = [...document.querySelectorAll('.grid img')];
    if (pictures.some((one) => one.complete && one.naturalWidth)) done(performance.now());
    else requestAnimationFrame(look);
  };
  look();
})"""


def main() -> None:
    """Fill a collection (or take LOOKALIKE_URL's `large`), and look at it."""
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("LOOKALIKE_URL")
        with nullcontext() if url else client_view.running(Path(folder) / "data") as stack:
            address = url or stack.url
            fill(address, Path(folder) / "large.zip")
            with chromium.running() as browser:
                look(browser.new_context(viewport={"width": 1280, "height": 900}), address)


def fill(url: str, archive: Path) -> None:
    """Put so many items into the collection `large`, if it is not there."""
    with Lookalike(url) as client:
        if any(one.name == "large" for one in client.collections()):
            return
        some = photos.photos(DIFFERENT)
        photos.write_zip(archive, [some[n % DIFFERENT] for n in range(COUNT)])
        took_s = client_view.ingest_s(client, archive, "large")
        print(f"{COUNT:,} images ingested in {took_s:.0f} s")


def look(context: Any, url: str) -> None:
    """Visit the grid several times, then go through all of it."""
    firsts: list[float] = []
    for _ in range(VISITS):
        page, seen = _opened(context, url)
        firsts.append(page.evaluate(_FIRST_PICTURE))
        if len(firsts) < VISITS:
            page.close()
    rounded = ", ".join(f"{one:.0f}" for one in firsts)
    print(f"first picture after {median(firsts):.0f} ms from an empty tab ({rounded})")
    page.wait_for_load_state("load")
    page.wait_for_timeout(1000)
    print(f"statuses of what a later visit asked for: {dict(seen)}")
    _scroll(page)


def _opened(context: Any, url: str) -> tuple[Page, Counter[str]]:
    page, seen = context.new_page(), Counter[str]()
    wire = context.new_cdp_session(page)  # tells of a 304; the page itself sees the 200 it kept
    wire.on(
        "Network.responseReceivedExtraInfo", lambda told: seen.update([str(told["statusCode"])])
    )
    wire.send("Network.enable")
    page.goto(f"{url}/#/c/large")
    return page, seen


def _scroll(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    cards, heap = [], []
    for step in range(STEPS + 1):
        page.evaluate(f"scrollTo(0, document.documentElement.scrollHeight * {step / STEPS})")
        page.wait_for_timeout(150)
        cards.append(page.locator(".grid .card").count())
        if step % (STEPS // 4) == 0:
            session.send("HeapProfiler.collectGarbage")
            heap.append(page.evaluate("performance.memory.usedJSHeapSize") / 2**20)
    print(f"cards at once while going through: at most {max(cards)}")
    print("script memory at each quarter: " + ", ".join(f"{one:.1f} MB" for one in heap))
    last = page.locator(".grid .card").last.get_attribute("aria-posinset")
    print(f"the last card is number {int(last or 0):,} of {COUNT:,}")


if __name__ == "__main__":
    main()
