"""The URLs that the page makes of names, in a real browser."""

import random
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import expect

from core.domain import check_sku, check_user
from core.errors import InvalidInput

pytestmark = [pytest.mark.stack, pytest.mark.browser]

NAMES = 5000
PIECES = [".", "..", "%2e", "%2E%2e", "%2F", "%5C", *"/\\?#;&=+@: aB7éß日😀'\"<>`{|^~*!()"]
TO_URLS = """async ([module, names]) => {
  const { apiUrl, collectionPath } = await import(module);
  const url = (...segments) => {
    try {
      return apiUrl(collectionPath("shop", ...segments)).href;
    } catch (problem) {
      return problem.status;
    }
  };
  return names.map((name) => [url("items", name, "image"), url("users", name)]);
}"""


def random_names():
    """Names of the pieces that browsers, servers and proxies may change in a path."""
    chance = random.Random(16)
    return {"".join(chance.choices(PIECES, k=chance.randint(1, 6))) for _ in range(NAMES)}


def is_accepted(check, name):
    try:
        return check(name) == name
    except InvalidInput:
        return False


def segments(url):
    """The segments of a URL's path, decoded as by the server."""
    return [unquote(segment) for segment in urlsplit(url).path.split("/")]


def test_the_url_of_an_accepted_name_means_that_name(filled, visit):
    names = sorted({*random_names(), *PIECES})
    page = visit(filled.url)
    pairs = page.evaluate(TO_URLS, [f"{filled.url}/ui/js/api.js", names])
    start = ["", "v1", "collections", "shop"]
    accepted = 0
    for name, (item_url, user_url) in zip(names, pairs, strict=True):
        if is_accepted(check_sku, name):
            accepted += 1
            assert segments(item_url) == [*start, "items", name, "image"]
        if is_accepted(check_user, name):
            assert segments(user_url) == [*start, "users", name]
        if name in {".", ".."}:
            assert (item_url, user_url) == (422, 422)
    assert accepted > NAMES / 4


@pytest.mark.parametrize("path", ["customers/..", "customers/.", "items/..", "items/%2E%2E"])
def test_the_page_of_a_name_that_would_change_the_url_requests_nothing(filled, visit, path):
    page = visit(filled.url)
    requests = []
    page.on("request", lambda request: requests.append(urlsplit(request.url).path))
    page.goto(f"{filled.url}/#/c/{filled.name}/{path}")
    expect(page.get_by_text("would change the address")).to_be_visible()
    assert not [path for path in requests if path.endswith((filled.name, f"{filled.name}/"))]
    assert filled.http.get(filled.path).status_code == 200
