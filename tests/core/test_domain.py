"""Names of items, views and users: what is accepted means itself in every URL."""

import posixpath
import random
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest

from core.domain import canonical_user, check_sku, check_user, check_view
from core.errors import InvalidInput
from core.pipelines.ingest.file_naming import sku_and_view

MD5_OF_ANN = "8b5a6a28fc840441be692d74a81ccd1a"
ACCEPTED = [
    "A-1",
    "MH01/XS",
    "a/b/c",
    "...",
    "..a",
    "a..",
    "a/...",
    "%2e%2e",
    "image",
    "/".join("ab"),
]
REFUSED = ["", " ", ".", "..", " .. ", "a/..", "../a", "a/./b", "a//b", "/a", "a/", "//", "a\nb"]
REFUSED += ["x" * 129, "a\0", "a/image", "A/similar", "ann/recommendations", "a/bought-together"]
REFUSED += ["a/substitutes"]
PIECES = [".", "..", "/", "%2e", "%2F", *"\\?#;&=+@: aBé日'\"<>|~*!()"]


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (" Ann@Example.org ", MD5_OF_ANN),
        (MD5_OF_ANN.upper(), MD5_OF_ANN),
        ("0x" + MD5_OF_ANN.upper(), MD5_OF_ANN),
        ("\\x" + MD5_OF_ANN, MD5_OF_ANN),
        ("i1pqKPyEBEG+aS10qBzNGg==", MD5_OF_ANN),
        ("A" * 40, "a" * 40),
        ("A" * 33, "A" * 33),
        ("Ann", "Ann"),
        ("a@b@c", "a@b@c"),
    ],
)
def test_a_customer_has_one_name_in_all_notations(name, stored):
    assert canonical_user(name) == stored
    assert canonical_user(stored) == stored


def accepts(check, name):
    try:
        return check(name) == name
    except InvalidInput:
        return False


@pytest.mark.parametrize("check", [check_sku, check_user])
@pytest.mark.parametrize("name", ACCEPTED)
def test_a_name_may_contain_slashes_and_dots(check, name):
    assert check(name) == name


@pytest.mark.parametrize("check", [check_sku, check_user, check_view])
@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_a_url_cannot_hold_is_refused(check, name):
    with pytest.raises(InvalidInput):
        check(name)


def test_only_the_name_of_a_user_must_not_end_in_orders():
    assert check_sku("b2b/orders") == "b2b/orders"
    assert not accepts(check_user, "b2b/orders")


def test_a_view_contains_no_slash():
    with pytest.raises(InvalidInput, match="'/'"):
        check_view("a/b")


@pytest.mark.parametrize("path", ["...jpg", "..jpg", "shop/../front.jpg", "A/...jpg", "a/b/..jpg"])
def test_a_file_whose_name_would_be_dots_is_refused(path):
    with pytest.raises(InvalidInput):
        sku_and_view(path, in_archive=True)


def test_no_normalisation_of_a_path_changes_an_accepted_name():
    chance = random.Random(16)
    names = {"".join(chance.choices(PIECES, k=chance.randint(1, 6))) for _ in range(20_000)}
    accepted = {name for name in names if accepts(check_user, name)}
    assert len(accepted) > len(names) / 4
    for name in accepted:
        url = urljoin("http://127.0.0.1/v1/users/", quote(name, safe=""))
        assert unquote(urlsplit(url).path) == f"/v1/users/{name}"
        assert posixpath.normpath(f"/v1/users/{name}") == f"/v1/users/{name}"
