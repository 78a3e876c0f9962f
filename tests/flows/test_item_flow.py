"""Items and collections are read, changed, replaced and deleted."""

import io
import json
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from core.encoders.images.distortions import distort
from lookalike.client import Lookalike
from tests.support.archives import make_zip
from tests.support.images import drawn, jpeg
from tests.support.items import own
from tests.support.shop_client import eventually

pytestmark = pytest.mark.stack


@pytest.fixture
def item(shop):
    """The path of an item with one image and one attribute."""
    shop.ingest([("A.jpg", jpeg(1))], manifest=b"sku,file,kind\nA,A.jpg,hat\n")
    return f"{shop.path}/items/A"


def test_an_item_has_its_images_and_attributes(shop, item):
    body = shop.http.get(item).json()
    assert (body["sku"], own(body["attributes"])) == ("A", {"kind": "hat"})
    (image,) = body["images"]
    assert (image["view"], image["width"], image["format"]) == ("main", 200, "JPEG")
    assert shop.http.get(image["url"]).content == jpeg(1)


def test_a_thumbnail_fits_the_size_and_is_not_sent_twice(shop, item):
    first = shop.http.get(f"{item}/image", params={"size": 64})
    assert max(Image.open(io.BytesIO(first.content)).size) == 64
    headers = {"If-None-Match": first.headers["etag"]}
    again = shop.http.get(f"{item}/image", params={"size": 64}, headers=headers)
    assert (again.status_code, again.content) == (304, b"")


def test_changed_attributes_filter_items_at_once_and_matches_soon(shop, item):
    changed = shop.http.patch(item, json={"attributes": {"kind": None, "price": 5}})
    assert own(changed.json()["attributes"]) == {"price": 5}
    page = shop.http.get(f"{shop.path}/items", params={"filter": '{"price": 5}'}).json()
    assert [item["sku"] for item in page["items"]] == ["A"]
    eventually(lambda: shop.matches(jpeg(1), filter={"price": 5}))
    assert shop.matches(jpeg(1), filter={"kind": "hat"}) == []
    body = shop.search(jpeg(1), filter={"size": "M"}).json()
    assert body["matches"] == []
    assert "has the attribute 'size'; the items have: " in body["hint"]
    page = shop.http.get(f"{shop.path}/items", params={"filter": '{"size": "M"}'}).json()
    assert (page["items"], page["hint"]) == ([], body["hint"])


def test_searches_and_similar_items_weigh_shape_against_colour(shop):
    colours, red_square = {"red": (190, 30, 40), "blue": (40, 60, 190)}, "red-rectangle"
    files = {
        f"{colour}-{shape}": drawn(shape, rgb)
        for colour, rgb in colours.items()
        for shape in ("rectangle", "ellipse")
    }
    shop.ingest([(f"{sku}.png", data) for sku, data in files.items()])

    def scores(body):
        return {match["sku"]: match["score"] for match in body["matches"]}

    for colour, second in ((0, "blue-rectangle"), (1, "red-ellipse"), (0.5, None)):
        searched = scores(shop.search(files[red_square], colour=colour).json())
        params = {"colour": colour, "group": False}
        similar = shop.http.get(f"{shop.path}/items/{red_square}/similar", params=params).json()
        assert next(iter(searched.items())) == (red_square, 1.0)
        assert second in {None, list(searched)[1]}
        assert "list_ms" not in similar["timings"]
        assert scores(similar) == pytest.approx(
            {sku: score for sku, score in searched.items() if sku != red_square}, abs=2e-6
        )
    assert searched["red-ellipse"] > searched["blue-ellipse"] + 0.3
    refused = shop.search(files[red_square], colour=1.5)
    assert (refused.status_code, "colour" in refused.text) == (422, True)


