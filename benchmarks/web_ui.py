"""`python -m benchmarks.web_ui`: the item grid of a large collection in Chromium.

Prints the time to the first image, the response statuses of a later visit, and the DOM size and
script memory while scrolling to the end.
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
from tests.support.external import chromium

COUNT = 10_000
DISTINCT = 500
VISITS = 5
STEPS = 60
_FIRST_IMAGE = """() => new Promise((done) => {
  const check = () => {
    const images = [...document.querySelectorAll('.grid img')];
    if (images.some((image) => image.complete && image.naturalWidth)) done(performance.now());
    else requestAnimationFrame(check);
  };
  check();
})"""


def main() -> None:
    """Measure the collection `large` on the server LOOKALIKE_URL, or on a new stack."""
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("LOOKALIKE_URL")
        with nullcontext() if url else client_view.new_stack(Path(folder) / "data") as stack:
            address = url or stack.url
            fill(address, Path(folder) / "large.zip")
            with chromium.launch() as browser:
                measure(browser.new_context(viewport={"width": 1280, "height": 900}), address)


def fill(url: str, archive: Path) -> None:
    """Create the collection `large` if it does not exist."""
    with Lookalike(url) as client:
        if any(collection.name == "large" for collection in client.collections()):
            return
        images = photos.generate_photos(DISTINCT)
        photos.write_zip(archive, [images[n % DISTINCT] for n in range(COUNT)])
        took_s = client_view.ingest_s(client, archive, "large")
        print(f"{COUNT:,} images ingested in {took_s:.0f} s")


def measure(context: Any, url: str) -> None:
    """Open the grid several times, then scroll through it."""
    firsts: list[float] = []
    for _ in range(VISITS):
        page, statuses = _open_page(context, url)
        firsts.append(page.evaluate(_FIRST_IMAGE))
        if len(firsts) < VISITS:
            page.close()
    rounded = ", ".join(f"{ms:.0f}" for ms in firsts)
    print(f"first image after {median(firsts):.0f} ms in a new tab ({rounded})")
    page.wait_for_load_state("load")
    page.wait_for_timeout(1000)
    print(f"response statuses of a later visit: {dict(statuses)}")
    _scroll(page)


def _open_page(context: Any, url: str) -> tuple[Page, Counter[str]]:
    page, statuses = context.new_page(), Counter[str]()
    # CDP shows a 304; the page itself sees the cached 200
    session = context.new_cdp_session(page)
    session.on(
        "Network.responseReceivedExtraInfo",
        lambda event: statuses.update([str(event["statusCode"])]),
    )
    session.send("Network.enable")
    page.goto(f"{url}/#/c/large")
    return page, statuses


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
    print(f"cards in the DOM while scrolling: at most {max(cards)}")
    print(
        "script memory at each quarter: " + ", ".join(f"{megabytes:.1f} MB" for megabytes in heap)
    )
    last = page.locator(".grid .card").last.get_attribute("aria-posinset")
    print(f"the last card is number {int(last or 0):,} of {COUNT:,}")


if __name__ == "__main__":
    main()
