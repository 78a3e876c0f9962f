import pytest

from core.errors import InvalidInput
from core.pipelines.ingest.file_naming import common_folder, name_of


@pytest.mark.parametrize(
    ("path", "inside", "sku", "view"),
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
def test_a_path_names_sku_and_view(path, inside, sku, view):
    assert name_of(path, inside=inside) == (sku, view)


@pytest.mark.parametrize("path", [" .jpg", "a\u202eb.jpg", "x" * 129 + ".jpg", "a\nb.jpg"])
def test_a_name_that_is_no_sku_is_refused(path):
    with pytest.raises(InvalidInput):
        name_of(path, inside=True)


def test_a_folder_around_everything_is_no_item():
    many = [f"shop/{n}.jpg" for n in range(21)]
    assert common_folder(many) == "shop/"
    assert common_folder(["shop/A/front.jpg", "shop/B.jpg"]) == "shop/"


def test_a_lone_folder_of_a_few_pictures_is_one_item():
    assert common_folder(["A-12/front.jpg", "A-12/back.jpg"]) == ""


def test_a_folder_of_the_archives_own_name_is_no_item():
    paths = ["shop/A-12.jpg", "shop/A-13.jpg"]
    assert common_folder(paths, archive="shop.zip") == "shop/"
    assert common_folder(paths, archive="shop.tar.gz") == "shop/"
    assert common_folder(paths, archive="other.zip") == ""


def test_files_beside_a_folder_leave_names_as_they_are():
    assert common_folder(["A.jpg", "B/front.jpg"]) == ""