def test_searches_by_text_find_colours_in_images_and_words_in_attributes(shop):
    colours = {"red": (190, 30, 40), "blue": (40, 60, 190), "green": (30, 140, 60)}
    images = [(f"{name}.png", drawn("rectangle", rgb)) for name, rgb in colours.items()]
    shop.ingest(images, manifest=b"sku,file,kind,price\nred,red.png,Acme scarf,5\n"
                b"blue,blue.png,Acme hat,9\ngreen,green.png,Zeta scarf,9\n")  # fmt: skip

    def search(text, image=None, **form):
        files = {"image": ("q.png", image)} if image else None
        return shop.http.post(f"{shop.path}/search", files=files, data={"text": text, **form})

    def skus(text, image=None, **form):
        return [match["sku"] for match in search(text, image, **form).json()["matches"]]

    for word, colour in (("red", "red"), ("blaues", "blue"), ("verts", "green")):
        assert skus(word)[0] == colour
    assert set(skus("Acme")) == {"red", "blue"}
    assert skus("Schal in Grün")[0] == skus("scarf acme zeta green")[0] == "green"
    assert skus("acme blue", min_score=0.55) == ["blue"]
    assert skus("scarf", filter='{"price": 9}')[0] == "green"
    assert skus("in blue", drawn("rectangle", colours["red"]))[0] == "blue"
    body = search("Acme blaue Schals ohne Zeta xyzzy").json()
    assert [tuple(words.values()) for words in body["understood"]] == [
        ("Acme", "attribute", "Acme", ["attributes"]),
        ("blaue", "colour", "blue", ["picture"]),
        ("Schals", "class", "scarf", ["attributes", "picture"], ["stole", "feather boa"]),
        ("ohne Zeta", "unknown", "", []),
        ("xyzzy", "unknown", "", []),
    ]
    pages = [search("acme", limit=1).json()]
    pages.append(search("acme", limit=1, cursor=pages[0]["next_cursor"]).json())
    assert [page["matches"][0]["sku"] for page in pages] == ["blue", "red"]
    pin = {"id": "pin", "placement": ["search"], "action": "pin", "position": 1, "skus": ["red"]}
    shop.http.put(f"{shop.path}/rules", json={"rules": [pin]})
    best, other = search("acme").json()["matches"]
    assert (best["sku"], best["rules"], other["sku"]) == ("red", ["pin"], "blue")
    shop.http.delete(f"{shop.path}/rules")
    shop.http.patch(f"{shop.path}/items/red", json={"attributes": {"kind": "Zeta boot"}})
    shop.http.delete(f"{shop.path}/items/blue")
    eventually(lambda: skus("zeta") == ["green", "red"])
    refusals = [("xyzzy", {}, "red t-shirt"), (" ", {}, "`text`"), ("x" * 201, {}, "200")]
    for text, form, reason in [*refusals, ("red", {"colour": 0.5}, "colour")]:
        refused = search(text, **form)
        assert (refused.status_code, reason in refused.text) == (422, True), refused.text


def test_an_imported_item_is_new_at_once_until_it_is_deleted(shop, item):
    def new():
        return [row["sku"] for row in shop.http.get(f"{shop.path}/new").json()["items"]]

    assert new() == ["A"]
    shop.ingest([("B.jpg", jpeg(2))])
    assert new() == ["B", "A"]
    shop.ingest([("A.jpg", jpeg(3))])  # a new picture does not make an item new
    assert new() == ["B", "A"]
    shop.http.delete(f"{shop.path}/items/B")
    assert new() == ["A"]


