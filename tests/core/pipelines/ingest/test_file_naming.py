import pytest

from core.errors import InvalidInput
from core.pipelines.ingest.file_naming import common_folder, sku_and_view


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


def test_a_folder_around_everything_is_not_an_item():
    many = [f"shop/{n}.jpg" for n in range(21)]
    assert common_folder(many) == "shop/"
    assert common_folder(["shop/A/front.jpg", "shop/B.jpg"]) == "shop/"


def test_a_single_folder_of_a_few_images_is_one_item():
    assert common_folder(["A-12/front.jpg", "A-12/back.jpg"]) == ""


def test_a_folder_named_like_the_archive_is_not_an_item():
    paths = ["shop/A-12.jpg", "shop/A-13.jpg"]
    assert common_folder(paths, archive="shop.zip") == "shop/"
    assert common_folder(paths, archive="shop.tar.gz") == "shop/"
    assert common_folder(paths, archive="other.zip") == ""


def test_files_next_to_a_folder_keep_their_paths():
    assert common_folder(["A.jpg", "B/front.jpg"]) == ""
