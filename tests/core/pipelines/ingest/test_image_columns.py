"""Manifests name images by URL in the ways in which exports of shops do."""

import pytest

from core.domain import MAIN_VIEW
from core.pipelines.ingest.manifest import Manifest, read_manifest

A, B, C = (f"https://cdn.example/{name}.jpg" for name in "abc")


def urls_of(manifest, sku="S"):
    return {row.view: row.url for row in manifest.urls[sku]}


@pytest.mark.parametrize(
    "name",
    ["image", "Image", "images", "Images", "image_url", "image_urls", "Image URL", "Image Src",
     "image_link", "additional_image_link", "image-1", "image2", "Image 10"],
)  # fmt: skip
def test_a_column_that_is_named_like_images_and_has_urls_names_images(name):
    manifest = read_manifest("items.csv", f"sku;{name};price\nS;{A};5\n".encode())
    assert urls_of(manifest) == {MAIN_VIEW: A}
    assert [row.attributes for row in manifest.url_rows()] == [{"price": "5"}]


@pytest.mark.parametrize("name", ["image_alt_text", "Image Position", "imagery", "picture", "url"])
def test_other_columns_stay_attributes_also_with_urls(name):
    manifest = read_manifest("items.csv", f"sku;{name}\nS;{A}\n".encode())
    assert (manifest.urls, manifest.items["S"].attributes) == ({}, {name: A})


@pytest.mark.parametrize("separator", [",", ", ", ";", "|", "\n", " ", "\r\n", " | "])
def test_a_cell_may_have_several_urls(separator):
    cell = separator.join([A, B, C])
    manifest = read_manifest("items.csv", f'sku\timages\nS\t"{cell}"\n'.encode())
    assert urls_of(manifest) == {MAIN_VIEW: A, "2": B, "3": C}


def test_commas_inside_a_url_separate_nothing():
    url = "https://cdn.example/w_100,h_100/a,b.jpg"
    manifest = read_manifest("items.csv", f'sku,image\nS,"{url},"\n'.encode())
    assert urls_of(manifest) == {MAIN_VIEW: url}


def test_several_columns_and_several_rows_of_an_item_follow_each_other():
    rows = f"sku,image,image_2,price\nS,{A},{B},5\nS,{C},,\nT,{A},,\n"
    manifest = read_manifest("items.csv", rows.encode())
    assert urls_of(manifest) == {MAIN_VIEW: A, "2": B, "3": C}
    assert urls_of(manifest, "T") == {MAIN_VIEW: A}


def test_a_row_may_name_its_view():
    manifest = read_manifest("items.csv", f"sku,view,image\nS,front,{A}\nS,back,{B}\n".encode())
    assert urls_of(manifest) == {"front": A, "back": B}


def test_json_lines_may_have_lists_of_urls():
    data = f'{{"sku": "S", "images": ["{A}", "{B}"], "price": 5}}\n{{"sku": "T", "images": null}}'
    manifest = read_manifest("items.jsonl", data.encode())
    assert urls_of(manifest) == {MAIN_VIEW: A, "2": B}
    assert list(manifest.items) == ["T"]


def test_an_empty_cell_means_attributes_only():
    manifest = read_manifest("items.csv", f"sku,image,price\nS,{A},1\nT,,2\n".encode())
    assert (list(manifest.urls), list(manifest.items)) == (["S"], ["T"])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("S,,b.jpg,", "'b.jpg' is not a URL"),
        ("S,,ftp://cdn.example/b.jpg,", "'ftp://cdn.example/b.jpg' is not a URL"),
        (f"S,b.jpg,{B},", "both the file 'b.jpg' and a URL"),
        (f"S,,{A}|{B},front", "a view and several URLs"),
    ],
)
def test_a_row_whose_image_is_unclear_is_a_failure(row, reason):
    manifest = read_manifest("items.csv", f"sku,file,image,view\nR,,{C},\n{row}\n".encode())
    assert list(manifest.urls) == ["R"]
    assert [(failure.file, failure.sku) for failure in manifest.failures] == [
        ("items.csv, line 3", "S")
    ]
    assert reason in manifest.failures[0].reason


def test_a_column_of_file_names_is_an_attribute_and_the_job_says_so():
    manifest = read_manifest("items.csv", b"sku,image\nS,a.jpg\n")
    assert manifest.items["S"].attributes == {"image": "a.jpg"}
    assert "call the column file" in manifest.notes[0]


def test_the_urls_of_two_manifests_are_added_up():
    manifest = Manifest()
    for name, url in (("front", A), ("back", B)):
        manifest.add(read_manifest("items.csv", f"sku,view,image\nS,{name},{url}\n".encode()))
    assert urls_of(manifest) == {"front": A, "back": B}