def test_lists_of_similar_items_show_changes_and_deletions_at_once_and_new_items_soon(shop):
    def similar(sku, **params):
        return shop.http.get(f"{shop.path}/items/{sku}/similar", params=params).json()

    def is_listed(sku):
        return "list_ms" in similar(sku)["timings"]

    shop.ingest_numbers(range(6))

    def assert_equals_search(sku):
        listed, searched = similar(sku)["matches"], similar(sku, limit=51)["matches"]
        assert [match | {"score": 0} for match in listed] == [
            match | {"score": 0} for match in searched
        ]
        scores = [match["score"] for match in searched]
        assert [match["score"] for match in listed] == pytest.approx(scores, abs=2e-6)

    eventually(lambda: all(is_listed(sku) for sku in range(6)))
    assert_equals_search(2)
    matches = similar(2)["matches"]
    best = matches[0]["sku"]
    shop.http.patch(f"{shop.path}/items/{best}", json={"attributes": {"price": 5}})
    assert similar(2)["matches"][0] == {
        **matches[0],
        "attributes": {**matches[0]["attributes"], "price": 5},
    }
    score = matches[1]["score"]
    assert [match["sku"] for match in similar(2, min_score=score)["matches"]] == [
        match["sku"] for match in matches if match["score"] >= score
    ]
    shop.http.delete(f"{shop.path}/items/{best}")
    assert [match["sku"] for match in similar(2)["matches"]] == [
        match["sku"] for match in matches[1:]
    ]
    assert shop.http.get(f"{shop.path}/items/{best}/similar").status_code == 404
    shop.ingest([("new.jpg", jpeg(2))])
    eventually(lambda: similar(2)["matches"][0]["sku"] == "new")
    eventually(lambda: is_listed("new"))
    assert_equals_search("new")


def test_matches_tell_what_scores_mean_and_min_rarity_leaves_out_common_ones(shop):
    def similar(**params):
        return shop.http.get(f"{shop.path}/items/3/similar", params=params)

    shop.ingest_numbers([1, 3])
    refused = similar(min_rarity=100)
    assert (refused.status_code, "32 items" in refused.json()["detail"]) == (409, True)
    shop.ingest_numbers(range(4, 36))
    eventually(lambda: "rarity" in similar().json()["matches"][0])
    listed = similar(limit=33).json()["matches"]
    rarities = [match["rarity"] for match in listed]
    assert rarities == sorted(rarities, reverse=True)
    assert all(0 <= match["same"] <= 1 for match in listed)
    for text in ("", "xyzzy"):  # a word that is ignored does not change what scores mean
        (same, *_) = shop.search(jpeg(3), text=text).json()["matches"]
        assert (same["sku"], same["likeness"], same["same"] > 0.9) == ("3", "same product", True)
    least = rarities[5]
    rare = [match["sku"] for match in listed if match["rarity"] >= least]
    for answer in (similar(limit=33, min_rarity=least), similar(limit=51, min_rarity=least)):
        assert [match["sku"] for match in answer.json()["matches"]] == rare
    refused = similar(min_rarity=least, colour=0.5)
    assert (refused.status_code, "min_score" in refused.text) == (422, True)


def test_items_with_the_same_picture_are_found_whatever_was_done_to_it(shop):
    def groups(**params):
        body = shop.http.get(f"{shop.path}/duplicates", params=params).json()
        return body["found_at"] and [
            sorted(member["sku"] for member in group["members"]) for group in body["items"]
        ]

    photo = noise_picture(1)
    shop.ingest([
        ("original.png", photo),
        ("turned.jpg", distort(photo, "rotation")),
        ("mirrored.jpg", distort(photo, "flip")),
        ("other.png", noise_picture(2)),
        ("copy.png", noise_picture(2)),
        ("red.png", noise_picture(3, tint=(1, 0.4, 0.4))),
        ("blue.png", noise_picture(3, tint=(0.4, 0.4, 1.6))),
    ])
    wanted = [["copy", "other"], ["mirrored", "original", "turned"]]
    eventually(lambda: sorted(groups(kind="same_picture") or []) == wanted)
    assert groups(kind="variants") == [["blue", "red"]]
    shop.http.delete(f"{shop.path}/items/copy")
    assert groups(kind="same_picture") == [wanted[1]]
    assert shop.http.get(f"{shop.path}/duplicates", params={"kind": "x"}).status_code == 422


