import csv
import hashlib

import pytest
from PIL import Image

from embedded.demo.assortment import make_assortment, make_query
from embedded.demo.draw import draw_shop
from embedded.demo.fabric import COLOURS
from embedded.demo.garment_image import SIZE

pytestmark = pytest.mark.slow

COUNT = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    draw_shop(folder, COUNT, seed=3)
    return folder


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def manifest(folder):
    with (folder / "items" / "items.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    draw_shop(tmp_path, COUNT, seed=3)
    assert digests(tmp_path) == digests(folder)


def test_another_seed_gives_another_shop(folder, tmp_path):
    draw_shop(tmp_path, COUNT, seed=4)
    first, second = digests(folder), digests(tmp_path)
    images = [name for name in first if name.endswith(".jpg") and name in second]
    assert images
    assert all(first[name] != second[name] for name in images)


def test_the_manifest_lists_exactly_the_images(folder):
    drawn = {
        path.relative_to(folder / "items").as_posix() for path in folder.rglob("items/**/*.jpg")
    }
    listed = [row["file"] for row in manifest(folder)]
    assert set(listed) == drawn
    assert len(listed) == len(drawn)


def test_there_are_as_many_items_as_requested_and_some_have_two_views(folder):
    rows = manifest(folder)
    views = {}
    for row in rows:
        views.setdefault(row["sku"], []).append(row["view"])
    assert len(views) == COUNT
    assert {tuple(names) for names in views.values()} == {("front",), ("front", "back")}


def test_every_image_is_a_complete_jpeg_of_the_size(folder):
    for path in folder.rglob("*.jpg"):
        with Image.open(path) as image:
            image.load()
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", SIZE)


def test_the_garment_has_the_colour_named_in_the_manifest(folder):
    plain = [
        row for row in manifest(folder) if row["pattern"] == "plain" and row["kind"] == "sweater"
    ]
    assert plain
    for row in plain:
        with Image.open(folder / "items" / row["file"]) as image:
            middle = image.crop((150, 300, 250, 380)).resize((1, 1)).getpixel((0, 0))
        nearest = min(COLOURS, key=lambda name: distance(COLOURS[name], middle))
        assert nearest == row["colour"]


def distance(first, second):
    return sum((a - b) ** 2 for a, b in zip(first, second, strict=True))


def test_the_query_is_a_garment_that_the_shop_does_not_have():
    query = make_query(7)
    combinations = {
        (i.kind, i.design.cut.name, i.colour, i.pattern) for i in make_assortment(1000, 7)
    }
    assert len(combinations) == 1000
    assert ("dress", "flared", "red", "stripes") not in combinations
    assert (query.kind, query.colour, query.pattern) == ("dress", "red", "stripes")


def test_a_larger_shop_begins_with_the_smaller_one():
    assert make_assortment(60, 7)[:40] == make_assortment(40, 7)
