"""Search by words, by a photo, or by a part of it."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.filled_shop import ITEMS
from tests.browser.user_actions import choose_files, drag, drop, file_payload
from tests.support.images import jpeg, make_image

pytestmark = [pytest.mark.stack, pytest.mark.browser]

LEFT, RIGHT = 5, 12
FILTER_VALUE = "Value; separate several with commas"
_RECORD_FORM = """() => {
  const append = FormData.prototype.append;
  FormData.prototype.append = function (name, value) {
    if (name === "image") window.sentForm = {};
    else window.sentForm[name] = value;
    append.apply(this, arguments);
  };
}"""
_HAS_SENT = """fields => window.sentForm && Object.entries(fields).every(
  ([name, value]) => (window.sentForm[name] ?? null)?.toString() === value?.toString())"""


def photo_of_two():
    """Return a photo of two items side by side."""
    photo = Image.new("RGB", (400, 200))
    photo.paste(make_image(LEFT), (0, 0))
    photo.paste(make_image(RIGHT), (200, 0))
    file = io.BytesIO()
    photo.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def page(filled, visit):
    """The search page with that photo."""
    page = visit(f"{filled.url}/#/c/{filled.name}/search")
    page.evaluate(_RECORD_FORM)  # Chromium does not show the body of a request with a file
    drop(page.get_by_text("Drop a photo here"), {"pair.png": photo_of_two()})
    expect(results(page).first).to_be_visible()
    return page


def results(page):
    return page.get_by_role("listitem").filter(has=page.get_by_title("Similarity"))


def search_by(page, action, **fields):
    """Return the form fields that an action sends with the photo, and the results it shows.

    Earlier input may be searched for meanwhile: waits for a form that has these `fields`, or has
    none of a name whose value is None.
    """
    page.evaluate("window.sentForm = null")
    action()
    page.wait_for_function(_HAS_SENT, arg=fields)
    expect(page.get_by_role("main").locator("[aria-busy]")).to_have_count(0)
    names = [result.get_by_role("link").inner_text() for result in results(page).all()]
    scores = results(page).get_by_title("Similarity").all_inner_texts()
    return page.evaluate("window.sentForm"), list(zip(names, scores, strict=True))


def search_over_http(shop, **form):
    matches = shop.matches(photo_of_two(), **form)
    return [(f"Thing {match['sku']}", f"{match['score']:.3f}") for match in matches]


def test_a_rectangle_drawn_with_the_mouse_is_searched_for(filled, page):
    photo = page.get_by_role("group", name="Your photo")
    form, matches = search_by(page, lambda: drag(page, photo, (0.01, 0.02), (0.5, 0.98)))
    assert [float(side) for side in form["crop"].split(",")] == pytest.approx(
        [0.01, 0.02, 0.5, 0.98], abs=0.01
    )
    assert matches == search_over_http(filled, limit=24, crop=form["crop"])
    assert matches[0][0] == f"Thing {LEFT}"
    _, matches = search_by(page, lambda: drag(page, photo, (0.99, 0.98), (0.5, 0.02)))
    assert matches[0][0] == f"Thing {RIGHT}"
    form, matches = search_by(page, page.get_by_role("button", name="Whole photo").click)
    assert "crop" not in form
    assert matches == search_over_http(filled, limit=24)


def test_a_rectangle_is_moved_and_resized_by_keyboard(filled, page):
    page.get_by_role("group", name="Your photo").focus()
    page.keyboard.press("ArrowLeft")
    for key in ("ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    crop = "0.12,0.16,0.72,0.8"
    form, matches = search_by(page, lambda: page.keyboard.press("Shift+ArrowRight"), crop=crop)
    assert matches == search_over_http(filled, limit=24, crop=crop)
    form, _ = search_by(page, lambda: page.keyboard.press("Escape"))
    assert "crop" not in form


def test_sliders_and_conditions_narrow_the_results(filled, page):
    _, matches = search_by(page, lambda: page.get_by_label("Number of results").fill("7"), limit=7)
    assert matches == search_over_http(filled, limit=7)
    similarity = page.get_by_label("Minimum similarity")
    _, alike = search_by(page, lambda: similarity.fill("15"), min_rarity=32)
    assert alike == search_over_http(filled, limit=7, min_rarity=32)
    assert len(alike) < len(matches)
    search_by(page, lambda: similarity.fill("0"), min_rarity=None)
    page.get_by_role("button", name="Add condition").click()
    page.get_by_label("Attribute", exact=True).fill("kind")
    value = page.get_by_label(FILTER_VALUE)
    _, matches = search_by(page, lambda: value.fill("shoe"), filter='{"kind":{"eq":"shoe"}}')
    assert matches == search_over_http(filled, limit=7, filter={"kind": "shoe"})
    assert all(int(name.split()[1]) % 2 for name, _ in matches)
    similarity.fill("60")
    expect(page.get_by_role("heading", name="No items match")).to_be_visible()


def test_a_slider_leads_from_shape_to_colour(filled, page):
    shape_or_colour = page.get_by_label("Shape or colour")
    _, matches = search_by(page, lambda: shape_or_colour.fill("100"), colour=1)
    assert matches == search_over_http(filled, limit=24, colour=1)
    assert matches != search_over_http(filled, limit=24)
    expect(page.get_by_label("Minimum similarity")).to_be_hidden()
    form, _ = search_by(page, page.get_by_role("button", name="As usual").click)
    assert "colour" not in form
    expect(page.get_by_label("Minimum similarity")).to_be_visible()


def test_words_are_searched_for_and_the_page_says_how_it_understood_them(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/search")
    with page.expect_response(re.compile("/search$")) as response:
        page.get_by_label("Search by words").fill("dress xyzzy")
    expected = [f"Thing {match['sku']}" for match in response.value.json()["matches"]]
    expect(results(page).get_by_role("link")).to_have_text(expected)
    assert sorted(int(name.split()[1]) for name in expected[: ITEMS // 2]) == [*range(0, ITEMS, 2)]
    understood = page.get_by_role("list", name="How the words were understood")
    expect(understood).to_contain_text("dress: ")
    expect(understood).to_contain_text("xyzzy: ignored")
    page.get_by_label("Search by words").fill("")
    expect(page.get_by_role("heading", name="Search by words or by photo")).to_be_visible()


def test_the_items_similar_to_an_item_are_compared_by_colour(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/items/{LEFT}")
    expect(results(page).first).to_be_visible()
    with page.expect_response(re.compile("colour=1")) as response:
        page.get_by_label("Shape or colour").fill("100")
    first = response.value.json()["matches"][0]
    expect(results(page).first).to_contain_text(f"Thing {first['sku']}")
    expect(results(page).first).to_contain_text(f"{first['score']:.3f}")


def test_the_photo_is_still_searched_for_on_the_way_back_from_a_result(page):
    name = results(page).first.get_by_role("link").inner_text()
    open_result_and_return(page)
    expect(results(page).first).to_contain_text(name)


def test_the_whole_query_is_restored_on_the_way_back_from_a_result(page):
    page.get_by_label("Number of results").fill("7")
    page.get_by_role("button", name="Add condition").click()
    page.get_by_label("Attribute", exact=True).fill("kind")
    page.get_by_label("Comparison").select_option("is not")
    value = page.get_by_label(FILTER_VALUE)
    _, matches = search_by(page, lambda: value.fill("dress"), filter='{"kind":{"ne":"dress"}}')
    assert len(matches) == 7
    expect(results(page).filter(has_text="dress")).to_have_count(0)
    photo = page.get_by_role("group", name="Your photo")
    before = search_by(page, lambda: drag(page, photo, (0.01, 0.02), (0.5, 0.98)))
    assert search_by(page, lambda: open_result_and_return(page)) == before
    assert {"limit", "filter", "crop"} <= set(before[0])
    expect(page.get_by_text("Searching for the selected area.")).to_be_visible()
    expect(page.get_by_label(FILTER_VALUE)).to_have_value("dress")


def open_result_and_return(page):
    name = results(page).first.get_by_role("link").inner_text()
    results(page).first.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.go_back()


def test_a_file_that_is_not_an_image_is_rejected_with_the_reason(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}/search", expects="status of 4(15|22)")
    choose_files(page, "Choose photo", file_payload("notes.jpg", b"this is plain text"))
    expect(page.get_by_role("alert")).to_contain_text("image")
    expect(page.get_by_text("This browser cannot display notes.jpg.")).to_be_visible()
    expect(page.get_by_alt_text("Your photo")).to_have_count(0)
    choose_files(page, "Change photo", file_payload("photo.jpg", jpeg(3)))
    expect(results(page).first).to_contain_text("Thing 3")
    expect(page.get_by_role("alert")).to_have_count(0)