def noise_picture(seed, tint=None):
    """A picture full of details, perhaps in shades of one colour, as a PNG file."""
    noise = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    if tint:
        noise = (noise[..., :1] * np.array(tint)).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((300, 300), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_deleted_item_disappears_from_searches_at_once(shop, item):
    assert shop.http.delete(item).status_code == 204
    assert shop.matches(jpeg(1)) == []
    assert shop.http.get(item).status_code == 404
    assert shop.http.delete(item).status_code == 404
    eventually(lambda: shop.counts() == (0, 0))


def test_a_deleted_item_can_be_added_again(shop, item):
    shop.http.delete(item)
    assert shop.ingest([("A.jpg", jpeg(1))])["progress"]["done"] == 1
    eventually(shop.have_all_jobs_ended)  # that of the deletion must not delete the new item
    assert shop.matches(jpeg(1))[0]["sku"] == "A"


def test_a_replaced_item_retains_no_old_image_or_attribute(shop):
    shop.ingest([("v.zip", make_zip({"A/front.jpg": jpeg(1), "A/back.jpg": jpeg(2)}))])
    response = shop.http.put(
        f"{shop.path}/items/A",
        files={"files": ("new.jpg", jpeg(3))},
        data={"attributes": json.dumps({"colour": "red"})},
    )
    assert shop.wait_for_job(response.json()["id"])["state"] == "succeeded"
    body = shop.http.get(f"{shop.path}/items/A").json()
    assert [image["view"] for image in body["images"]] == ["main"]
    assert own(body["attributes"]) == {"colour": "red"}
    assert shop.matches(jpeg(1), min_score=0.99) == []
    assert shop.matches(jpeg(3), min_score=0.99)[0]["sku"] == "A"


def test_a_sku_with_special_characters_can_be_read_and_deleted(shop):
    sku = "x'] or sku not in ['z \"ü% 100"
    manifest = 'sku;file\n"' + sku.replace('"', '""') + '";1.jpg\nB;2.jpg\n'
    job = shop.ingest([("1.jpg", jpeg(1)), ("2.jpg", jpeg(2))], manifest=manifest.encode())
    assert job["state"] == "succeeded"
    best = shop.matches(jpeg(1))[0]
    assert best["sku"] == sku
    assert shop.http.get(best["image_url"]).content == jpeg(1)
    path = best["image_url"].partition("/image?")[0]
    similar = shop.http.get(f"{path}/similar").json()["matches"]
    assert [match["sku"] for match in similar] == ["B"]
    shop.http.delete(path)
    eventually(lambda: shop.counts() == (1, 1))
    assert [match["sku"] for match in shop.matches(jpeg(1))] == ["B"]


def test_a_deleted_collection_is_unusable_at_once_and_its_name_is_free_soon(shop):
    shop.ingest_numbers(range(5))
    job = shop.http.delete(shop.path).json()["id"]
    assert shop.http.get(shop.path).status_code == 404
    assert shop.wait_for_job(job)["state"] == "succeeded"
    shop.create()
    assert shop.counts() == (0, 0)
    assert shop.matches(jpeg(1)) == []


def test_collections_are_listed_with_counts_and_descriptions(shop):
    shop.ingest_numbers(range(3))
    shop.http.patch(shop.path, json={"description": "hats"})
    rows = shop.http.get("/v1/collections").json()["items"]
    (collection,) = [row for row in rows if row["name"] == shop.name]
    assert (collection["items"], collection["images"]) == (3, 3)
    assert (collection["description"], collection["encoder"]) == ("hats", "efficientnet-lite0")


def test_an_item_whose_sku_has_slashes_is_used_like_any_other(shop):
    sku = "MH01/XS/image of 1"
    path = f"{shop.path}/items/{quote(sku, safe='')}"
    shop.ingest([("B.jpg", jpeg(2))])
    response = shop.http.put(path, files={"files": ("a.jpg", jpeg(1))})
    assert shop.wait_for_job(response.json()["id"])["state"] == "succeeded"
    body = shop.http.get(path).json()
    assert body["sku"] == sku
    assert shop.http.get(body["images"][0]["url"]).content == jpeg(1)
    similar = shop.http.get(f"{path}/similar").json()["matches"]
    assert [match["sku"] for match in similar] == ["B"]
    assert shop.matches(jpeg(1), limit=1)[0]["sku"] == sku
    with Lookalike(shop.url) as client:
        assert client.change_item(shop.name, sku, {"size": "XS"}).attributes["size"] == "XS"
        assert client.image(shop.name, sku) == jpeg(1)
        client.delete_item(shop.name, sku)
    assert shop.skus() == ["B"]


def test_a_manifest_may_name_skus_with_slashes(shop):
    manifest = b"sku,file\nMH01/XS,1.jpg\nMH01/..,2.jpg\n"
    job = shop.ingest([("1.jpg", jpeg(1)), ("2.jpg", jpeg(2))], manifest=manifest)
    assert job["state"] == "partial"
    assert shop.skus() == ["MH01/XS"]
    (failure,) = [f for f in shop.failures(job).values() if "line" in f["file"]]
    assert "must not be empty, '.' or '..'" in failure["reason"]


def test_one_item_of_each_group_is_shown_and_pages_continue_where_the_last_one_ended(shop):
    def skus(body):
        return [match["sku"] for match in body["matches"]]

    def similar(**params):
        return shop.http.get(f"{shop.path}/items/0/similar", params=params).json()

    styles = {sku: f"style {sku % 3}" for sku in range(6)}
    rows = "".join(f"{sku},{sku}.jpg,{style}\n" for sku, style in styles.items())
    files = [(f"{sku}.jpg", jpeg(sku)) for sku in styles]
    shop.ingest(files, manifest=f"sku,file,style\n{rows}".encode())
    everything = skus(shop.search(jpeg(0)).json())
    assert len(everything) == 6
    refused = shop.http.patch(shop.path, json={"group_by": "stile"})
    assert (refused.status_code, "no item has an attribute 'stile'" in refused.text) == (422, True)
    assert shop.http.patch(shop.path, json={"group_by": "style"}).json()["group_by"] == "style"

    first = shop.search(jpeg(0), limit=2).json()
    assert first["matches"][0]["variants"] == ["3"]
    second = shop.search(jpeg(0), limit=2, cursor=first["next_cursor"]).json()
    assert second["next_cursor"] is None
    best = [next(sku for sku in everything if int(sku) % 3 == style) for style in range(3)]
    assert skus(first) + skus(second) == sorted(best, key=everything.index)
    assert skus(shop.search(jpeg(0), group=False).json()) == everything
    assert len(skus(shop.search(jpeg(0), group=False, at_most='{"style": 1}').json())) == 3
    other = shop.search(jpeg(1), limit=2, cursor=first["next_cursor"])
    assert (other.status_code, "belongs to another search" in other.text) == (422, True)

    by_text = shop.http.post(f"{shop.path}/search", data={"text": "style 1"}).json()["matches"]
    assert [[match["sku"], *match["variants"]] for match in by_text] == [
        ["1", "4"], ["0", "3"], ["2", "5"],
    ]  # fmt: skip

    eventually(lambda: "list_ms" in similar()["timings"])
    listed, searched = similar(), similar(limit=51)
    assert skus(listed) == skus(searched)
    assert [sorted([match["sku"], *match["variants"]]) for match in listed["matches"]] == [
        sorted([match["sku"], *match["variants"]]) for match in searched["matches"]
    ]
    assert {int(sku) % 3 for sku in skus(listed)} == {1, 2}
    page = similar(limit=1)
    assert skus(page) + skus(similar(limit=1, cursor=page["next_cursor"])) == skus(listed)
    assert len(skus(similar(group=False, diversity=0.5))) == 5
    path = f"{shop.path}/attributes"
    refused = shop.http.patch(path, json={"types": {"style": "list"}})
    assert (refused.status_code, "is grouped by 'style'" in refused.text) == (422, True)
    shop.http.patch(shop.path, json={"group_by": None})
    eventually(lambda: len(skus(similar())) == 5)
