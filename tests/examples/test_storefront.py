"""The example storefront without Lookalike: its pages work, and wait for nothing twice."""

import socket

import pytest
from fastapi.testclient import TestClient

from examples.storefront import guard
from examples.storefront.__main__ import build
from examples.storefront.guard import Guard
from lookalike.errors import NotReachable, ServerProblem
from lookalike.models import Recommendation
from tests.support.servers import free_port
from tests.support.storefront import write_shop, write_stock

PAGES = ["/", "/category/dress", "/products/4", "/basket", "/pictures/320/4", "/style.css"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder)
    return folder


@pytest.fixture
def shop(folder):
    """A client of a shop whose Lookalike does not run."""
    with TestClient(build(folder, "shop", f"http://127.0.0.1:{free_port()}")) as shop:
        yield shop


@pytest.mark.parametrize("path", PAGES)
def test_every_page_works_without_lookalike(shop, path):
    assert shop.get(path).status_code == 200


def test_a_visitor_buys_without_lookalike(shop):
    assert "Thing 4" in shop.post("/basket", data={"sku": "4"}).text
    assert "Basket (1)" in shop.get("/").text
    assert "Basket (0)" in shop.post("/checkout").text
    shop.post("/basket", data={"sku": "6"})
    assert "Thing 6" not in shop.post("/basket/remove", data={"sku": "6"}).text


def test_a_search_by_photo_without_lookalike_says_so(shop):
    page = shop.post("/search", files={"photo": ("photo.jpg", b"any")})
    assert (page.status_code, "not available at the moment" in page.text) == (200, True)
    page = shop.post("/search", files={"photo": ("photo.jpg", bytes(10_000_001))})
    assert "too large" in page.text


def test_a_page_waits_only_once_for_a_server_that_does_not_respond(folder):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with TestClient(build(folder, "shop", url)) as shop:
            assert shop.get("/products/4").status_code == 200
            assert shop.get("/").status_code == 200
        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_what_is_not_in_stock_cannot_be_bought(shop, folder):
    write_stock(folder, {"4": "out_of_stock", "6": "hidden"})
    assert "Sold out" in shop.get("/products/4").text
    assert shop.get("/products/6").status_code == shop.get("/pictures/320/6").status_code == 404
    assert "Thing 4<" not in shop.get("/category/dress").text
    assert "Basket (0)" in shop.post("/basket", data={"sku": "4"}).text
    write_stock(folder, {})


def test_pictures_have_only_the_sizes_of_the_pages(shop):
    assert shop.get("/pictures/321/4").status_code == 404


def failing(error):
    """Return a request that raises the error, and a list of its calls."""
    calls = []

    def request():
        calls.append(error)
        raise error

    return request, calls


def test_a_block_is_not_requested_again_before_retry_after():
    guarded, busy = Guard(), ServerProblem(503, {}, retry_after_s=5)
    request, calls = failing(busy)
    assert guarded.skus("basket", request) == guarded.skus("basket", request) == []
    assert len(calls) == 1
    assert guarded.skus("similar", lambda: [row("A")]) == ["A"]


def test_a_missing_list_is_requested_again_on_the_next_page():
    guarded, (request, calls) = Guard(), failing(ServerProblem(404, {}))
    guarded.skus("basket", request)
    guarded.skus("basket", request)
    assert len(calls) == 2


def test_the_last_answer_for_all_visitors_outlives_the_server(monkeypatch):
    monkeypatch.setattr(guard, "SHARED_S", 0)
    guarded = Guard()
    assert guarded.shared_skus("popular", lambda: [row("A")]) == ["A"]
    assert guarded.shared_skus("popular", lambda: [row("B")]) == ["B"]
    assert guarded.shared_skus("popular", failing(NotReachable())[0]) == ["B"]


def row(sku):
    return Recommendation(sku, score=1, image_url="")
