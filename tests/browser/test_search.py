"""A photo, or a part of it, and what looks like it."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.user_actions import buffer, drag, drop, pick
from tests.support.images import jpeg, picture

pytestmark = [pytest.mark.stack, pytest.mark.browser]

LEFT, RIGHT = 5, 12
_SPY = """() => {
  const append = FormData.prototype.append;
  FormData.prototype.append = function (name, value) {
    if (name === "image") window.sent = {};
    else window.sent[name] = value;
    append.apply(this, arguments);
  };
}"""


def pair():
    """A photo of two items side by side."""
    both = Image.new("RGB", (400, 200))
    both.paste(picture(LEFT), (0, 0))
    both.paste(picture(RIGHT), (200, 0))
    file = io.BytesIO()
    both.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def page(filled, visit):
    """The search page with that photo."""
    page = visit(f"{filled.url}/#/c/{filled.name}/search")
    page.evaluate(_SPY)  # Chromium does not tell what a request with a file holds
    drop(page.get_by_text("Drop a photo here"), {"pair.png": pair()})
    expect(results(page).first).to_be_visible()
    return page


def results(page):
    return page.get_by_role("listitem").filter(has=page.get_by_title("Similarity"))


def found_by(page, act):
    """What was sent beside the photo for what was done, and the names and scores then shown."""
    with page.expect_response(re.compile("/search$")):
        act()
    expect(page.get_by_role("main").locator("[aria-busy]")).to_have_count(0)
    names = [one.get_by_role("link").inner_text() for one in results(page).all()]
    scores = results(page).get_by_title("Similarity").all_inner_texts()
    return page.evaluate("window.sent"), list(zip(names, scores, strict=True))


def over_http(shop, **form):
    return [(f"Thing {one['sku']}", f"{one['score']:.3f}") for one in shop.found(pair(), **form)]


def test_a_rectangle_drawn_with_the_mouse_is_searched_for(filled, page):
    photo = page.get_by_role("group", name="Your photo")
    sent, shown = found_by(page, lambda: drag(page, photo, (0.01, 0.02), (0.5, 0.98)))
    assert [float(side) for side in sent["crop"].split(",")] == pytest.approx(
        [0.01, 0.02, 0.5, 0.98], abs=0.01
    )
    assert shown == over_http(filled, limit=24, crop=sent["crop"])
    assert shown[0][0] == f"Thing {LEFT}"
    _, shown = found_by(page, lambda: drag(page, photo, (0.99, 0.98), (0.5, 0.02)))
    assert shown[0][0] == f"Thing {RIGHT}"
    sent, shown = found_by(page, page.get_by_role("button", name="Whole photo").click)
    assert "crop" not in sent
    assert shown == over_http(filled, limit=24)


def test_a_rectangle_is_moved_and_sized_by_key(filled, page):
    page.get_by_role("group", name="Your photo").focus()
    page.keyboard.press("ArrowLeft")
    for key in ("ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    sent, shown = found_by(page, lambda: page.keyboard.press("Shift+ArrowRight"))
    assert sent["crop"] == "0.12,0.16,0.72,0.8"
    assert shown == over_http(filled, limit=24, crop=sent["crop"])
    sent, _ = found_by(page, lambda: page.keyboard.press("Escape"))
    assert "crop" not in sent


def test_sliders_and_conditions_narrow_what_is_found(filled, page):
    _, shown = found_by(page, lambda: page.get_by_label("How many").fill("7"))
    assert shown == over_http(filled, limit=7)
    least = float(shown[3][1]) - 0.001
    _, shown = found_by(
        page, lambda: page.get_by_label("At least how similar").fill(f"{100 * least:.0f}")
    )
    assert shown == over_http(filled, limit=7, min_score=round(least, 2))
    found_by(page, lambda: page.get_by_label("At least how similar").fill("0"))
    page.get_by_role("button", name="+ Condition").click()
    page.get_by_label("Attribute", exact=True).fill("kind")
    _, shown = found_by(page, lambda: page.get_by_label("Value; several with commas").fill("shoe"))
    assert shown == over_http(filled, limit=7, filter={"kind": "shoe"})
    assert all(int(name.split()[1]) % 2 for name, _ in shown)
    page.get_by_label("At least how similar").fill("100")
    expect(page.get_by_role("heading", name="Nothing is as similar as that")).to_be_visible()


def test_from_a_result_to_its_item_and_back_to_the_same_photo(page):
    name = results(page).first.get_by_role("link").inner_text()
    there_and_back(page)
    expect(results(page).first).to_contain_text(name)


def test_what_was_asked_is_still_asked_after_a_look_at_a_result(page):
    page.get_by_label("How many").fill("7")
    page.get_by_role("button", name="+ Condition").click()
    page.get_by_label("Attribute", exact=True).fill("kind")
    page.get_by_label("Comparison").select_option("is not")
    page.get_by_label("Value; several with commas").fill("dress")
    expect(results(page)).to_have_count(7)
    expect(results(page).filter(has_text="dress")).to_have_count(0)
    photo = page.get_by_role("group", name="Your photo")
    before = found_by(page, lambda: drag(page, photo, (0.01, 0.02), (0.5, 0.98)))
    assert found_by(page, lambda: there_and_back(page)) == before
    assert {"limit", "filter", "crop"} <= set(before[0])
    expect(page.get_by_text("Searching for the marked part.")).to_be_visible()
    expect(page.get_by_label("Value; several with commas")).to_have_value("dress")


def there_and_back(page):
    name = results(page).first.get_by_role("link").inner_text()
    results(page).first.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.go_back()


def test_what_is_no_picture_is_refused_in_words(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/search", expects="status of 4(15|22)")
    pick(page, "Pick a photo", buffer("notes.jpg", b"these are words"))
    expect(page.get_by_role("alert")).to_contain_text("picture")
    expect(page.get_by_text("This browser cannot show notes.jpg.")).to_be_visible()
    expect(page.get_by_alt_text("Your photo")).to_have_count(0)
    pick(page, "Another photo", buffer("photo.jpg", jpeg(3)))
    expect(results(page).first).to_contain_text("Thing 3")
    expect(page.get_by_role("alert")).to_have_count(0)
