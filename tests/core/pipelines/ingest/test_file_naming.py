import pytest

from core.errors import InvalidInput
from core.pipelines.ingest.file_naming import TopFolder, sku_and_view, top_folder


@pytest.mark.parametrize(
    ("path", "in_archive", "sku", "view"),
    [
        ("A-12.jpg", False, "A-12", "main"),
        ("A-12.jpg", True, "A-12", "main"),
        ("A-12/front.jpg", True, "A-12", "front"),
        ("shop/A-12/front.jpg", True, "A-12", "front"),
        ("A-12\\back.png", True, "A-12", "back"),
        ("A.12.jpg", True, "A.12", "main"),
        ("Cafe\u0301.jpg", True, "Caf\u00e9", "main"),
    ],
)
def test_a_path_gives_sku_and_view(path, in_archive, sku, view):
    assert sku_and_view(path, in_archive=in_archive) == (sku, view)


@pytest.mark.parametrize("path", [" .jpg", "a\u202eb.jpg", "x" * 129 + ".jpg", "a\nb.jpg"])
def test_a_name_that_is_not_a_valid_sku_is_refused(path):
    with pytest.raises(InvalidInput):
        sku_and_view(path, in_archive=True)


def test_folders_around_all_folders_are_no_part_of_the_names():
    assert top_folder(["shop/A/front.jpg", "shop/B.jpg"], archive="a.zip") == TopFolder("shop/")
    paths = ["export/shop/A/1.jpg", "export/shop/B/1.jpg"]
    assert top_folder(paths, archive="a.zip") == TopFolder("export/shop/")
    assert top_folder(["A.jpg", "B/front.jpg"], archive="a.zip") == TopFolder()
    assert top_folder([], archive="a.zip") == TopFolder()


@pytest.mark.parametrize("count", [1, 12, 13, 20, 21, 500])
def test_the_number_of_files_does_not_decide_what_a_single_folder_is(count):
    products = top_folder([f"Products/A-{n}.jpg" for n in range(count)], archive="upload.zip")
    assert (products.path, "named after the files" in products.warning) == ("Products/", True)
    views = top_folder([f"A-12/{n}.jpg" for n in range(count)], archive="upload.zip")
    assert (views.path, "views of one item" in views.warning) == ("", True)


def test_a_single_folder_of_files_named_like_views_is_an_item():
    assert top_folder(["A-12/front.jpg", "A-12/back.jpg"], archive="upload.zip") == TopFolder()


@pytest.mark.parametrize(
    "archive",
    ["Shoes.zip", "Shoes (1).zip", "Shoes-20260101T101010Z-001.zip", "shoes.tar.gz", "Shoes_2.tgz"],
)
def test_a_folder_that_the_archive_is_named_after_is_not_an_item(archive):
    assert top_folder(["Shoes/A-1.jpg", "Shoes/A-2.jpg"], archive=archive) == TopFolder("Shoes/")
    views = top_folder(["Shoes/front.jpg", "Shoes/back.jpg"], archive=archive)
    assert (views.path, "named after the files" in views.warning) == ("Shoes/", True)


def test_an_archive_with_a_longer_name_is_not_named_after_the_folder():
    assert top_folder(["A-1/1.jpg"], archive="A-12.zip").path == ""


def test_a_folder_with_a_manifest_is_not_an_item():
    paths = ["shop/1.jpg", "shop/items.csv"]
    assert top_folder(paths, archive="a.zip") == TopFolder("shop/")
