"""The page of API keys, and a plain page of another web site that uses a storefront key."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from api.app import create_app
from core.settings import Settings
from core.storage import Keys, Role
from lookalike.user_tokens import user_token
from tests.browser.accessibility import serious_violations
from tests.support.app_server import app_server
from tests.support.pictured_shop import publish_pictured_shop
from tests.support.servers import redis_server

pytestmark = [pytest.mark.stack, pytest.mark.browser]

GUIDE = Path(__file__).parents[2] / "docs" / "storefront.md"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def server(redis, tmp_path):
    """A server without keys and without workers, and its store."""
    settings = Settings(data=tmp_path, redis_url=redis, cache_url=redis, start_flower=False)
    app = create_app(settings)
    with app_server(app) as url:
        if app.state.services.collections.find("shop") is None:
            publish_pictured_shop(app.state.services)
        yield url, app.state.services


def create(page, name, **choices):
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill(name)
    for label, choice in choices.items():
        page.get_by_label(label).select_option(choice)
    if choices:
        page.get_by_label("Web sites").fill("https://shop.example/\nwww.shop.example")
    assert serious_violations(page) == []
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=f"Key “{name}”")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=name)).to_be_visible()
    return page.locator("code.secret").all_inner_texts()


def test_an_administrator_creates_and_revokes_keys_on_the_page(server, visit):
    url, services = server
    keys = Keys(services.files)
    page = visit(f"{url}/#/keys", expects="events|status of 401", color_scheme="dark", **PHONE)
    expect(page.get_by_role("heading", name="No keys yet")).to_be_visible()
    (first,) = create(page, "Ann")
    assert keys.authenticate(first).role is Role.ADMIN
    text, secret = create(page, "shop page", Role="search", Collection="shop")
    key = keys.authenticate(text)
    assert (key.role, key.collections) == (Role.SEARCH, ("shop",))
    assert key.origins == ("https://shop.example", "https://www.shop.example")
    expect(page.get_by_text("works on pages of https://shop.example")).to_be_visible()
    assert secret == services.user_tokens.secret_of(key.id)
    rows = page.get_by_role("row").filter(has_text="shop page")
    expect(rows).to_contain_text("never")
    assert serious_violations(page) == []
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(too_wide)
    page.get_by_role("button", name="Revoke shop page").click()
    page.get_by_role("button", name="Revoke", exact=True).last.click()
    expect(rows).to_have_count(0)
    expect(page.locator("code.secret")).to_have_count(0)
    assert [key.name for key in keys.all()] == ["Ann"]


def guide_page(url, key):
    """Return the page of the guide, with the address and the key of this server."""
    (html,) = re.findall(r"```html\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    for old, new in (("lk_...", key), ("https://lookalike.example", url), ("A-12", "A")):
        assert old in html
        html = html.replace(old, new)
    return f"<!doctype html><title>Shop</title>{html}"


def test_a_plain_page_of_another_web_site_shows_similar_items_with_their_images(server, visit):
    url, services = server
    site = Starlette()
    with app_server(site) as origin:
        key, text = Keys(services.files).create("page", Role.SEARCH, ("shop",), (origin,))
        foreign = Keys(services.files).create("other", Role.SEARCH, (), ("https://o.example",))[1]
        for path, text_of in (("/", text), ("/foreign", foreign)):
            html = guide_page(url, text_of)
            site.routes.append(Route(path, lambda _, html=html: HTMLResponse(html)))
        page = visit(origin, expects="another host|favicon|403|CORS|Failed to fetch|ERR_FAILED")
        images = page.locator("#similar img")
        expect(images).to_have_count(2)  # neither the item itself nor the hidden one
        decode = "images => Promise.all(images.map(i => i.decode().then(() => i.naturalWidth)))"
        assert all(images.evaluate_all(decode))
        read = """async ([url, key, token]) => (await fetch(
            `${url}/v1/collections/shop/users/ann/recommendations`,
            { headers: { Authorization: `Bearer ${key}`, "User-Token": token } })).status"""
        secret = services.user_tokens.secret_of(key.id)
        for user, status in (("ann", 200), ("bob", 403)):
            assert page.evaluate(read, [url, text, user_token(secret, user)]) == status
        page.goto(f"{origin}/foreign")
        page.wait_for_load_state("networkidle")
        expect(images).to_have_count(0)
        assert page.evaluate(read, [url, foreign, ""]) == 403
